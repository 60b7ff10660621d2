"""Parts that are kept in the process while nothing they are made of changes.

What a course's parts are made of is told by a fingerprint: a few counts and newest numbers that the database has at
hand. As long as it is the same, so are the parts; asking costs a few milliseconds.
"""

from collections import OrderedDict
from threading import Lock
from time import monotonic
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Enrolment
from app.analysis import kept, remembered
from app.analysis.logs import keeping as logs
from app.analysis.order.models import Prerequisite, Trial, TrialPlace
from app.analysis.report import make_parts
from app.analysis.schema import Part
from app.analysis.subject import read_course
from app.assessment.models import Attempt, Component, ItemComponent, ItemRow, Paper, Sitting, VersionRow
from app.classroom.models import ClassSession, held_in
from app.courses.models import Course, Material, Module, PassageRow
from app.lessons.models import Lesson, LessonVersion, is_approved
from app.records.privacy.models import Consent, GuardianConsent

MOST = 16
"""How many courses' parts are kept, in each process."""
Fingerprint = tuple[object, ...]
OLDEST = 600.0
"""Seconds after which parts are made anew in any case: what models cost, for one, is not in the fingerprint."""


class Kept(NamedTuple):
    """Parts, what they were made of, and when (in the process's own seconds)."""

    seen: Fingerprint
    parts: list[Part]
    at: float


_kept: OrderedDict[tuple[UUID, bool], Kept] = OrderedDict()
_lock = Lock()


def fingerprint(session: Session, course_id: UUID) -> Fingerprint:
    """What a course's parts are made of, in a few numbers."""
    sat = select(Sitting.id).join(Paper, Paper.id == Sitting.paper_id).where(Paper.course_id == course_id)
    members = select(Enrolment.person_id).where(Enrolment.course_id == course_id)
    items = select(ItemRow.id).where(ItemRow.course_id == course_id)
    decks = select(Material.id).where(Material.course_id == course_id)
    lessons = select(Lesson.id).where(Lesson.course_id == course_id)
    trials = select(Trial.id).where(Trial.course_id == course_id)
    told = [
        _newest(func.max(Attempt.change), func.count(), Attempt.sitting_id.in_(sat)),
        _newest(func.sum(ClassSession.last_seq), func.count(), held_in(course_id)),
        _newest(func.max(Enrolment.created_at), func.count(), Enrolment.course_id == course_id),
        _newest(func.max(Consent.at), func.count(), Consent.person_id.in_(members)),
        _newest(func.max(GuardianConsent.at), func.count(), GuardianConsent.course_id == course_id),
        _newest(func.max(VersionRow.created_at), func.count(), VersionRow.item_id.in_(items)),
        _newest(func.max(ItemRow.withdrawn_at), func.count(), ItemRow.course_id == course_id),
        _newest(func.max(Component.created_at), func.count(), Component.course_id == course_id),
        _newest(func.count(ItemComponent.component_id.distinct()), func.count(), ItemComponent.item_id.in_(items)),
        _newest(
            func.max(LessonVersion.approved_at), func.count(), LessonVersion.lesson_id.in_(lessons) & is_approved()
        ),
        _newest(func.max(Lesson.title), func.sum(Lesson.position), Lesson.course_id == course_id),
        _newest(func.max(Module.title), func.sum(Module.position), Module.course_id == course_id),
        _newest(func.count(PassageRow.page_id.distinct()), func.count(), PassageRow.material_id.in_(decks)),
        _newest(func.max(Prerequisite.settled_at), func.count(), Prerequisite.course_id == course_id),
        _newest(func.max(Trial.made_at), func.max(Trial.ended_at), Trial.course_id == course_id),
        _newest(func.max(TrialPlace.at), func.count(), TrialPlace.trial_id.in_(trials)),
    ]
    names = select(Course.title).where(Course.id == course_id).scalar_subquery()
    return tuple(session.execute(select(names, *(column for pair in told for column in pair))).one())


def _newest(*columns: Any) -> list[ScalarSelect[Any]]:
    *values, condition = columns
    return [select(value).where(condition).scalar_subquery() for value in values]


def parts_of(session: Session, course_id: UUID, for_research: bool = False) -> list[Part]:
    """A course's parts: the kept ones where nothing has changed, else made anew."""
    key, seen = (course_id, for_research), fingerprint(session, course_id)
    with _lock:
        last = _kept.get(key)
    if last is not None and last.seen == seen and monotonic() - last.at < OLDEST:
        return last.parts
    parts = make_parts(read_course(session, course_id, for_research))
    with _lock:
        _kept[key] = Kept(seen, parts, monotonic())
        _kept.move_to_end(key)
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return parts


def forget() -> None:
    """Keep nothing any more: neither parts nor what they were made of."""
    with _lock:
        _kept.clear()
    kept.forget()
    logs.forget()
    remembered.forget()
