"""The audit log: who saw, took or changed whose data. It is only added to; the database refuses everything else.

Only the retention job removes lines, old ones, after saying so to the database: `SET LOCAL lyceum.audit_retention`.
Details are words of ours, never names, so that an erased person is in it by their random id alone.
"""

import csv
import hashlib
import hmac
import io
import secrets
from collections.abc import Iterator
from datetime import datetime
from time import monotonic
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, or_, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from app.accounts.models import Enrolment, Person
from app.accounts.schema import SiteRole, Who
from app.base.db import now
from app.base.errors import NotFound
from app.classroom.models import ClassPerson
from app.courses.models import Course
from app.records.privacy.models import AuditLine, AuditSalt
from app.records.privacy.schema import AuditPage, AuditView, What

LINES = 100
SEEING = (
    *(What.ATTENDANCE, What.EXPORT, What.INSIDE, What.CLASS, What.STATEMENTS, What.ROSTER, What.CREDENTIAL),
    *(What.GRADES, What.ANSWER, What.MARKED, What.DESK, What.ANALYSIS),
)
"""Acts by which somebody sees other people's data. Who is in which research data is told by name elsewhere."""
A_WHILE = 60.0
"""Seconds for which the same reading again leaves no line of its own."""
_MOST_KNOWN = 10_000
_noted: dict[tuple[object, ...], float] = {}
"""When each reading was noted last, in this process."""
HEAD = ("at", "who", "what", "whose", "course", "details", "address_hash")
_RUNS = ("=", "+", "-", "@", "\t", "\r")


def note(
    session: Session,
    who: Who | UUID | None,
    what: What,
    *,
    person_id: UUID | None = None,
    class_id: UUID | None = None,
    course_id: UUID | None = None,
    agent: str = "",
    details: str = "",
    address: str = "",
) -> None:
    """Add a line; `who` is a person or their id, None for a program. `address` is the network address the request
    came from; only its hash is kept.
    """
    session.add(
        AuditLine(
            who_id=who.id if isinstance(who, Who) else who,
            agent=agent,
            what=what.value,
            person_id=person_id,
            class_id=class_id,
            course_id=course_id,
            details=details,
            address_hash=_hashed(session, address) if address else "",
        )
    )


def note_reading(
    session: Session,
    who: Who | UUID | None,
    what: What,
    *,
    class_id: UUID | None = None,
    course_id: UUID | None = None,
    agent: str = "",
    details: str = "",
    address: str = "",
) -> None:
    """Add a line for reading that goes on and on: at most one a minute from each process for the same reader, place
    and kind, at no cost in between.
    """
    this = (who.id if isinstance(who, Who) else who or agent, what, class_id, course_id, details)
    moment = monotonic()
    if this in _noted and moment - _noted[this] < A_WHILE:
        return
    if len(_noted) >= _MOST_KNOWN:
        _noted.clear()
    _noted[this] = moment
    note(session, who, what, class_id=class_id, course_id=course_id, agent=agent, details=details, address=address)


def note_reading_by_credential(
    session: Session, credential: str, *, course_id: UUID | None = None, details: str = "", address: str = ""
) -> None:
    """A program read from the record store. `credential` is its name, never its secret; `details` what it read."""
    agent = f"credential {credential}"
    note_reading(session, None, What.CREDENTIAL, course_id=course_id, agent=agent, details=details, address=address)


def _hashed(session: Session, address: str) -> str:
    """The same for the same address within an installation, and no way back without its salt."""
    salt = session.scalar(select(AuditSalt.salt).where(AuditSalt.id == 1))
    if salt is None:
        session.execute(insert(AuditSalt).values(id=1, salt=secrets.token_hex(32)).on_conflict_do_nothing())
        salt = session.scalars(select(AuditSalt.salt).where(AuditSalt.id == 1)).one()
    return hmac.new(salt.encode(), address.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:24]


def who_looked(session: Session, person_id: UUID) -> list[AuditView]:
    """Who saw this person's data, and what was done with it, newest first, at most 100 lines.

    A line of a whole course counts from the day the person joined it, one of a class where they were in it.
    """
    theirs = [AuditLine.person_id == person_id, _of_a_class(person_id), _of_a_course(person_id)]
    others = (AuditLine.who_id.is_distinct_from(person_id)) & AuditLine.what.in_([one.value for one in SEEING])
    own = (AuditLine.person_id == person_id) & AuditLine.what.in_([What.GUARDIAN.value])
    page = _lines(session, [or_(others & or_(*theirs), own & AuditLine.who_id.is_distinct_from(person_id))])
    return [line.model_copy(update={"whose": "", "address_hash": ""}) for line in page.lines]


def _of_a_class(person_id: UUID) -> ColumnElement[bool]:
    places = select(ClassPerson.class_id).where(ClassPerson.person_id == person_id, ~ClassPerson.is_instructor)
    return AuditLine.person_id.is_(None) & AuditLine.class_id.in_(places)


def _of_a_course(person_id: UUID) -> ColumnElement[bool]:
    joined = select(Enrolment.id).where(
        Enrolment.person_id == person_id,
        Enrolment.course_id == AuditLine.course_id,
        Enrolment.created_at <= AuditLine.at,
    )
    return AuditLine.person_id.is_(None) & AuditLine.class_id.is_(None) & joined.correlate_except(Enrolment).exists()


def audit_log(
    session: Session,
    who: Who,
    person: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    before: UUID | None = None,
) -> AuditPage:
    """The log for an admin, newest first, 100 lines at most. NotFound for everybody else.

    `person`: an e-mail address or a person's id; lines by them and about them. `since` and `until` are times,
    the second not included; `before` is the line where an earlier stretch left off.
    """
    _need_admin(who)
    conditions = _filters(session, person, since, until)
    if before and (line := session.get(AuditLine, before)):
        conditions.append(tuple_(AuditLine.at, AuditLine.id) < (line.at, line.id))
    return _lines(session, conditions)


def _need_admin(who: Who) -> None:
    if who.role is not SiteRole.ADMIN:
        raise NotFound


def _filters(
    session: Session, person: str, since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if person.strip():
        person_id = _person(session, person.strip())
        conditions.append((AuditLine.person_id == person_id) | (AuditLine.who_id == person_id))
    if since:
        conditions.append(AuditLine.at >= since)
    if until:
        conditions.append(AuditLine.at < until)
    return conditions


def _person(session: Session, given: str) -> UUID:
    """The person meant; an id of nobody where there is none, so that nothing is found."""
    try:
        return UUID(given)
    except ValueError:
        known = session.scalar(select(Person.id).where(Person.email == given.lower()))
        return known or UUID(int=0)


def _lines(session: Session, conditions: list[ColumnElement[bool]], limit: int = LINES) -> AuditPage:
    actor, subject = aliased(Person), aliased(Person)
    query = (
        select(AuditLine, actor.name, subject.name, Course.title)
        .outerjoin(actor, actor.id == AuditLine.who_id)
        .outerjoin(subject, subject.id == AuditLine.person_id)
        .outerjoin(Course, Course.id == AuditLine.course_id)
        .where(*conditions)
        .order_by(AuditLine.at.desc(), AuditLine.id.desc())
        .limit(limit + 1)
    )
    found = [_view(line, name, whose, course) for line, name, whose, course in session.execute(query)]
    return AuditPage(lines=found[:limit], older=found[limit - 1].id if len(found) > limit else None)


def _view(line: AuditLine, name: str | None, whose: str | None, course: str | None) -> AuditView:
    return AuditView(
        id=line.id,
        at=line.at,
        who=name or line.agent or ("Somebody who is gone" if line.who_id else "Lyceum"),
        what=line.what,
        whose=whose or ("Somebody who is gone" if line.person_id else ""),
        course=course or "",
        details=line.details,
        address_hash=line.address_hash,
    )


def audit_csv(
    session: Session, who: Who, person: str = "", since: datetime | None = None, until: datetime | None = None
) -> Iterator[str]:
    """The same lines as CSV text in pieces, the head first."""
    _need_admin(who)
    yield _csv_line(HEAD)
    before: UUID | None = None
    while True:
        page = audit_log(session, who, person, since, until, before)
        for line in page.lines:
            yield _csv_line([str(getattr(line, name)) if name != "at" else line.at.isoformat() for name in HEAD])
        session.expunge_all()
        if page.older is None:
            return
        before = page.older


def _csv_line(cells: "list[str] | tuple[str, ...]") -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([f"'{cell}" if cell.startswith(_RUNS) else cell for cell in cells])
    return out.getvalue()


def old_lines(session: Session, before: datetime) -> int:
    """How many lines are older."""
    return session.scalar(select(func.count()).where(AuditLine.at < before)) or 0


def remove_lines(session: Session, before: datetime, most: int) -> int:
    """Remove at most so many older lines: the one way, open to this transaction alone. Returns how many."""
    session.execute(text("SET LOCAL lyceum.audit_retention = 'on'"))
    old = select(AuditLine.id).where(AuditLine.at < min(before, now())).limit(most)
    gone = session.scalars(delete(AuditLine).where(AuditLine.id.in_(old)).returning(AuditLine.id)).all()
    session.execute(text("SET LOCAL lyceum.audit_retention = 'off'"))
    return len(gone)
