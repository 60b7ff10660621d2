"""How long things are kept: once a day what is older goes, kind by kind, a bounded number in each transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.assessment import service as assessment
from app.base.db import now, take_time, unit_of_work
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.exchange import service as exchange
from app.inference import cache
from app.inference import keeping as calls
from app.records.models import StatementRow
from app.records.privacy import audit
from app.records.privacy.erasing import remove_answers, remove_words
from app.records.privacy.models import Erasure
from app.records.privacy.schema import Removed, What

BATCH = 500
MOST_CLASSES = 50
ALL = 1_000_000


@dataclass(frozen=True)
class Kept:
    """A kind of data: its setting, how many are older than a time, and how to remove at most so many of them."""

    kind: str
    setting: str
    count: Callable[[Session, datetime], int]
    remove: Callable[[Session, datetime, int], int]


def _silent(session: Session, before: datetime) -> int:
    return len(classroom.silent_since(session, before, ALL))


def _silence(session: Session, before: datetime, most: int) -> int:
    found = classroom.silent_since(session, before, min(most, MOST_CLASSES))
    for class_id in found:
        remove_words(session, class_id)
    return len(found)


def _tombstones(session: Session, before: datetime) -> int:
    return session.scalar(select(func.count()).where(Erasure.finished_at < before)) or 0


def _bury(session: Session, before: datetime, most: int) -> int:
    """Tombstones that something of others still names stay, and are asked again another day."""
    old = select(Erasure.person_id).where(Erasure.finished_at < before).order_by(Erasure.finished_at).limit(most)
    return sum([_bury_one(session, person_id) for person_id in session.scalars(old).all()])


def _bury_one(session: Session, person_id: UUID) -> bool:
    """What the person did alone goes whole; of what they did with others only the name of nobody."""
    classroom.bury(session, person_id)
    assessment.bury(session, person_id)
    for row in session.scalars(select(StatementRow).where(StatementRow.person_id == person_id)):
        row.person_id = None
    session.flush()
    return accounts.bury(session, person_id)


KEPT = (
    Kept("prompts and refused words", "keep_prompts_days", classroom.old_papers, classroom.remove_papers),
    Kept("the account of model calls", "keep_calls_days", calls.old_calls, calls.remove_calls),
    Kept("sign-ins that are over", "keep_sign_ins_days", accounts.old_sign_ins, accounts.remove_sign_ins),
    Kept("classes with students' words", "keep_words_days", _silent, _silence),
    Kept("answers with students' words", "keep_words_days", assessment.old_words, remove_answers),
    Kept("what is left of erased accounts", "keep_tombstones_days", _tombstones, _bury),
    Kept("files brought in and taken out", "keep_transfers_days", exchange.count_old, exchange.remove_old),
    Kept("replies that authors are given again", "keep_replies_days", cache.old_replies, cache.remove_replies),
    Kept("lines of the audit log", "keep_audit_days", audit.old_lines, audit.remove_lines),
)


def _days(kept: Kept) -> int:
    return int(getattr(get_settings(), kept.setting))


def older(session: Session, moment: datetime | None = None) -> list[Removed]:
    """What the job would remove now, kind by kind; a kind that is kept for ever counts nothing."""
    at = moment or now()
    return [
        Removed(
            kind=kept.kind,
            days=_days(kept),
            count=kept.count(session, at - timedelta(days=_days(kept))) if _days(kept) else 0,
        )
        for kept in KEPT
    ]


def keep_no_longer(moment: datetime | None = None) -> list[Removed]:
    """The job: remove what is older. May be killed and run again; what it did is in the audit log."""
    at = moment or now()
    return [Removed(kind=kept.kind, days=_days(kept), count=_remove(kept, at)) for kept in KEPT]


def _remove(kept: Kept, at: datetime) -> int:
    total = 0
    while _days(kept):
        with unit_of_work() as session:
            take_time(session)
            removed = kept.remove(session, at - timedelta(days=_days(kept)), BATCH)
        total += removed
        if not removed:
            break
    if total:
        with unit_of_work() as session:
            audit.note(session, None, What.RETENTION, details=f"{kept.kind}: {total}")
    return total
