"""A course's week in a page: how much happened, against the week before, and what to do next.

One is made by the clock for every course in which something happened, once the week is over (ISO weeks, UTC). It names
nobody. There is no mail on this platform: it stands on a page, and as JSON for a program that sends mail.
"""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.analysis.keeping import parts_of
from app.analysis.order.models import Digest
from app.analysis.report import next_things
from app.analysis.schema import Finding
from app.assessment.models import Attempt, Paper, Sitting
from app.base.db import now, take_time, unit_of_work
from app.base.errors import NotFound
from app.classroom.models import ClassSession, held_in
from app.courses.models import Course

AT_ONCE = 50
"""How many courses the clock rings for at a time."""


class Count(BaseModel):
    """How often something happened in a week, and in the week before."""

    name: str
    value: int
    before: int


class DigestView(BaseModel):
    """A course's week. `week` as 2026-W36; its first and last day."""

    course_id: UUID
    title: str
    week: str
    since: date
    until: date
    counts: list[Count]
    todo: list[Finding]


def week_of(moment: datetime) -> str:
    """The ISO week of a moment, in UTC."""
    year, week, _ = moment.astimezone(UTC).isocalendar()
    return f"{year}-W{week:02d}"


def first_day(week: str) -> date:
    """The Monday of a week. Raises NotFound for what is no week."""
    try:
        year, number = week.split("-W")
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError as error:
        raise NotFound from error


def overdue(session: Session, moment: datetime | None = None) -> list[UUID]:
    """Courses in which something happened last week and which have no digest of it yet."""
    week = week_of((moment or now()) - timedelta(weeks=1))
    start, end = _bounds(week)
    began = (ClassSession.created_at >= start) & (ClassSession.created_at < end)
    classes = select(ClassSession.course_id).where(began, ~ClassSession.is_preview)
    sat = (
        select(Paper.course_id)
        .join(Sitting, Sitting.paper_id == Paper.id)
        .where(Sitting.started_at >= start, Sitting.started_at < end)
    )
    made = select(Digest.course_id).where(Digest.week == week)
    active = (Course.id.in_(classes) | Course.id.in_(sat)) & Course.id.not_in(made)
    return list(session.scalars(select(Course.id).where(active).order_by(Course.id).limit(AT_ONCE)))


def _bounds(week: str) -> tuple[datetime, datetime]:
    monday = first_day(week)
    start = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
    return start, start + timedelta(weeks=1)


def make_digest(course_id: UUID, moment: datetime | None = None) -> None:
    """The job: last week's digest of a course. Done twice it is done once."""
    week = week_of((moment or now()) - timedelta(weeks=1))
    with unit_of_work() as session:
        take_time(session)
        if session.get(Digest, (course_id, week)) is not None or session.get(Course, course_id) is None:
            return
        view = describe(session, course_id, week)
        values = {"course_id": course_id, "week": week, "document": view.model_dump(mode="json"), "made_at": now()}
        session.execute(insert(Digest).values(**values).on_conflict_do_nothing())


def describe(session: Session, course_id: UUID, week: str) -> DigestView:
    """The digest of a week out of what is recorded now."""
    start, end = _bounds(week)
    earlier = start - timedelta(weeks=1)
    this, before = _counts(session, course_id, start, end), _counts(session, course_id, earlier, start)
    parts = parts_of(session, course_id)
    return DigestView(
        course_id=course_id,
        title=session.get_one(Course, course_id).title,
        week=week,
        since=start.date(),
        until=(end - timedelta(days=1)).date(),
        counts=[Count(name=name, value=value, before=before[name]) for name, value in this.items()],
        todo=next_things(parts),
    )


def _counts(session: Session, course_id: UUID, start: datetime, end: datetime) -> dict[str, int]:
    attended = held_in(course_id) & (ClassSession.created_at >= start)
    attended &= ClassSession.created_at < end
    answered = (
        select(func.count(), func.count(Sitting.person_id.distinct()))
        .select_from(Attempt)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .where(Paper.course_id == course_id, Attempt.answered_at >= start, Attempt.answered_at < end)
    )
    classes = select(func.count(), func.count(ClassSession.person_id.distinct())).where(attended)
    finished = select(func.count()).where(attended, ClassSession.ended_at.is_not(None))
    answers, answering = session.execute(answered).one()
    began, attending = session.execute(classes).one()
    return {
        "learners in class": attending,
        "classes begun": began,
        "classes ended": session.scalar(finished) or 0,
        "learners who answered": answering,
        "answers": answers,
    }


def digests(session: Session, course_id: UUID) -> list[str]:
    """The weeks of which a course has a digest, the newest first."""
    query = select(Digest.week).where(Digest.course_id == course_id).order_by(Digest.week.desc())
    return list(session.scalars(query))


def digest_of(session: Session, course_id: UUID, week: str) -> DigestView:
    """The digest of a week as it was made. NotFound where there is none."""
    row = session.get(Digest, (course_id, week))
    if row is None:
        raise NotFound
    return DigestView.model_validate(row.document)
