"""The phrases by which students' words are read, from `hearing.toml` and, for other languages than English,
`hearing_abroad.toml`, compiled once a process.
"""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel

from app.base.scripts import is_unspaced
from app.classroom.schema import Intent, Voice

TOKEN = re.compile(r"[^\s.,!?;:…\"“”()]+")
_BOUND, _FREE = r"(?<!\w)(?:{})(?!\w)", r"(?:{})"


class Phrases(BaseModel):
    """The phrase file, compiled."""

    filler: frozenset[str]
    clauses: dict[Intent, re.Pattern[str]]
    anywhere: dict[Intent, re.Pattern[str]]
    starts: frozenset[str]
    abuse: re.Pattern[str]
    insults: frozenset[str]
    targets: frozenset[str]
    roles: dict[Voice, frozenset[str]]
    words: dict[str, frozenset[str]]
    wants_told: re.Pattern[str]
    openly_within: re.Pattern[str]
    looks_back: re.Pattern[str]
    own_board: re.Pattern[str]
    about_here: re.Pattern[str]

    model_config = {"arbitrary_types_allowed": True}

    def has(self, name: str, word: str) -> bool:
        """Whether a word is in a list of the file's [words]."""
        return word in self.words[name]

    @classmethod
    def load(cls, *paths: Path) -> Self:
        """Read and compile the files; each adds to those before."""
        read: dict[str, Any] = {}
        for path in paths:
            _add(read, tomllib.loads(path.read_text("utf-8")))
        starts = read["anywhere"].pop("question_start")
        return cls(
            filler=frozenset(read["filler"].split()),
            clauses={Intent(name): _compiled(phrases, whole=True) for name, phrases in read["clauses"].items()},
            anywhere={Intent(name): _compiled(phrases) for name, phrases in read["anywhere"].items()},
            starts=frozenset(starts.split()),
            abuse=_compiled(read["abuse"]["anywhere"]),
            insults=frozenset(read["abuse"]["insults"].split()),
            targets=frozenset(read["abuse"]["targets"].split()),
            roles={Voice(name): frozenset(words.split()) for name, words in read["roles"].items()},
            words={name: frozenset(words.split()) for name, words in read["words"].items()},
            wants_told=_compiled(read["asking"]["wants_told"]),
            openly_within=_compiled(read["asking"]["openly_within"]),
            looks_back=_compiled([*read["scene"]["looks_back"], *_each_with_each(**read["scene"]["who_did"])]),
            own_board=_compiled(read["scene"]["own_board"]),
            about_here=_compiled(read["scene"]["about_here"]),
        )


@lru_cache
def phrases() -> Phrases:
    """The files, read once."""
    here = Path(__file__)
    return Phrases.load(here.with_name("hearing.toml"), here.with_name("hearing_abroad.toml"))


def _add(known: dict[str, Any], more: dict[str, Any]) -> None:
    """Add lists, and words of a text, to those of the same name."""
    for name, value in more.items():
        if isinstance(value, dict):
            _add(known.setdefault(name, {}), value)
        elif isinstance(value, list):
            known[name] = [*known.get(name, []), *value]
        else:
            known[name] = f"{known.get(name, '')} {value}"


def _each_with_each(who: str, did: str) -> list[str]:
    return [f"{one} {verb}" for one in who.split() for verb in did.split()]


def _compiled(phrases: list[str], whole: bool = False) -> re.Pattern[str]:
    """One pattern for many phrases; a lone star is any words or none, a star at a word the rest of the word. Phrases of
    scripts without spaces are found within words too.
    """
    if whole:
        return re.compile(rf"^(?:{'|'.join(map(_as_pattern, phrases))})$", re.IGNORECASE)
    kinds = [(_BOUND, [one for one in phrases if not is_unspaced(one)]), (_FREE, [*filter(is_unspaced, phrases)])]
    parts = [kind.format("|".join(map(_as_pattern, known))) for kind, known in kinds if known]
    return re.compile("|".join(parts), re.IGNORECASE)


def _as_pattern(phrase: str) -> str:
    text = re.escape(phrase).replace(r"\ \*\ ", r"\b.*\b").replace(r"\ \*", r"(?:\ .*)?").replace(r"\*\ ", r"(?:.*\ )?")
    return text.replace(r"\*", r"\w*")


def kept(clause: str) -> list[str]:
    """The words of a clause without filler."""
    return [token for token in TOKEN.findall(clause) if token not in phrases().filler]
