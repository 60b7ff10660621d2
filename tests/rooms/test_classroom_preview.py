"""Previews: the draft as a student would meet it, in a class that no record, figure or example is made of.

Each reader is shown the same class twice: as a preview it sees what it sees without the class, and as an ordinary class
it sees more, so that a reader that sees nothing at all does not pass.
"""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from making import Made, answer_consent, make_lesson, reword
from parts import Services
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.alignment import service as alignment
from app.alignment.serving import watching
from app.alignment.serving.models import AdapterRow, RolloutRow
from app.alignment.signals import counting, gathering
from app.alignment.signals.models import TurnSignal
from app.alignment.signals.schema import Thumb
from app.alignment.telling import outside
from app.analysis import kept, weekly
from app.analysis.agents import reading as agents
from app.analysis.agents.schema import Rollout
from app.analysis.keeping import fingerprint
from app.analysis.logs.reading import course_lines
from app.base.db import now, unit_of_work
from app.base.errors import Conflict, NotFound
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassSession, EventRow, GuardPair, LearnerNote, TurnPrompt
from app.classroom.schema import Body, Draft, Intent, Kind, Voice
from app.inference.models import ModelCall
from app.lessons import service as lessons
from app.lessons.models import LessonVersion
from app.records import projecting, reading
from app.records.desk import filtering
from app.records.exporting import export_csv
from app.records.models import StatementRow
from app.records.privacy.schema import Purpose
from app.records.release import selecting
from app.records.release.schema import Format, ReleaseSpec

Reader = Callable[[Session, Made], object]


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson(ask_on=2)


def rollout(session: Session) -> RolloutRow:
    found = session.scalar(select(RolloutRow))
    if found is None:
        session.add(AdapterRow(name="new", role="tutor", base="tiny", sha256="0" * 64))
        session.flush()
        since = now() - timedelta(hours=1)
        found = RolloutRow(role="tutor", adapter="new", percent=50, state="share", started_at=since)
        session.add(found)
        session.flush()
    return found


def spec(made: Made) -> ReleaseSpec:
    return ReleaseSpec(courses=[made.course_id], tables=["events"], formats=[Format.CSV], purpose="What people ask us")


def statements(session: Session, made: Made) -> object:
    for class_id in session.scalars(select(ClassSession.id)):
        projecting.project_batch(session, class_id)
    return session.scalar(select(func.count()).select_from(StatementRow))


def notes(session: Session, made: Made) -> object:
    statements(session, made)
    return session.scalar(select(func.count()).select_from(LearnerNote))


def lines(session: Session, made: Made) -> object:
    return [one.id for one in course_lines(session, made.course_id).classes]


def refusals(session: Session, made: Made) -> object:
    return agents.refusals(session, made.course_id, course_lines(session, made.course_id))


def trials(session: Session, made: Made) -> object:
    row = rollout(session)
    session.execute(update(ClassSession).values(adapters={"tutor": "new"}))
    return agents.trials_of(session, made.course_id, [Rollout.model_validate(row, from_attributes=True)])


def digests_due(session: Session, made: Made) -> object:
    return weekly.overdue(session, now() + timedelta(weeks=1))


def desk(session: Session, made: Made) -> object:
    statements(session, made)
    return session.execute(filtering.told(made.course_id, only_open=False)).all()


READERS: dict[str, Reader] = {
    "statements": statements,
    "statements that wait": lambda session, made: projecting.overdue(session),
    "learner notes": notes,
    "my record": lambda session, made: (statements(session, made), reading.learner_record(session, made.student))[1],
    "my classes": lambda session, made: classroom.classes_of(session, made.student),
    "attendance": lambda session, made: reading.attendance(session, made.course_id),
    "questions asked": lambda session, made: (
        statements(session, made),
        reading.questions_asked(session, made.course_id),
    )[1],
    "the course as CSV": lambda session, made: (statements(session, made), list(export_csv(session, made.course_id)))[
        1
    ],
    "concerns": lambda session, made: classroom.concerns(session, made.course_id),
    "logs in figures": lines,
    "classes in figures": lambda session, made: kept.class_rows(session, made.course_id, kept.KeptClasses()),
    "whether figures are old": lambda session, made: fingerprint(session, made.course_id),
    "the week": lambda session, made: weekly.describe(session, made.course_id, weekly.week_of(now())).counts,
    "weeks that wait": digests_due,
    "refused turns": refusals,
    "trials of adapters": trials,
    "what models cost": lambda session, made: agents.costs(session, made.course_id),
    "thumbs for analysis": lambda session, made: outside(session, made.course_id).thumbs,
    "counted signals": lambda session, made: counting.gathered(session, made.instructor, made.course_id).signals,
    "examples": lambda session, made: gathering.gather(session),
    "the watch over a rollout": lambda session, made: watching.evidence(session, rollout(session)),
    "people of a release": lambda session, made: selecting.candidates(session, spec(made), now()),
    "classes of a release": lambda session, made: session.scalars(
        select(ClassSession.id).where(selecting.chosen(spec(made), now()))
    ).all(),
    "the desk": desk,
}


def lively(made: Made) -> UUID:
    """A class in which all happened that somebody could make a record of."""
    answer_consent(made.student.id, *Purpose)
    turn = uuid4()
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.PAGE, body=Body(page=1, action=0, cause="script")))
        words = Body(text="More simply, please: what is a cell?", page=1, intent=Intent.SIMPLER)
        asked = log.append(Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=made.student.id, body=words)).seq
        log.append(Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=turn, page=1, answers=asked)))
        said = Body(text="The smallest unit of life.", turn=turn, page=1, answers=asked, model="stub", prompts="abc")
        line = log.append(Draft(kind=Kind.SAID, voice=Voice.TUTOR, body=said))
        trouble = Body(cause="danger", text="I feel bad", page=1)
        log.append(Draft(kind=Kind.CONCERN, person_id=made.student.id, body=trouble))
        log.append(Draft(kind=Kind.ENDED, body=Body(cause="finished", page=1)))
        about = {"class_id": class_id, "turn": turn, "voice": "tutor"}
        session.add(GuardPair(**about, reason="leak", refused="A cell. That is it.", shown=said.text))
        session.add(TurnPrompt(**about, system="the page", words="What is a cell?"))
        session.add(ModelCall(role="tutor", model="stub", about=class_id, prompt_hash="0" * 16, outcome="ok"))
        thumb = {"class_id": class_id, "seq": line.seq, "person_id": made.student.id}
        session.add(TurnSignal(**thumb, kind="thumb", value="down"))
    return class_id


def seen(reader: Reader, made: Made) -> object:
    """What a reader sees; it leaves nothing behind."""
    kept.forget()
    with unit_of_work() as session:
        found = reader(session, made)
        session.rollback()
    return found


def test_no_reader_sees_a_preview_and_each_sees_the_same_class_without_the_flag(made: Made) -> None:
    class_id = lively(made)
    with unit_of_work() as session:
        session.execute(update(ClassSession).values(is_preview=True))
    previewed = {name: seen(reader, made) for name, reader in READERS.items()}
    with unit_of_work() as session:
        session.execute(update(ClassSession).values(is_preview=False))
    attended = {name: seen(reader, made) for name, reader in READERS.items()}
    with unit_of_work() as session:
        session.execute(delete(ClassSession).where(ClassSession.id == class_id))
    without = {name: seen(reader, made) for name, reader in READERS.items()}
    assert {name for name in READERS if str(previewed[name]) != str(without[name])} == set()
    assert {name for name in READERS if str(attended[name]) == str(without[name])} == set()


def opened(made: Made) -> UUID:
    with unit_of_work() as session:
        return classroom.open_preview(session, made.instructor, made.lesson_id, pace=0)


def test_a_preview_plays_the_draft_and_is_no_version(made: Made) -> None:
    with unit_of_work() as session:
        reword(session, made, 1, ["A cell is a little room."])
    class_id = opened(made)
    with unit_of_work() as session:
        view = classroom.access_class(session, made.instructor, class_id)
        assert (view.is_preview, view.is_instructor) == (True, False), "who previews is there as a student"
        played = lessons.script(session, view.version_id)
        assert played.pages[0].actions[1].words == "A cell is a little room."
        assert [one.number for one in lessons.versions(session, made.lesson_id)] == [1]
        assert lessons.latest_version(session, made.lesson_id) == made.version_id
        assert lessons.lessons_of(session, made.course_id)[0].version == 1
        assert classroom.open_class(session, made.instructor, made.lesson_id) != class_id
    set_flag(f"present:{class_id}", 30)
    classroom.take_turn(class_id)
    with unit_of_work() as session:
        kinds = set(session.scalars(select(EventRow.kind).where(EventRow.class_id == class_id)))
    assert Kind.PAGE.value in kinds, "the class goes on as any does"
    assert opened(made) != class_id, "each look begins anew"


def test_only_instructors_preview_and_only_what_is_written(made: Made) -> None:
    with pytest.raises(NotFound), unit_of_work() as session:
        classroom.open_preview(session, made.student, made.lesson_id)
    with unit_of_work() as session:
        lessons.rewrite_page(session, made.lesson_id, 1)
    with pytest.raises(Conflict, match="2 of 3"):
        opened(made)


def test_the_clock_removes_previews_after_a_day(made: Made) -> None:
    old, new = opened(made), opened(made)
    with unit_of_work() as session:
        attended = classroom.open_class(session, made.student, made.lesson_id)
        before = now() - timedelta(days=1, minutes=1)
        session.execute(update(ClassSession).where(ClassSession.id.in_([old, attended])).values(created_at=before))
    with unit_of_work() as session:
        assert classroom.remove_previews(session) == 1
        assert set(session.scalars(select(ClassSession.id))) == {new, attended}
        assert session.scalar(select(func.count()).select_from(LessonVersion).where(LessonVersion.number < 0)) == 1


def test_no_thumb_is_taken_in_a_preview(made: Made) -> None:
    class_id = opened(made)
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        seq = log.append(Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=Body(text="A cell is small.", page=1))).seq
    with pytest.raises(Conflict, match="no records"), unit_of_work() as session:
        alignment.thumb(session, made.instructor, class_id, seq, Thumb.UP)
