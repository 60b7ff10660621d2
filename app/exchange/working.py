"""The job of a transfer: a short claim, the work with a sign of life beside it, a short end.

A worker that was overtaken, or whose transfer was called off, finds another claim on the row and stops.
"""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import Who
from app.base.db import unit_of_work
from app.base.errors import AppError
from app.base.lease import Hold
from app.exchange.models import Transfer
from app.exchange.schema import OPEN, Report, TransferKind, TransferState, TransferView
from app.exchange.transfers import file_in, folder_of, view_of
from app.inference.schema import CallStopped

ATTEMPTS = 3
LEASE = timedelta(seconds=30)
TELL_SECONDS = 0.4
BROKE_OFF = "The work broke off three times. Try it again with a smaller file."


class Overtaken(Exception):
    """The work is not ours any more: called off, or taken over by another."""


@dataclass
class Work:
    """One worker's hold on a transfer, and what it was asked for."""

    view: TransferView
    hold: Hold[Transfer]
    who: Who
    told: float = field(default=0.0)

    @property
    def id(self) -> UUID:
        """The transfer's."""
        return self.view.id

    def tell(self, stage: str, done: int, total: int) -> None:
        """Say how far it is, a few times a second at most. Raises Overtaken when it was called off."""
        if time.monotonic() - self.told < TELL_SECONDS:
            return
        self.told = time.monotonic()
        if not self.hold.renew(stage=stage, done=done, total=total):
            raise Overtaken

    @contextmanager
    def ending(self, report: Report, status: TransferState = TransferState.DONE, name: str = "") -> Iterator[Session]:
        """The last transaction: what it stores and the transfer's end hold together, or not at all."""
        with unit_of_work() as session:
            row = self.hold.row(session)
            if row is None:
                raise Overtaken
            yield session
            row.report, row.status, row.stage = report.model_dump(mode="json"), status.value, ""
            row.name = name or row.name
            row.let_go()

    def end(self, report: Report, status: TransferState = TransferState.DONE, name: str = "") -> None:
        """End it with nothing else to store."""
        with self.ending(report, status, name):
            pass


Job = Callable[[Work], None]


def carry_out(transfer_id: UUID, jobs: dict[TransferKind, Job]) -> None:
    """Do a transfer that waits, or whose worker went silent. Safe to run twice and to be killed."""
    work = _claim(transfer_id)
    if work is None:
        _tidy(transfer_id)
        return
    try:
        with work.hold.renewed():
            jobs[work.view.kind](work)
    except (Overtaken, CallStopped):
        _tidy(transfer_id)
    except AppError as trouble:
        _fail(work, trouble.sentence)


def _claim(transfer_id: UUID) -> Work | None:
    with unit_of_work() as session:
        row = session.get(Transfer, transfer_id, with_for_update=True)
        if row is None or row.status not in OPEN:
            return None
        if row.status == TransferState.WORKING and row.is_held:
            return None
        if row.attempts >= ATTEMPTS:
            row.status, row.problem, row.claim = TransferState.FAILED.value, BROKE_OFF, None
            return None
        row.status, row.attempts, row.problem = TransferState.WORKING.value, row.attempts + 1, ""
        return Work(view_of(row), Hold.take(row, LEASE), accounts.person_as_who(session, row.created_by))


def _tidy(transfer_id: UUID) -> None:
    """Nothing is kept of what was called off."""
    with unit_of_work() as session:
        row = session.get(Transfer, transfer_id)
        is_off = row is None or row.status == TransferState.CANCELLED
    if is_off:
        shutil.rmtree(folder_of(transfer_id), ignore_errors=True)


def _fail(work: Work, sentence: str) -> None:
    with unit_of_work() as session:
        values = {"status": TransferState.FAILED.value, "problem": sentence, "claim": None, "lease_until": None}
        session.execute(work.hold.update().values(**values))
    file_in(work.id).unlink(missing_ok=True)
