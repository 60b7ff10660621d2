"""Coding schemes, each a file: its codes with their meaning, and examples."""

import tomllib
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, model_validator

from app.base.errors import Invalid

CANNOT = "cannot-code"
"""What is given to an utterance that no code fits, or that cannot be understood."""
CANNOT_KEY = "-"


class Code(BaseModel):
    """One code. `key` is the key that gives it; by itself its place in the scheme."""

    name: str
    key: str = ""
    title: str
    says: str
    examples: list[str] = []


class Scheme(BaseModel):
    """A scheme. `speakers` says whose utterances it is for: students, agents or all."""

    name: str
    title: str
    source: str
    speakers: str
    says: str
    codes: list[Code]

    @model_validator(mode="after")
    def _number(self) -> "Scheme":
        for place, code in enumerate(self.codes, start=1):
            code.key = code.key or str(place % 10)
        if len({code.key for code in self.codes}) < len(self.codes):
            raise ValueError("two codes of a scheme have the same key")
        return self

    @property
    def names(self) -> list[str]:
        """The codes' names, in the scheme's order."""
        return [code.name for code in self.codes]

    def titled(self, name: str) -> str:
        """What a code is called for people; the name itself for one that is not in the scheme."""
        if name == CANNOT:
            return "cannot be coded"
        return next((code.title for code in self.codes if code.name == name), name)


@lru_cache
def schemes() -> dict[str, Scheme]:
    """All schemes by name, in the order of their names."""
    files = sorted(Path(__file__).parent.glob("*.toml"))
    return {file.stem: Scheme(name=file.stem, **tomllib.loads(file.read_text("utf-8"))) for file in files}


def scheme_named(name: str) -> Scheme:
    """A scheme. Raises Invalid for a name that none has."""
    found = schemes().get(name)
    if found is None:
        raise Invalid(f"There is no scheme of this name; there are {', '.join(schemes())}.")
    return found
