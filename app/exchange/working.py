"""The job of a transfer: a short claim, the work with a sign of life beside it, a short end.

A worker that was overtaken, or whose transfer was called off, finds another claim on the row and stops.
"""

import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Update, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import Who
from app.base.db import new_id, now, unit_of_work
from app.base.errors import AppError
from app.exchange.models import Transfer
from app.exchange.schema import OPEN, Report, TransferKind, TransferState, TransferView
from app.exchange.transfers import file_in, folder_of, view_of

log = logging.getLogger(__name__)

ATTEMPTS = 3
LEASE = timedelta(seconds=30)
RENEW_SECONDS = 5.0
TELL_SECONDS = 0.4
BROKE_OFF = "The work broke off three times. Try it again with a smaller file."


class Overtaken(Exception):
    """The work is not ours any more: called off, or taken over by another."""


@dataclass
class Work:
    """One worker's hold on a transfer, and what it was asked for."""

    view: TransferView
    claim: UUID
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
        with unit_of_work() as session:
            values = {"stage": stage, "done": done, "total": total, "lease_until": now() + LEASE}
            held = _mine(self.id, self.claim).values(**values).returning(Transfer.id)
            if session.scalar(held) is None:
                raise Overtaken

    @contextmanager
    def ending(self, report: Report, status: TransferState = TransferState.DONE, name: str = "") -> Iterator[Session]:
        """The last transaction: what it stores and the transfer's end hold together, or not at all."""
        with unit_of_work() as session:
            row = session.get(Transfer, self.id, with_for_update=True, populate_existing=True)
            if row is None or row.claim != self.claim:
                raise Overtaken
            yield session
            row.report, row.status, row.stage = report.model_dump(mode="json"), status.value, ""
            row.claim, row.lease_until, row.name = None, None, name or row.name

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
        with _renewed(work):
            jobs[work.view.kind](work)
    except Overtaken:
        _tidy(transfer_id)
    except AppError as trouble:
        _fail(work, trouble.sentence)


def _claim(transfer_id: UUID) -> Work | None:
    with unit_of_work() as session:
        row = session.get(Transfer, transfer_id, with_for_update=True)
        if row is None or row.status not in OPEN:
            return None
        if row.status == TransferState.WORKING and row.lease_until and row.lease_until > now():
            return None
        if row.attempts >= ATTEMPTS:
            row.status, row.problem, row.claim = TransferState.FAILED.value, BROKE_OFF, None
            return None
        row.status, row.claim, row.attempts = TransferState.WORKING.value, new_id(), row.attempts + 1
        row.lease_until, row.problem = now() + LEASE, ""
        return Work(view_of(row), row.claim, accounts.person_as_who(session, row.created_by))


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
        session.execute(_mine(work.id, work.claim).values(**values))
    file_in(work.id).unlink(missing_ok=True)


def _mine(transfer_id: UUID, claim: UUID) -> Update:
    return update(Transfer).where(Transfer.id == transfer_id, Transfer.claim == claim)


@contextmanager
def _renewed(work: Work) -> Iterator[None]:
    """Renew the lease from a thread until the block ends."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(RENEW_SECONDS):
            try:
                with unit_of_work() as session:
                    session.execute(_mine(work.id, work.claim).values(lease_until=now() + LEASE))
            except SQLAlchemyError as error:
                log.warning("lease of transfer %s not renewed: %s", work.id, error)

    thread = threading.Thread(target=renew, name=f"lease-{work.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
