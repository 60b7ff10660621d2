"""A release's folder checked: every file against the manifest, and every table read back and written again alike."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import BaseModel, ValidationError

from app.base.errors import Invalid
from app.records.release.columns import Table
from app.records.release.making import sha256_of
from app.records.release.papers import MANIFEST
from app.records.release.schema import FileEntry, Format, Manifest
from app.records.release.tables import registry
from app.records.release.writing.parquet import ParquetWriter, read_parquet
from app.records.release.writing.text import LineWriter, TextWriter, read_csv


class Finding(BaseModel):
    """One file: whether it is as it should be, and in which way it was looked at."""

    name: str
    check: str
    is_good: bool


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a release's folder. Raises Invalid where there is none."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise Invalid(f"{folder} holds no release: it has no {MANIFEST} that can be read.") from error


def verify(folder: Path) -> Iterator[Finding]:
    """Look at every file: its hash, and for tables whether reading and writing them again gives the same bytes; a
    Parquet file is also written as CSV and as JSON lines, where the release has these.
    """
    manifest = read_manifest(folder)
    for entry in manifest.files:
        path = folder / entry.name
        good = path.is_file() and sha256_of(path) == entry.sha256
        yield Finding(name=entry.name, check="hash", is_good=good)
        if good and (table := registry().get(entry.table)):
            yield from _again(folder, manifest, entry, table)


def _again(folder: Path, manifest: Manifest, entry: FileEntry, table: Table) -> Iterator[Finding]:
    beside = {one.format: one for one in manifest.files if one.table == entry.table}
    with TemporaryDirectory() as made:
        if entry.format == Format.PARQUET:
            for kind in (Format.PARQUET, Format.CSV, Format.XAPI):
                if kind in beside:
                    alike = _alike(folder / entry.name, Path(made) / "again", manifest, table, kind, beside[kind])
                    yield Finding(name=entry.name, check=f"read back, written as {kind.value}", is_good=alike)
        elif entry.format == Format.CSV:
            again = Path(made) / "again.csv"
            columns = table.told(manifest.spec)
            with TextWriter(again, columns) as writer:
                for rows in read_csv(folder / entry.name, columns):
                    writer.write(rows)
            yield Finding(name=entry.name, check="read back, written as csv", is_good=sha256_of(again) == entry.sha256)


def _alike(source: Path, again: Path, manifest: Manifest, table: Table, kind: Format, wanted: FileEntry) -> bool:
    columns = table.told(manifest.spec)
    writer: ParquetWriter | TextWriter | LineWriter
    if kind is Format.PARQUET:
        writer = ParquetWriter(again, columns)
    else:
        writer = LineWriter(again, "statement") if kind is Format.XAPI else TextWriter(again, columns)
    with writer:
        for rows in read_parquet(source):
            writer.write(rows)
    if kind is Format.PARQUET:  # groups may be cut elsewhere; the values and types count
        return _same_rows(source, again)
    return sha256_of(again) == wanted.sha256


def _same_rows(one: Path, other: Path) -> bool:
    left = (row for rows in read_parquet(one) for row in rows)
    right = (row for rows in read_parquet(other) for row in rows)
    return all(a == b for a, b in zip(left, right, strict=True))
