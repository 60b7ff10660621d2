"""The verbs of the exchange room."""

from uuid import UUID

from app.exchange import lesson_files, moving, outline, questions
from app.exchange.schema import TransferKind
from app.exchange.transfers import (
    access,
    cancel,
    count_old,
    download,
    erase_person,
    line,
    listing,
    overdue,
    own_listing,
    remove_old,
)
from app.exchange.working import Job, carry_out

__all__ = [
    "access",
    "cancel",
    "carry_on",
    "count_old",
    "download",
    "erase_person",
    "line",
    "listing",
    "overdue",
    "own_listing",
    "remove_old",
]

JOBS: dict[TransferKind, Job] = {
    TransferKind.QUESTIONS_IN: questions.bring_in,
    TransferKind.QUESTIONS_OUT: questions.take_out,
    TransferKind.COURSE_IN: moving.bring_in,
    TransferKind.COURSE_OUT: moving.take_out,
    TransferKind.LESSON_OUT: lesson_files.take_out,
    TransferKind.OUTLINE: outline.write,
}


def carry_on(transfer_id: UUID) -> None:
    """The job of a transfer, whatever its kind."""
    carry_out(transfer_id, JOBS)
