"""Files under the data folder, written whole or not at all."""

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.base.errors import AppError, Invalid
from app.base.settings import get_settings


def place(*parts: str) -> Path:
    """A path under the files folder; parts are ids and fixed names, never what a person typed."""
    return get_settings().files.joinpath(*parts)


CHUNK_BYTES = 1 << 20


def write_whole(path: Path, content: bytes) -> None:
    """Write through a neighbour and a rename, so that no reader sees half a file. A full disk is an AppError."""
    with whole_file(path) as out:
        out.write(content)


def write_stream(path: Path, source: BinaryIO, limit: int) -> None:
    """The same out of a stream, a piece at a time. Raises Invalid (413) for more than `limit` bytes."""
    with whole_file(path) as out:
        size = 0
        while chunk := source.read(CHUNK_BYTES):
            size += len(chunk)
            if size > limit:
                raise Invalid(f"The file is larger than {limit // 2**20} MB, the most that is taken.", status=413)
            out.write(chunk)


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that takes its name only once the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with beside.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise AppError("The server's disk is full; ask its operator to make room.", status=413) from error
        raise
    finally:
        beside.unlink(missing_ok=True)
