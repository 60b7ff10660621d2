"""A class without a teacher, listened to at the command line: the tutor gives the lesson, by the course's own name."""

import time

import pytest
from making import PASSWORD, make_lesson
from parts import Services, Web
from sqlalchemy import select
from stub_model import StubModel

from app.accounts import service as accounts
from app.accounts.models import Person
from app.base.db import unit_of_work
from app.base.embedded.processes import Child
from app.classroom import service as classroom
from app.classroom.schema import AGENTS, Voice
from app.classroom.stage.cast import Choice
from app.cli.teach import enter
from app.cli.teach_class import Attendance, Question
from app.cli.teach_client import Visitor
from app.records.privacy import service as privacy


def test_the_transcript_of_a_tutors_class_names_the_tutor(
    db: Services, worker: Child, web_server: Web, stub: StubModel, capsys: pytest.CaptureFixture[str]
) -> None:
    made = make_lesson()
    chosen = [Choice(voice=voice, on=voice is Voice.TUTOR) for voice in AGENTS]
    chosen[1].name = "Tilda"
    with unit_of_work() as session:
        classroom.choose_cast(session, made.instructor, made.course_id, chosen)
    with Visitor(web_server.url) as student:
        student.sign_in(made.student.email, PASSWORD)
        path = student.post(f"/lessons/{made.lesson_id}/attend", {"pace": "0"})
        question = Question(text="What do mitochondria turn into energy?", page=3)
        attendance = Attendance(student, path.rpartition("/")[2], [question], time.monotonic())
        attendance.attend()
    told = capsys.readouterr().out
    assert len(attendance.taught) == 3
    assert attendance.answered == 1
    assert "Tilda (tutor): A cell is the smallest unit of life." in told
    assert "Robin (student): What do mitochondria" in told
    assert "Okafor" not in told
    assert "Mira" not in told


def test_a_student_made_by_the_command_has_answered_what_is_asked_first(db: Services, web_server: Web) -> None:
    made = make_lesson()
    with unit_of_work() as session:
        code = accounts.new_code(session, made.course_id, days=1, seats=5)
    with Visitor(web_server.url) as student:
        enter(student, code)
        page = student.http.get(f"/courses/{made.course_id}", headers={"Accept": "text/html"})
    assert page.status_code == 200, "nothing is asked any more"
    with unit_of_work() as session:
        robin = session.scalars(select(Person.id).where(Person.name == "Robin")).one()
        told = {purpose.value: granted for purpose, granted in privacy.standing(session, robin).items()}
    assert told == {"teaching": True, "research": False, "alignment": False}
