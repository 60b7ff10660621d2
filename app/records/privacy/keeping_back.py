"""What instructors see of students who do not allow teaching: what was done, and not by whom."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Enrolment, Person
from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.errors import NotFound
from app.base.redaction import Redaction, redaction
from app.classroom import service as classroom
from app.classroom.models import ClassPerson, ClassSession
from app.classroom.papers.concerns import Concern
from app.classroom.papers.documents import Inside, InsideLine
from app.classroom.papers.gates import GateLine
from app.classroom.schema import Intent
from app.records.privacy.audit import note
from app.records.privacy.consent import consented
from app.records.privacy.schema import Purpose, What

A_STUDENT = "A student"
"""The name of everybody who keeps theirs back."""


def kept_back(session: Session, people: Iterable[UUID], course_id: UUID) -> set[UUID]:
    """Those of these people whose names a course's staff is not shown: students without a yes to teaching."""
    staff = select(Enrolment.id).where(
        Enrolment.course_id == course_id,
        Enrolment.person_id == Person.id,
        Enrolment.role != CourseRole.STUDENT.value,
    )
    query = select(Person.id).where(
        Person.id.in_(set(people)),
        Person.role != SiteRole.ADMIN.value,
        ~staff.exists(),
        ~consented(Purpose.TEACHING, Person.id),
    )
    return set(session.scalars(query))


def without_names(session: Session, course_id: UUID, concerns: list[Concern]) -> list[Concern]:
    """Concerns as instructors see them. Who may be in danger is always named: somebody has to be able to help."""
    hidden = kept_back(session, {one.person_id for one in concerns if one.person_id}, course_id)
    return [
        one.model_copy(update={"person": A_STUDENT})
        if one.person_id in hidden and one.cause != Intent.DISTRESS.value
        else one
        for one in concerns
    ]


def gates_without_names(session: Session, course_id: UUID, lines: list[GateLine]) -> list[GateLine]:
    """Who came through gates, as instructors see it."""
    hidden = kept_back(session, {one.person_id for one in lines if one.person_id}, course_id)
    nobody = {"person": A_STUDENT, "person_id": None}
    return [one.model_copy(update=nobody) if one.person_id in hidden else one for one in lines]


def need_open_to_staff(session: Session, who: Who, class_id: UUID) -> None:
    """Raise NotFound where a student attends alone who lets nobody look, unless it is `who`'s own class."""
    row = session.get(ClassSession, class_id)
    if row is None or row.is_shared or row.person_id == who.id:
        return
    if kept_back(session, [row.person_id], row.course_id):
        raise NotFound


def look_inside(session: Session, who: Who, class_id: UUID, after: int = 0, address: str = "") -> Inside:
    """The class from inside for its course's instructors, without the names that are kept back; noted in the audit
    log. NotFound for everybody else, and for a class that a student attends alone who lets nobody look.
    """
    inside = classroom.look_inside(session, who, class_id, after)
    need_open_to_staff(session, who, class_id)
    row = session.get_one(ClassSession, class_id)
    whose = None if row.is_shared or row.person_id == who.id else row.person_id
    if whose or row.is_shared:
        note(session, who, What.INSIDE, person_id=whose, class_id=class_id, course_id=row.course_id, address=address)
    return _veiled(session, inside)


def _veiled(session: Session, inside: Inside) -> Inside:
    places = select(ClassPerson.person_id).where(ClassPerson.class_id == inside.class_id)
    hidden = kept_back(session, session.scalars(places), inside.course_id)
    if not hidden:
        return inside
    names = session.scalars(select(Person.name).where(Person.id.in_(hidden)))
    hide = redaction(dict.fromkeys(names, A_STUDENT), {})
    lines = [_veiled_line(line, hide, line.event.person_id in hidden) for line in inside.lines]
    return inside.model_copy(update={"student": hide(inside.student), "lines": lines})


def _veiled_line(line: InsideLine, hide: Redaction, is_theirs: bool) -> InsideLine:
    body = line.event.body.model_copy(update={"text": hide(line.event.body.text), "name": hide(line.event.body.name)})
    guards = [one.model_copy(update={"refused": hide(one.refused), "shown": hide(one.shown)}) for one in line.guards]
    told = {
        "event": line.event.model_copy(update={"body": body}),
        "system": hide(line.system),
        "words": hide(line.words),
    }
    return line.model_copy(update={**told, "guards": guards, "name": A_STUDENT if is_theirs else line.name})
