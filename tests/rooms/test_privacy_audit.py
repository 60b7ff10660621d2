"""The audit log: the database itself refuses to change it, each person sees their own lines, old ones may go."""

import re
from datetime import timedelta

import pytest
from making import make_person
from parts import Services
from private import World, make_world
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from app.accounts.schema import SiteRole
from app.base.db import get_engine, now, unit_of_work
from app.base.errors import NotFound
from app.records.privacy import audit
from app.records.privacy import service as privacy
from app.records.privacy.models import AuditLine
from app.records.privacy.schema import What


@pytest.fixture
def world(db: Services) -> World:
    return make_world()


def count() -> int:
    with unit_of_work() as session:
        return session.scalar(select(func.count()).select_from(AuditLine)) or 0


@pytest.mark.parametrize("change", ["UPDATE audit SET what = 'nothing'", "DELETE FROM audit"])
def test_the_database_refuses_to_change_a_line(world: World, change: str) -> None:
    with unit_of_work() as session:
        audit.note(session, world.zelda, What.DOWNLOAD)
    with pytest.raises(ProgrammingError, match="only ever added to"), get_engine().begin() as connection:
        connection.execute(text(change))
    with get_engine().connect() as connection:
        connection.execute(text("SET LOCAL lyceum.audit_retention = 'on'"))
        with pytest.raises(ProgrammingError, match="only ever added to"):
            connection.execute(text("UPDATE audit SET what = 'nothing'"))


def test_only_old_lines_go_and_only_by_retention(world: World) -> None:
    with unit_of_work() as session:
        for days in (400, 1):
            session.add(AuditLine(what=What.ROSTER.value, at=now() - timedelta(days=days)))
    before = count()
    with unit_of_work() as session:
        assert audit.old_lines(session, now() - timedelta(days=365)) == 1
        assert audit.remove_lines(session, now() - timedelta(days=365), 100) == 1
        with pytest.raises(ProgrammingError, match="only ever added to"), session.begin_nested():
            session.execute(text("DELETE FROM audit"))
    assert count() == before - 1


def test_each_sees_who_looked_at_them_and_nobody_else(world: World) -> None:
    teacher, course = world.made.instructor, world.made.course_id
    with unit_of_work() as session:
        audit.note(session, teacher, What.ATTENDANCE, course_id=course, address="10.0.0.1")
        audit.note(session, teacher, What.INSIDE, person_id=world.zelda.id, class_id=world.alone, course_id=course)
        audit.note(session, teacher, What.INSIDE, class_id=world.shared, course_id=course)
        audit.note(session, world.zelda, What.DOWNLOAD, person_id=world.zelda.id)
        privacy.note_reading_by_credential(session, "campus", course_id=course)
    with unit_of_work() as session:
        zelda = privacy.who_looked(session, world.zelda.id)
        kim = privacy.who_looked(session, world.kim.id)
        sam = privacy.who_looked(session, world.made.student.id)
    assert [line.what for line in zelda].count(What.INSIDE.value) == 2
    assert [line.what for line in kim].count(What.INSIDE.value) == 1
    assert {line.what for line in sam} == {What.ATTENDANCE.value, What.CREDENTIAL.value}
    assert {line.who for line in zelda} == {"Ines", "credential campus"}
    assert not any(line.address_hash for line in zelda)


def test_reading_on_and_on_leaves_one_line_a_minute(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    course, before = world.made.course_id, count()
    clock = [1000.0]
    monkeypatch.setattr(audit, "monotonic", lambda: clock[0])
    for details in ("statements", "statements", "agents", "statements"):
        with unit_of_work() as session:
            privacy.note_reading_by_credential(session, "busy", course_id=course, details=details)
    assert count() == before + 2, "one for each kind"
    clock[0] += audit.A_WHILE
    with unit_of_work() as session:
        privacy.note_reading_by_credential(session, "busy", course_id=course, details="statements")
    assert count() == before + 3


def test_who_joined_later_was_not_looked_at_before(world: World) -> None:
    with unit_of_work() as session:
        audit.note(session, world.made.instructor, What.ATTENDANCE, course_id=world.made.course_id)
    from app.accounts import service as accounts
    from app.accounts.schema import CourseRole

    late = make_person("late@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, world.made.course_id, late.id, CourseRole.STUDENT)
    with unit_of_work() as session:
        assert privacy.who_looked(session, late.id) == []


def test_an_address_is_kept_as_a_salted_hash(world: World) -> None:
    with unit_of_work() as session:
        for address in ("10.0.0.1", "10.0.0.1", "10.0.0.2"):
            audit.note(session, world.zelda, What.DOWNLOAD, address=address)
    with unit_of_work() as session:
        hashes = session.scalars(select(AuditLine.address_hash).where(AuditLine.what == What.DOWNLOAD.value)).all()
    assert len(set(hashes)) == 2
    assert all(re.fullmatch("[0-9a-f]{24}", one) for one in hashes)


def test_admins_read_it_in_stretches_and_as_csv(world: World) -> None:
    admin = make_person("ann@school.test", SiteRole.ADMIN)
    moment = now()
    with unit_of_work() as session:
        for _ in range(audit.LINES + 5):  # all at one moment: a stretch must neither lose nor repeat a line
            session.add(AuditLine(who_id=world.zelda.id, what=What.ROSTER.value, at=moment, details="=1+1"))
    with unit_of_work() as session:
        first = privacy.audit_log(session, admin, world.zelda.email)
        second = privacy.audit_log(session, admin, world.zelda.email, before=first.older)
        rows = "".join(privacy.audit_csv(session, admin, str(world.zelda.id))).splitlines()
    assert len({line.id for line in (*first.lines, *second.lines)}) == audit.LINES + 5
    assert second.older is None
    assert len(rows) == 1 + audit.LINES + 5
    assert "'=1+1" in rows[1]
    with unit_of_work() as session:
        nothing = privacy.audit_log(session, admin, world.zelda.email, until=moment)
        assert nothing.lines == []
        assert privacy.audit_log(session, admin, "nobody@school.test").lines == []
        with pytest.raises(NotFound):
            privacy.audit_log(session, world.zelda)
        with pytest.raises(NotFound):
            next(privacy.audit_csv(session, world.made.instructor))
