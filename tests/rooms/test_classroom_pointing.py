"""Teacher and tutor point at what their words rest on; nobody else does, and never at an open question's answer."""

from uuid import UUID

import pytest
from making import Made, make_lesson
from parts import Services
from sqlalchemy import select
from stub_model import Scripted, StubModel
from test_classroom_turn import log_of, run_on, say, start

from app.base.db import unit_of_work
from app.classroom.log.folding import fold
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassSession
from app.classroom.schema import Body, ClassEvent, Draft, Kind, Voice
from app.classroom.stage import lesson as stage
from app.courses.models import PageRow

ANSWER = "It lets water in and keeps harmful things out."


@pytest.fixture
def made(db: Services, stub: StubModel) -> Made:
    """A lesson whose second page asks, and knows where its lines stand."""
    made = make_lesson(ask_on=2)
    with unit_of_work() as session:
        row = session.scalars(select(PageRow).where(PageRow.material_id == made.material_id, PageRow.number == 2)).one()
        lines = ("A membrane surrounds each cell.", ANSWER)
        row.lines = [
            {"text": text, "region": {"left": 0.1, "top": 0.3 + 0.3 * at, "width": 0.5, "height": 0.05}}
            for at, text in enumerate(lines)
        ]
    stage._lessons.clear()
    return made


def on_page_two(made: Made) -> UUID:
    class_id = start(made)
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.PAGE, body=Body(page=2, action=0)))
    return class_id


def pointed(events: list[ClassEvent]) -> list[ClassEvent]:
    return [event for event in events if event.kind is Kind.SPOTLIGHT]


def test_a_tutor_points_at_the_line_the_answer_rests_on(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="membrane", reply=ANSWER))
    class_id = on_page_two(made)
    seq = say(made, class_id, "What does the membrane do with water?")
    events = run_on(class_id, Kind.SPOTLIGHT)
    (event,) = pointed(events)
    said = next(one for one in events if one.kind is Kind.SAID and one.body.answers == seq)
    assert (event.voice, event.body.answers, event.body.page) == (Voice.TUTOR, said.seq, 2)
    assert event.body.region is not None
    assert event.body.region.top < 0.61 < event.body.region.top + event.body.region.height
    assert event.body.text == ANSWER
    assert event.seq == said.seq + 1
    assert fold(events) == fold(log_of(class_id)[: len(events)])


def test_nobody_points_at_the_answer_of_an_open_question(made: Made, stub: StubModel) -> None:
    stub.script(Scripted(match="membrane", reply="A membrane surrounds each cell."))
    class_id = start(made)
    with unit_of_work() as session:
        script = stage.lesson_of(session, session.get_one(ClassSession, class_id)).script.actions
        at = next(at for at, one in enumerate(script) if one.kind == "ask")
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.PAGE, body=Body(page=2, action=at - 1)))
        body = Body(text=script[at].words, page=2, action=at, asks=True)
        log.append(Draft(kind=Kind.SAID, voice=Voice.TEACHER, body=body))
    seq = say(made, class_id, "A hint, please.")
    events = run_on(class_id, Kind.ENDED)
    assert any(event.kind is Kind.SAID and event.body.answers == seq for event in events)
    about = [event for event in pointed(events) if event.body.answers and event.body.cause == "turn"]
    assert [one for one in about if one.body.text == ANSWER] == []


def test_who_may_not_point_does_not(made: Made, stub: StubModel) -> None:
    """Classmates never do; a passage elsewhere is not lit on the page that is shown."""
    stub.script(Scripted(match="membrane", reply=ANSWER))
    class_id = start(made)
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.PAGE, body=Body(page=1, action=0)))
    say(made, class_id, "What does the membrane do with water?")
    events = run_on(class_id, Kind.SAID)
    assert pointed(events) == []
