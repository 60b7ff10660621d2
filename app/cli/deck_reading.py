"""Decks that a command uploads and needs read before it goes on."""

import time
from uuid import UUID

from app.accounts.schema import Who
from app.base.db import unit_of_work
from app.base.errors import AppError
from app.courses import service as courses
from app.courses.schema import MaterialStatus

READ_SECONDS = 120.0


def read_here(instructor: Who, material_id: UUID) -> None:
    """Read a deck; where a worker of the running platform was first, wait until it has. Raises AppError for a deck
    that cannot be read.
    """
    courses.read_deck(material_id)
    until = time.monotonic() + READ_SECONDS
    while time.monotonic() < until:
        with unit_of_work() as session:
            found = courses.access_material(session, instructor, material_id)
        if found.status is MaterialStatus.READY:
            return
        if found.status is MaterialStatus.FAILED:
            break
        time.sleep(0.2)
    raise AppError("A deck could not be read; `lyceum check` says which part is missing. Then try again.")
