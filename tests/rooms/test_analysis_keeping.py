"""What is kept of a course between two looks: whatever happens meanwhile, the parts are those from scratch."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from parts import Services, empty_stores
from sqlalchemy import delete, select, update

from app.accounts.models import Enrolment
from app.accounts.schema import CourseRole
from app.analysis import columns, keeping, kept
from app.analysis import service as analysis
from app.analysis.logs import keeping as logs
from app.analysis.schema import Part
from app.assessment import service as assessment
from app.assessment.grades import count_changes
from app.assessment.models import Attempt, Paper, Sitting
from app.base.db import get_engine, unit_of_work
from app.classroom.models import ClassSession, EventRow
from app.classroom.schema import Kind
from app.cli.bench_analyse import watched
from app.cli.simulated.growing import grow
from app.cli.simulated.school import School, simulate
from app.records.privacy import service as privacy
from app.records.privacy.consent import declare
from app.records.privacy.models import Erasure
from app.records.privacy.schema import Purpose


@pytest.fixture(scope="module")
def school(services: Services) -> Iterator[School]:
    empty_stores()
    keeping.forget()
    yield simulate(10, 31, lambda _: None)
    keeping.forget()
    empty_stores()


def told(parts: list[Part]) -> list[str]:
    return [one.model_dump_json() for one in parts]


def need_alike(course: UUID) -> None:
    """The kept way says what a process that knows nothing says, for teaching and for research."""
    for for_research in (False, True):
        with unit_of_work() as session:
            ours = told(analysis.parts_of(session, course, for_research))
        before = keeping._kept.copy(), kept._courses._kept.copy(), logs._courses._kept.copy()
        keeping.forget()
        with unit_of_work() as session:
            theirs = told(analysis.make_parts(analysis.read_course(session, course, for_research)))
        keeping._kept.update(before[0])
        kept._courses._kept.update(before[1])
        logs._courses._kept.update(before[2])
        for one, other in zip(ours, theirs, strict=True):
            assert one == other


def learners(course: UUID) -> list[UUID]:
    this = (Enrolment.course_id == course) & (Enrolment.role == CourseRole.STUDENT.value)
    with unit_of_work() as session:
        return list(session.scalars(select(Enrolment.person_id).where(this).order_by(Enrolment.id)))


def answers_of(course: UUID) -> int:
    with unit_of_work() as session:
        return len(analysis.read_course(session, course).source.answers)


def test_new_answers_are_read_alone_and_added(school: School) -> None:
    course = school.lessons.course_id
    need_alike(course)
    before = answers_of(course)
    newest = kept.kept_of(course).answers.newest
    ids = list(kept.kept_of(course).answers.ids)
    added = grow(course, 20, 3)
    assert answers_of(course) == before + added
    now = kept.kept_of(course).answers
    assert now.newest > newest
    assert now.ids[: len(ids)] == ids, "what was read before is where it was"
    need_alike(course)


def test_marks_that_change_take_the_place_of_the_old_ones(school: School) -> None:
    course = school.lessons.course_id
    before = answers_of(course)
    with unit_of_work() as session:
        query = (
            select(Attempt).join(Sitting, Sitting.id == Attempt.sitting_id).join(Paper, Paper.id == Sitting.paper_id)
        )
        rows = session.scalars(query.where(Paper.course_id == course).order_by(Attempt.change).limit(5)).all()
        for row in rows:
            row.raw = 0.0 if row.raw else row.points
        count_changes(session, rows)
    need_alike(course)
    assert answers_of(course) == before
    with unit_of_work() as session:
        row = session.scalars(query.limit(1)).one()
        row.state = "waiting"
        count_changes(session, [row])
    need_alike(course)
    assert answers_of(course) == before - 1


def test_a_class_that_goes_on_and_a_line_that_is_changed_are_read_again(school: School) -> None:
    course = school.lessons.course_id
    with unit_of_work() as session:
        first, second = session.scalars(
            select(ClassSession.id).where(ClassSession.course_id == course).order_by(ClassSession.id).limit(2)
        ).all()
        last = session.scalars(select(EventRow).where(EventRow.class_id == first).order_by(EventRow.seq.desc())).first()
        session.add(
            EventRow(class_id=first, seq=last.seq + 1, at=last.at, kind="page.shown", body={"page": 1, "cause": "back"})
        )
        session.execute(update(ClassSession).where(ClassSession.id == first).values(last_seq=last.seq + 1))
    need_alike(course)
    stamps = {one: stamp for one, (stamp, _) in logs.kept_logs(course).digests.items()}
    with unit_of_work() as session:
        lines = select(EventRow).where(EventRow.class_id == second, EventRow.kind == Kind.SAID.value)
        line = session.scalars(lines.order_by(EventRow.seq)).first()
        line.body = {**line.body, "text": ""}
    keeping._kept.clear()  # words that are taken away change no count that parts are told by
    need_alike(course)
    now = {one: stamp for one, (stamp, _) in logs.kept_logs(course).digests.items()}
    assert now[second] != stamps[second]
    assert now[first] == stamps[first]


def test_who_takes_back_a_yes_leaves_or_is_erased_is_told_of_no_more(school: School) -> None:
    course = school.lessons.course_id
    people = learners(course)
    with unit_of_work() as session:
        declare(session, people[0], Purpose.RESEARCH, False, 1)
    need_alike(course)
    with unit_of_work() as session:
        told_of = analysis.read_course(session, course, for_research=True).source.learners
    assert str(people[0]) not in told_of
    with unit_of_work() as session:
        session.execute(delete(Enrolment).where(Enrolment.course_id == course, Enrolment.person_id == people[1]))
    need_alike(course)
    with unit_of_work() as session:
        session.add(Erasure(person_id=people[2]))
    privacy.erase(people[2])
    need_alike(course)
    with unit_of_work() as session:
        source = analysis.read_course(session, course).source
    assert str(people[2]) not in source.learners
    with unit_of_work() as session:
        assessment.bury(session, people[2])
    need_alike(course)
    assert people[2] not in kept.kept_of(course).answers.people.ids, "what is deleted is kept no longer"


def test_a_look_after_new_answers_asks_for_no_old_rows(school: School) -> None:
    course = school.lessons.course_id
    answers_of(course)
    grow(course, 10, 9)
    read = kept._add
    seen: list[int] = []

    def counted(session, course_id, into, rows):  # type: ignore[no-untyped-def]
        seen.append(len(rows))
        read(session, course_id, into, rows)

    with pytest.MonkeyPatch.context() as patch, watched(get_engine()):
        patch.setattr(kept, "_add", counted)
        answers_of(course)
    assert len(seen) == 1
    assert 10 <= seen[0] < 40


def test_numbers_count_by_first_appearance_and_none_stays_none() -> None:
    from numpy import array

    codes, met = columns._numbered(array([4, -1, 2, 4, 0]), 5)
    assert codes.tolist() == [0, -1, 1, 0, 2]
    assert met == [4, 2, 0]
