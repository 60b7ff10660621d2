"""Files from outside, read as hostile: plain text in JSON or CSV and nothing that a reader would run, of bounded size.

A file that cannot be used is refused with a sentence; a line that cannot be used is counted with its reason and place.
"""

import csv
import hashlib
import io
import json
import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue, TypeAdapter, ValidationError

from app.alignment.datasets.schema import Dropped, SourceFile
from app.base.errors import Invalid

MOST_BYTES = 64 * 2**20
MOST_LINE = 2**20
MOST_LINES = 500_000
MOST_WORDS = 50_000
"""No text of one line has more characters."""
PLACES = 3
_BINARY = {
    b"\x80": "a Python pickle, which is never loaded",
    b"\x1f\x8b": "a gzip archive; unpack it first",
    b"PK": "a zip archive (or a PyTorch file); unpack it first",
    b"PAR1": "a Parquet file; convert it to JSON lines first",
    b"ARROW1": "an Arrow file; convert it to JSON lines first",
    b"\x89HDF": "an HDF5 file; convert it to JSON lines first",
    b"\x93NUMPY": "a NumPy file; convert it to JSON lines first",
}
JSON = TypeAdapter[JsonValue](JsonValue)


class Reader:
    """Notes what is left out while a source is read."""

    def __init__(self) -> None:
        self._dropped: dict[str, Dropped] = {}

    def drop(self, reason: str, place: str = "", count: int = 1) -> None:
        """Something is left out."""
        found = self._dropped.setdefault(reason, Dropped(reason=reason))
        found.count += count
        if place and len(found.places) < PLACES:
            found.places.append(place)

    @property
    def dropped(self) -> list[Dropped]:
        """What was left out, most first."""
        return sorted(self._dropped.values(), key=lambda one: (-one.count, one.reason))


def read_text(path: Path) -> tuple[str, SourceFile]:
    """A file's text. Raises Invalid for what is no regular file, too large, binary, or no UTF-8."""
    try:
        kind = path.stat()
        if not stat.S_ISREG(kind.st_mode):
            raise Invalid(f"{path} is no file.")
        if kind.st_size > MOST_BYTES:
            raise Invalid(
                f"{path.name} has {kind.st_size / 2**20:.0f} MiB; {MOST_BYTES // 2**20} is the most. Split it."
            )
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error
    for start, what in _BINARY.items():
        if content.startswith(start):
            raise Invalid(f"{path.name} is {what}.")
    if b"\0" in content:
        raise Invalid(f"{path.name} is no text.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path.name} is not in UTF-8 (byte {error.start:,}). Convert it first.") from error
    if not text.strip():
        raise Invalid(f"{path.name} is empty.")
    return text, SourceFile(name=path.name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def parse_json(text: str) -> JsonValue:
    """One JSON value. Raises ValueError for anything else, also for what is nested too deep, NaN and Infinity."""
    try:
        return JSON.validate_python(json.loads(text, parse_constant=_no_number))
    except (RecursionError, ValidationError) as error:
        raise ValueError("nested too deep") from error


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def json_file(text: str, name: str) -> JsonValue:
    """A whole file that is one JSON value. Raises Invalid."""
    try:
        return parse_json(text)
    except ValueError as error:
        raise Invalid(f"{name} is no JSON: {error}.") from error


def json_lines(text: str, name: str, reader: Reader) -> Iterator[tuple[str, dict[str, JsonValue]]]:
    """The objects of a file of JSON lines, each with its place; other lines are left out."""
    for number, line in enumerate(io.StringIO(text), 1):
        place = f"{name}:{number}"
        if number > MOST_LINES:
            reader.drop(f"more than {MOST_LINES:,} lines", place)
            return
        if not line.strip():
            continue
        if len(line) > MOST_LINE:
            reader.drop("a line longer than 1 MiB", place)
            continue
        try:
            value = parse_json(line)
        except ValueError:
            reader.drop("no JSON", place)
            continue
        if isinstance(value, dict):
            yield place, value
        else:
            reader.drop("no JSON object", place)


def csv_rows(text: str, name: str, reader: Reader, wanted: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of a CSV file with a head, each with its place. Raises Invalid where a wanted column is missing."""
    csv.field_size_limit(MOST_LINE)
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    number = 1
    try:
        if missing := [one for one in wanted if one not in (rows.fieldnames or ())]:
            raise Invalid(f"{name} has no column {', '.join(missing)}.")
        for row in rows:
            number += 1
            if number > MOST_LINES:
                reader.drop(f"more than {MOST_LINES:,} lines", f"{name}:{number}")
                return
            if None in row or any(not isinstance(row[one], str) for one in wanted):
                reader.drop("a row with too few or too many cells", f"{name}:{number}")
                continue
            yield f"{name}:{number}", {key: value or "" for key, value in row.items()}
    except csv.Error as error:
        reader.drop(f"CSV that cannot be read on ({error})", f"{name}:{number + 1}")


def words(value: JsonValue) -> str:
    """A text of a line, without space around it; "" for anything else and for what is too long."""
    return value.strip() if isinstance(value, str) and len(value) <= MOST_WORDS else ""
