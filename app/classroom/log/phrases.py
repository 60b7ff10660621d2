"""The phrases by which students' words are read: from `hearing.toml` and, in classes of another language than English,
from that language's file in `abroad`, compiled once a process. Distress is heard in every language known here.
"""

import re
import tomllib
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel

from app.base.phrasebook import USUAL
from app.base.scripts import is_unspaced
from app.classroom.schema import Intent, Voice
from app.courses.stemming import plain_words, stem

TOKEN = re.compile(r"[^\s.,!?;:…\"“”()]+")
ENGLISH = Path(__file__).with_name("hearing.toml")
ABROAD = Path(__file__).with_name("abroad")
OTHER = ABROAD / "other.toml"
_BOUND, _FREE = r"(?<!\w)(?:{})(?!\w)", r"(?:{})"
_CHOICE = re.compile(r"\(([^()]*)\)")


class Matter(StrEnum):
    """What a question about the class itself asks for, which no page answers."""

    LESSON = "lesson"
    PAGE = "page"
    SO_FAR = "so-far"
    NEXT = "next"
    LEFT = "left"
    EXAM = "exam"
    SELF = "self"
    HELP = "help"
    MAY_ASK = "may-ask"


class Phrases(BaseModel):
    """The phrases of a language and of English, compiled."""

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
    answers: frozenset[str]
    openly_within: re.Pattern[str]
    looks_back: re.Pattern[str]
    own_board: re.Pattern[str]
    about_here: re.Pattern[str]
    matters: dict[Matter, re.Pattern[str]]

    model_config = {"arbitrary_types_allowed": True}

    def has(self, name: str, word: str) -> bool:
        """Whether a word is in a list of the file's [words]."""
        return word in self.words[name]

    def kept(self, clause: str) -> list[str]:
        """The words of a clause without filler."""
        return [token for token in TOKEN.findall(clause) if token not in self.filler]

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
            answers=frozenset(map(stem, plain_words(read["asking"]["answers"]))),
            openly_within=_compiled(read["asking"].get("openly_within", [])),
            looks_back=_compiled([*read["scene"]["looks_back"], *_each_with_each(**read["scene"]["who_did"])]),
            own_board=_compiled(read["scene"]["own_board"]),
            about_here=_compiled(read["scene"]["about_here"]),
            matters={Matter(name): _compiled(phrases, whole=True) for name, phrases in read["matters"].items()},
        )


@lru_cache
def phrases(language: str = USUAL) -> Phrases:
    """The phrases for classes in a language, by its code; each file is read once."""
    own = ABROAD / f"{language}.toml"
    return Phrases.load(ENGLISH, *([own] if language in _languages() else []))


@lru_cache
def _languages() -> frozenset[str]:
    return frozenset(path.stem for path in ABROAD.glob("*.toml")) - {OTHER.stem}


@lru_cache
def _cries() -> dict[str, re.Pattern[str]]:
    """How distress is put, by the code of the language, English first."""
    files = {USUAL: ENGLISH} | {code: ABROAD / f"{code}.toml" for code in sorted(_languages())}
    read = {code: tomllib.loads(path.read_text("utf-8"))["anywhere"]["distress"] for code, path in files.items()}
    return {
        code: _compiled(cries) for code, cries in (read | tomllib.loads(OTHER.read_text("utf-8"))["distress"]).items()
    }


@lru_cache
def _any_cry() -> re.Pattern[str]:
    return re.compile("|".join(one.pattern for one in _cries().values()), re.IGNORECASE)


def cries_in(text: str) -> str:
    """The code of the language in which words tell of distress; "" where they do not."""
    if not _any_cry().search(text):
        return ""
    return next((code for code, pattern in _cries().items() if pattern.search(text)), "")


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
    """One pattern for many phrases; a lone star is any words or none, a star at a word the rest of the word, ^ and $
    the beginning and the end of what is read, and (this|that|) one of several. Phrases of scripts without spaces are
    found within words too.
    """
    if not phrases:
        return re.compile(r"(?!)")
    if whole:
        return re.compile(rf"^(?:{'|'.join(map(_as_pattern, phrases))})$", re.IGNORECASE)
    kinds = [(_BOUND, [one for one in phrases if not is_unspaced(one)]), (_FREE, [*filter(is_unspaced, phrases)])]
    parts = [kind.format("|".join(map(_as_pattern, known))) for kind, known in kinds if known]
    return re.compile("|".join(parts), re.IGNORECASE)


def _as_pattern(phrase: str) -> str:
    if phrase.startswith("^"):
        return "^" + _as_pattern(phrase[1:])
    if phrase.endswith("$"):
        return _as_pattern(phrase[:-1]) + "$"
    if choice := _CHOICE.search(phrase):
        before, after = phrase[: choice.start()].rstrip(), phrase[choice.end() :].lstrip()
        ways = "|".join(re.escape(one.strip()) for one in choice[1].split("|"))
        return rf"{_as_pattern(before)} ?(?:{ways}) ?{_as_pattern(after)}"
    text = re.escape(phrase).replace(r"\ \*\ ", r"\b.*\b").replace(r"\ \*", r"(?:\ .*)?").replace(r"\*\ ", r"(?:.*\ )?")
    return text.replace(r"\*", r"\w*")
