"""Transfers as people see them: asked for, looked at, called off, taken away."""

import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import new_id, now
from app.base.errors import Conflict, NotFound
from app.base.files import place, write_stream
from app.base.queue import ring_after_commit
from app.exchange.models import Transfer
from app.exchange.schema import (
    OPEN,
    REPORTS,
    Report,
    TransferKind,
    TransferLine,
    TransferState,
    TransferView,
)

SLOW = (TransferKind.OUTLINE,)
"""Transfers that wait for a model."""
LINES = 30
NAME_LENGTH = 160


def bell_of(kind: TransferKind) -> str:
    """The bell of a transfer: what asks no model does not stand in line behind what does."""
    return "write.transfer" if kind in SLOW else "records.transfer"


def folder_of(transfer_id: UUID) -> Path:
    """Where a transfer's files lie."""
    return place("transfers", str(transfer_id))


def file_in(transfer_id: UUID) -> Path:
    """What was sent."""
    return folder_of(transfer_id) / "in"


def file_out(transfer_id: UUID) -> Path:
    """What was made."""
    return folder_of(transfer_id) / "out"


def add(
    session: Session,
    who: Who,
    kind: TransferKind,
    report: Report,
    *,
    course_id: UUID | None = None,
    lesson_id: UUID | None = None,
    form: str = "",
    name: str = "",
    upload: BinaryIO | None = None,
    limit: int = 0,
) -> UUID:
    """Ask for a transfer; a worker does it. The caller has checked who asks. `upload` may have `limit` bytes."""
    row = Transfer(
        id=new_id(),
        course_id=course_id,
        lesson_id=lesson_id,
        created_by=who.id,
        kind=kind.value,
        form=form,
        name=" ".join(name.split())[:NAME_LENGTH],
        report=report.model_dump(mode="json"),
    )
    if upload is not None:
        write_stream(file_in(row.id), upload, limit)
    session.add(row)
    session.flush()
    ring_after_commit(session, bell_of(kind), row.id)
    return row.id


def access(session: Session, who: Who, transfer_id: UUID) -> TransferView:
    """A transfer of a course that `who` teaches, or one of their own without a course. NotFound otherwise."""
    return view_of(_opened(session, who, transfer_id))


def _opened(session: Session, who: Who, transfer_id: UUID, *, lock: bool = False) -> Transfer:
    row = session.get(Transfer, transfer_id, with_for_update=lock or None, populate_existing=lock)
    if row is None:
        raise NotFound
    if row.course_id is not None:
        accounts.require(session, who, row.course_id, CourseRole.INSTRUCTOR)
    elif row.created_by != who.id:
        raise NotFound
    return row


def opened_for_review(session: Session, who: Who, transfer_id: UUID, kind: TransferKind) -> Transfer:
    """The row, locked, of a transfer that waits for a decision. Raises Conflict where it does not any more."""
    row = _opened(session, who, transfer_id, lock=True)
    if row.kind != kind:
        raise NotFound
    if row.status != TransferState.REVIEW:
        raise Conflict("This was decided already. Reload the page to see what came of it.")
    return row


def view_of(row: Transfer) -> TransferView:
    """The document of a row."""
    kind = TransferKind(row.kind)
    return TransferView(
        **line_of(row).model_dump(),
        course_id=row.course_id,
        lesson_id=row.lesson_id,
        problem=row.problem,
        report=REPORTS[kind].model_validate(row.report),
    )


def line_of(row: Transfer) -> TransferLine:
    """The short document of a row."""
    return TransferLine(
        id=row.id,
        kind=TransferKind(row.kind),
        form=row.form,
        name=row.name,
        status=TransferState(row.status),
        stage=row.stage,
        done=row.done,
        total=row.total,
        created_at=row.created_at,
    )


def line(session: Session, who: Who, transfer_id: UUID) -> TransferLine:
    """Where a transfer stands."""
    return line_of(_opened(session, who, transfer_id))


def listing(session: Session, course_id: UUID) -> list[TransferLine]:
    """The newest transfers of a course, for a caller who has checked who asks."""
    query = select(Transfer).where(Transfer.course_id == course_id).order_by(Transfer.created_at.desc()).limit(LINES)
    return [line_of(row) for row in session.scalars(query)]


def own_listing(session: Session, who: Who) -> list[TransferLine]:
    """The newest transfers of `who` that belong to no course."""
    mine = and_(Transfer.created_by == who.id, Transfer.course_id.is_(None))
    return [
        line_of(row)
        for row in session.scalars(select(Transfer).where(mine).order_by(Transfer.created_at.desc()).limit(LINES))
    ]


def cancel(session: Session, who: Who, transfer_id: UUID) -> None:
    """Call a transfer off; what it would have brought or made is dropped. Raises Conflict where it is over."""
    row = _opened(session, who, transfer_id, lock=True)
    if row.status not in (*OPEN, TransferState.REVIEW):
        raise Conflict("This is over already. Reload the page to see how it ended.")
    row.status, row.claim, row.lease_until, row.stage = TransferState.CANCELLED.value, None, None, ""
    row.report = REPORTS[TransferKind(row.kind)]().model_dump(mode="json")
    ring_after_commit(session, bell_of(TransferKind(row.kind)), row.id)


def download(session: Session, who: Who, transfer_id: UUID) -> tuple[Path, str]:
    """The file of a transfer that made one, and what it is called. NotFound for all others."""
    view = access(session, who, transfer_id)
    path = file_out(transfer_id)
    if not view.has_file or not path.is_file():
        raise NotFound
    return path, getattr(view.report, "filename", "") or "file"


def overdue(session: Session) -> list[tuple[str, UUID]]:
    """The bells of transfers that wait, or whose worker went silent, for the clock."""
    silent = and_(Transfer.status == TransferState.WORKING.value, Transfer.lease_until < now())
    waiting = Transfer.status == TransferState.WAITING.value
    query = select(Transfer.kind, Transfer.id).where(or_(waiting, silent)).order_by(Transfer.created_at)
    return [(bell_of(TransferKind(kind)), one) for kind, one in session.execute(query)]


# ---------------------------------------------------------------------------------------------------------- keeping


def count_old(session: Session, before: datetime) -> int:
    """How many transfers were asked for before a time and are over."""
    return session.scalar(select(func.count()).select_from(Transfer).where(_is_old(before))) or 0


def remove_old(session: Session, before: datetime, most: int) -> int:
    """Remove at most so many of them, with their files."""
    query = select(Transfer.id).where(_is_old(before)).order_by(Transfer.created_at).limit(most)
    return _remove(session, session.scalars(query).all())


def erase_person(session: Session, person_id: UUID) -> None:
    """Remove what a person asked for, with the files; what it brought into a course stays there."""
    _remove(session, session.scalars(select(Transfer.id).where(Transfer.created_by == person_id)).all())


def _is_old(before: datetime) -> ColumnElement[bool]:
    return and_(Transfer.created_at < before, Transfer.status.not_in([one.value for one in OPEN]))


def _remove(session: Session, ids: Sequence[UUID]) -> int:
    session.execute(delete(Transfer).where(Transfer.id.in_(ids)))
    for one in ids:
        shutil.rmtree(folder_of(one), ignore_errors=True)
    return len(ids)
