"""What a table of a release is: its columns with their meanings, and where its rows come from."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from app.records.release.schema import ColumnEntry, ReleaseSpec, TableEntry
from app.records.release.scope import Scope

Value = str | int | float | bool | datetime | None
Row = Mapping[str, Value]
"""A row by column names; a column that is not in it is empty. There is no empty text: it is None."""


class Type(StrEnum):
    """What stands in a column. Times are in UTC, to the microsecond."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    TRUTH = "true or false"
    TIME = "time"


class Sort(StrEnum):
    """What kind of data a column is, for those who judge a release."""

    PSEUDONYM = "pseudonym"
    QUASI = "quasi-identifier"
    ID = "id made for this release"
    TIME = "time, moved where the spec says so"
    STRUCTURE = "what happened"
    MEASURE = "measure"
    WORDS = "words, scrubbed"


@dataclass(frozen=True)
class Column:
    """A column of a table; `values` maps values to their meanings where there are few."""

    name: str
    type: Type
    sort: Sort
    meaning: str
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


class Counts(NamedTuple):
    """How much there is to tell of, before suppression but for `people`, who are those left."""

    people: int
    classes: int
    events: int
    items: int
    sittings: int
    answers: int


@dataclass(frozen=True)
class Table:
    """A table of a release. `rows` gives its rows in batches; `about` guesses how many there are; `place` orders the
    tables; `is_extra`: made for a format of its own, never chosen.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    rows: Callable[[Scope], Iterator[list[Row]]]
    about: Callable[[Counts], int]
    place: int = 50
    is_extra: bool = False

    def told(self, spec: ReleaseSpec) -> tuple[Column, ...]:
        """The columns in a release of this spec: words and bands only where it says so."""
        return tuple(
            column
            for column in self.columns
            if (column.sort is not Sort.WORDS or spec.words)
            and (column.sort is not Sort.QUASI or column.name in spec.quasi)
        )

    def entry(self, spec: ReleaseSpec) -> TableEntry:
        """The table in the code book."""
        columns = [
            ColumnEntry(
                name=column.name,
                type=column.type.value,
                meaning=column.meaning,
                kind=column.sort.value,
                unit=column.unit,
                values=dict(column.values),
                source=column.source,
            )
            for column in self.told(spec)
        ]
        return TableEntry(name=self.name, meaning=self.meaning, columns=columns)
