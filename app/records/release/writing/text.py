"""Tables as text: CSV that no spreadsheet runs, DataShop's tab-separated files, and xAPI statements as JSON lines.

In CSV an empty cell is an empty value. A text that a spreadsheet would take for a formula, or that begins with an
apostrophe, gets an apostrophe before it; `plain_cell` takes it away again, so that nothing is lost.
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from app.records.release.columns import Column, Row, Type, Value

RUNS = ("=", "+", "-", "@", "\t", "\r", "'")
BATCH = 2000
_SPACE = " \n\v\f\u00a0\ufeff"


def cell(value: Value) -> str:
    """A value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def safe_cell(text: str) -> str:
    """A text that stays a text in a spreadsheet."""
    return f"'{text}" if text.startswith(RUNS) or text.lstrip(_SPACE).startswith(RUNS) else text


def plain_cell(text: str) -> str:
    """`safe_cell` undone."""
    return text[1:] if text.startswith("'") else text


def _csv_line(columns: Sequence[Column]) -> Callable[[Row], list[str]]:
    def line(row: Row) -> list[str]:
        return [
            safe_cell(cell(row.get(one.name))) if one.type is Type.TEXT else cell(row.get(one.name)) for one in columns
        ]

    return line


def _tab_line(columns: Sequence[Column]) -> Callable[[Row], list[str]]:
    """DataShop's cells: no tabs or line ends inside, times without zone."""

    def told(value: Value) -> str:
        text = value.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] if isinstance(value, datetime) else cell(value)
        return " ".join(text.split())

    return lambda row: [told(row.get(one.name)) for one in columns]


class TextWriter:
    """Writes rows to a text file as they come."""

    def __init__(self, path: Path, columns: Sequence[Column], tabs: bool = False) -> None:
        self._out = path.open("w", encoding="utf-8", newline="")
        if tabs:
            self._lines = csv.writer(
                self._out, delimiter="\t", quoting=csv.QUOTE_NONE, quotechar=None, lineterminator="\n"
            )
            self._line = _tab_line(columns)
        else:
            self._lines = csv.writer(self._out, lineterminator="\r\n")
            self._line = _csv_line(columns)
        self._lines.writerow([one.name for one in columns])

    def write(self, rows: list[Row]) -> None:
        """Write rows."""
        self._lines.writerows(map(self._line, rows))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()


def read_csv(path: Path, columns: Sequence[Column]) -> Iterator[list[Row]]:
    """The rows of a CSV file, in batches, as they were written."""
    kinds = {one.name: one.type for one in columns}
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.DictReader(file)
        while batch := list(islice(lines, BATCH)):
            yield [{name: _value(text, kinds[name]) for name, text in line.items()} for line in batch]


def _value(text: str, kind: Type) -> Value:
    if not text:
        return None
    if kind is Type.TEXT:
        return plain_cell(text)
    if kind is Type.TRUTH:
        return text == "true"
    if kind is Type.TIME:
        return datetime.fromisoformat(text)
    return int(text) if kind is Type.INTEGER else float(text)


class LineWriter:
    """Writes one text column of the rows, a line each: the statements as JSON lines."""

    def __init__(self, path: Path, column: str) -> None:
        self._out = path.open("w", encoding="utf-8", newline="")
        self._column = column

    def write(self, rows: list[Row]) -> None:
        """Write rows."""
        self._out.writelines(f"{row[self._column]}\n" for row in rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()
