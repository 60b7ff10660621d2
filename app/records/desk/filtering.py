"""Which statements a reader may see and asked for, as SQL conditions, and whose words may be shown.

A researcher meets the records of people who consent to research at the moment of the question: in a class of one
student all of it hangs on that student, in a shared class each line on who acted and whose words it answers.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Uuid, and_, case, cast, func, literal, null, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Enrolment, Person
from app.base.errors import Invalid
from app.classroom.models import ClassPerson, ClassSession, held_in
from app.classroom.schema import AGENTS, PRIVATE, Kind
from app.lessons.models import Lesson
from app.records.desk.pseudonyms import Pseudonyms
from app.records.desk.schema import Filter, Reader
from app.records.models import StatementRow
from app.records.privacy.consent import consented
from app.records.privacy.schema import Purpose
from app.records.profile import EXTENSION, profile
from app.records.statements import VERB, VERBS

ROLES = (*(voice.value for voice in AGENTS), "student", "instructor", "class")
HIDDEN = [kind.value for kind in PRIVATE]
HIDDEN_VERBS = [VERBS[kind] for kind in PRIVATE]
GROUPS = ("all", "finished", "left")
MOST_PSEUDONYMS = 200
MOST_PAGES = 100_000
_ID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


@dataclass(frozen=True)
class Told:
    """A statement and what the desk needs to know of it. `is_open`: everybody it concerns consents to research."""

    row: StatementRow
    learner: UUID | None
    actor: UUID | None
    lesson: str | None
    is_open: bool


def _at(name: str, statement: type[StatementRow] = StatementRow) -> ColumnElement[str]:
    """An extension of a statement's context, as text."""
    found: ColumnElement[str] = statement.document["context"]["extensions"][EXTENSION + name].astext
    return found


_account = StatementRow.document["actor"]["account"]["name"].astext
ACTOR = func.coalesce(
    StatementRow.person_id, case((_account.regexp_match(_ID), cast(_account, Uuid)), else_=cast(null(), Uuid))
)
OWNER = case((ClassSession.is_shared, cast(null(), Uuid)), else_=ClassSession.person_id)
LEARNER = func.coalesce(OWNER, StatementRow.person_id)


def everybody(course_id: UUID) -> ColumnElement[bool]:
    """The condition that a person belongs to the course, or was in one of its classes."""
    members = select(Enrolment.person_id).where(Enrolment.course_id == course_id)
    there = (
        select(ClassPerson.person_id)
        .join(ClassSession, ClassSession.id == ClassPerson.class_id)
        .where(held_in(course_id))
    )
    return or_(Person.id.in_(members), Person.id.in_(there))


def _is_open(course_id: UUID) -> ColumnElement[bool]:
    research = consented(Purpose.RESEARCH, Person.id, literal(course_id, Uuid()))
    people = select(Person.id).where(everybody(course_id), research).cte("willing")
    willing = select(people.c.id)
    answered = aliased(StatementRow)
    unwilling = (
        select(answered.id)
        .where(
            answered.class_id == StatementRow.class_id,
            answered.seq == cast(_at("answers"), Integer),
            answered.person_id.is_not(None),
            answered.person_id.not_in(willing),
        )
        .correlate(StatementRow)
        .exists()
    )
    alone = ClassSession.is_shared.is_not(True)
    return and_(
        or_(OWNER.is_(None), OWNER.in_(willing)),
        or_(ACTOR.is_(None), ACTOR.in_(willing)),
        or_(alone, ~unwilling),
    )


Columns = Select[StatementRow, Any, Any, Any, bool]


def told(course_id: UUID, only_open: bool) -> Columns:
    """A course's statements as `Told`, save what only instructors may see; `only_open` as for researchers."""
    is_open = _is_open(course_id)
    query = (
        select(StatementRow, LEARNER, ACTOR, Lesson.title, true() if only_open else is_open)
        .outerjoin(ClassSession, ClassSession.id == StatementRow.class_id)
        .outerjoin(Lesson, Lesson.id == ClassSession.lesson_id)
        .where(StatementRow.course_id == course_id, StatementRow.verb.not_in(HIDDEN_VERBS))
    )
    return query.where(is_open) if only_open else query


def chosen(session: Session, reader: Reader, wanted: Filter) -> list[ColumnElement[bool]]:
    """The filter as conditions on `told`. Raises Invalid with what can be asked for."""
    found = [one for one in (_group(session, reader, wanted.learners), _verb(wanted.verb)) if one is not None]
    if wanted.agent:
        found.append(_at("role") == _one_of(wanted.agent, ROLES, "agent"))
    if wanted.kind:
        found.append(_at("kind") == _one_of(wanted.kind, [kind.value for kind in Kind], "kind"))
    if wanted.page:
        found.append(_at("page") == str(_page(wanted.page)))
    if wanted.since:
        found.append(StatementRow.at >= moment(wanted.since))
    if wanted.until:
        found.append(StatementRow.at < moment(wanted.until, is_end=True))
    return found


def _one_of(word: str, known: list[str] | tuple[str, ...], what: str) -> str:
    if word not in known:
        raise Invalid(f"There is no such {what}; it is one of {', '.join(known)}.")
    return word


def _verb(word: str) -> ColumnElement[bool] | None:
    if not word:
        return None
    if "/" in word:
        return StatementRow.verb == word
    return StatementRow.verb == VERB[_one_of(word.replace(" ", "-"), list(profile().verbs), "verb")]


def _page(words: str) -> int:
    if not (words.isascii() and words.isdigit() and int(words[:9]) <= MOST_PAGES):
        raise Invalid("A page is a whole number, from 1.")
    return int(words)


def moment(words: str, is_end: bool = False) -> datetime:
    """A time as people and programs write it; a day is its beginning, or its end where `is_end`."""
    try:
        found = datetime.fromisoformat(words.strip())
    except ValueError as error:
        raise Invalid("A time is written as 2026-09-07 or 2026-09-07T08:30:00Z.") from error
    if len(words.strip()) <= len("2026-09-07") and is_end:
        found = datetime.combine(found.date() + timedelta(days=1), time())
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _group(session: Session, reader: Reader, words: str) -> ColumnElement[bool] | None:
    if words in ("", "all"):
        return None
    if words in GROUPS:
        return LEARNER.in_(_outcome(reader.course_id, words == "finished"))
    wanted = {word.strip() for word in words.split(",")}
    if len(wanted) > MOST_PSEUDONYMS or not all(word.startswith("person-") for word in wanted):
        raise Invalid(
            f"The group of learners is all, finished, left, or up to {MOST_PSEUDONYMS} pseudonyms with commas between."
        )
    names = Pseudonyms(reader.course_id, reader.person_id)
    people = session.scalars(select(Person.id).where(everybody(reader.course_id)))
    return LEARNER.in_([person for person in people if names.of(person) in wanted])


def _outcome(course_id: UUID, finished: bool) -> Select[UUID]:
    """People by how their newest class in the course went: to the lesson's end, or broken off before it."""
    ended = aliased(StatementRow)
    newest = (
        select(ClassPerson.person_id, ClassSession.id.label("class_id"))
        .join(ClassSession, ClassSession.id == ClassPerson.class_id)
        .where(held_in(course_id), ~ClassPerson.is_instructor)
        .order_by(ClassPerson.person_id, ClassSession.created_at.desc())
        .ext(distinct_on(ClassPerson.person_id))
        .subquery()
    )
    came_to_it = (
        select(ended.id)
        .where(
            ended.class_id == newest.c.class_id,
            ended.verb == VERB["terminated"],
            ended.document["result"]["completion"].astext == ("true" if finished else "false"),
        )
        .exists()
    )
    return select(newest.c.person_id).where(came_to_it)
