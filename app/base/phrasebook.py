"""Fixed sentences by language: a file with a table for each language's code, English for all that it does not have."""

import tomllib
from functools import lru_cache
from pathlib import Path

USUAL = "en"


class Phrasebook:
    """The phrases of one file, read once a process. Parts in braces are filled in."""

    def __init__(self, path: Path) -> None:
        self.tables: dict[str, dict[str, str]] = tomllib.loads(path.read_text("utf-8"))

    def say(self, name: str, language: str = "", /, **parts: object) -> str:
        """A phrase in a language by its code; in English for one that the file does not have, or that is not known."""
        table = self.tables.get(language, {})
        return (table.get(name) or self.tables[USUAL][name]).format(**parts)

    def has(self, language: str) -> bool:
        """Whether there are phrases in a language ("": not known, taken for English)."""
        return not language or language in self.tables

    def ways(self, name: str) -> list[str]:
        """A phrase in every language that has it."""
        return [table[name] for table in self.tables.values() if name in table]


@lru_cache
def phrasebook(path: Path) -> Phrasebook:
    """The phrases of a file."""
    return Phrasebook(path)
