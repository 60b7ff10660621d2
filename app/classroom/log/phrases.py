"""The phrases by which students' words are read, from `hearing.toml`, compiled once a process."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Self

from pydantic import BaseModel

from app.classroom.schema import Intent, Voice

TOKEN = re.compile(r"[^\s.,!?;:…\"“”()]+")


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
    looks_back: re.Pattern[str]
    own_board: re.Pattern[str]
    about_here: re.Pattern[str]

    model_config = {"arbitrary_types_allowed": True}

    def has(self, name: str, word: str) -> bool:
        """Whether a word is in a list of the file's [words]."""
        return word in self.words[name]

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read and compile the file."""
        read = tomllib.loads(path.read_text("utf-8"))
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
            looks_back=_compiled([*read["scene"]["looks_back"], *_each_with_each(**read["scene"]["who_did"])]),
            own_board=_compiled(read["scene"]["own_board"]),
            about_here=_compiled(read["scene"]["about_here"]),
        )


@lru_cache
def phrases() -> Phrases:
    """The file, read once."""
    return Phrases.load(Path(__file__).with_name("hearing.toml"))


def _each_with_each(who: str, did: str) -> list[str]:
    return [f"{one} {verb}" for one in who.split() for verb in did.split()]


def _compiled(phrases: list[str], whole: bool = False) -> re.Pattern[str]:
    """One pattern for many phrases; a lone star is any words or none, a star at a word the rest of the word."""
    parts = "|".join(_as_pattern(phrase) for phrase in phrases)
    return re.compile(rf"^(?:{parts})$" if whole else rf"(?<!\w)(?:{parts})(?!\w)", re.IGNORECASE)


def _as_pattern(phrase: str) -> str:
    text = re.escape(phrase).replace(r"\ \*\ ", r"\b.*\b").replace(r"\ \*", r"(?:\ .*)?").replace(r"\*\ ", r"(?:.*\ )?")
    return text.replace(r"\*", r"\w*")


def kept(clause: str) -> list[str]:
    """The words of a clause without filler."""
    return [token for token in TOKEN.findall(clause) if token not in phrases().filler]
