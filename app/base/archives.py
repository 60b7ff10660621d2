"""Zip archives of strangers: limits on number, size and ratio, plain names only, nothing that is a link.

A zip's directory may lie about sizes, so that each part is read no further than it said.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from app.base.errors import Invalid

DAMAGED = "The archive is damaged or was cut off on its way. Make it again and send the new copy."
BOMB = "The archive unpacks to far more than such a file ever holds, so it was not opened."
PATHS = "The archive holds a file whose name leads out of it (“{name}”), so it was not opened."
LOCKED = "The archive is protected by a password. Make one without."
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, RuntimeError)


@dataclass(frozen=True)
class Limits:
    """The most that an archive may hold: parts, bytes of one part and of all, and the ratio to its packed size."""

    parts: int = 5_000
    one: int = 64 * 2**20
    total: int = 512 * 2**20
    ratio: int = 150
    free: int = 40 * 2**20
    """Up to this many bytes the ratio does not matter."""


class Archive:
    """An open archive that was found harmless."""

    def __init__(self, file: zipfile.ZipFile) -> None:
        self._file = file
        self._parts = {part.filename: part for part in file.infolist() if not part.is_dir()}

    @property
    def names(self) -> list[str]:
        """The names of its files, in the order of its directory."""
        return list(self._parts)

    def read(self, name: str) -> bytes:
        """A file's bytes. Raises Invalid where there is none, or where it is damaged or longer than it said."""
        part = self._parts.get(name)
        if part is None:
            raise Invalid(f"The archive has no file “{name[:120]}”, which it should have. Make it again.")
        try:
            with self._file.open(part) as stream:
                content = stream.read(part.file_size + 1)
        except _BROKEN as error:
            raise Invalid(DAMAGED) from error
        if len(content) > part.file_size:
            raise Invalid(BOMB)
        return content


@contextmanager
def open_archive(source: bytes | Path, limits: Limits | None = None) -> Iterator[Archive]:
    """The archive, once its directory keeps within `limits`. Raises Invalid with a sentence."""
    stream: IO[bytes] = BytesIO(source) if isinstance(source, bytes) else source.open("rb")
    with stream:
        packed = stream.seek(0, 2)
        try:
            file = zipfile.ZipFile(stream)
        except _BROKEN as error:
            raise Invalid(DAMAGED) from error
        with file:
            _check(file.infolist(), packed, limits or Limits())
            yield Archive(file)


def _check(parts: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    total = sum(part.file_size for part in parts)
    if len(parts) > limits.parts or total > limits.total or any(part.file_size > limits.one for part in parts):
        raise Invalid(BOMB)
    if total > limits.free and total > packed * limits.ratio:
        raise Invalid(BOMB)
    for part in parts:
        if not is_plain(part.filename) or stat.S_ISLNK(part.external_attr >> 16):
            raise Invalid(PATHS.format(name=part.filename[:80]))
        if part.flag_bits & 1:
            raise Invalid(LOCKED)
    if len({part.filename for part in parts}) < len(parts):
        raise Invalid(DAMAGED)


def is_plain(name: str) -> bool:
    """Whether a name stays within its archive on every system."""
    path = PurePosixPath(name)
    return bool(name) and not path.is_absolute() and ".." not in path.parts and not set("\\:\x00") & set(name)
