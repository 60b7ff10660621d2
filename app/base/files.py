"""Files under the data folder, written whole or not at all."""

import errno
import os
import uuid
from pathlib import Path

from app.base.errors import AppError
from app.base.settings import get_settings


def place(*parts: str) -> Path:
    """A path under the files folder; parts are ids and fixed names, never what a person typed."""
    return get_settings().files.joinpath(*parts)


def write_whole(path: Path, content: bytes) -> None:
    """Write through a neighbour and a rename, so that no reader sees half a file. A full disk is an AppError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with beside.open("wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise AppError("The server's disk is full; ask its operator to make room.", status=413) from error
        raise
