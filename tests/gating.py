"""A lesson with a gate at the end of its first section, and the questions that are asked there."""

import time
from uuid import UUID

from logs import log_of
from making import Made, make_lesson

from app.accounts.schema import Who
from app.assessment import service as assessment
from app.assessment.schema import ChoiceItem, Kind, NumericItem, Option, Response, TextItem
from app.base.db import unit_of_work
from app.base.stream import set_flag
from app.classroom import service as classroom
from app.classroom.models import ClassSession
from app.classroom.schema import Activity, ClassEvent, Verdict
from app.classroom.schema import Kind as EventKind
from app.lessons import service as lessons
from app.lessons.deck.structure import Gate, Section, build, save

CELLS, MEMBRANES = "Cells", "Membranes"
RIGHT = "harmful things"


def choice(stem: str, *options: str) -> ChoiceItem:
    """A question with one right option, the first."""
    listed = [Option(text=one) for one in options]
    return ChoiceItem(kind=Kind.SINGLE, stem=stem, options=listed, right=[listed[0].id], explanation="Page 2 says so.")


ITEMS = (
    (choice("What does a membrane keep out?", RIGHT, "water and light", "every other cell"), MEMBRANES),
    (TextItem(stem="What surrounds each cell?", accepted=["a membrane", "membrane"]), MEMBRANES),
    (NumericItem(stem="How many membranes surround a cell?", value=1), MEMBRANES),
    (TextItem(stem="What is the smallest unit of life?", accepted=["a cell", "cell"]), CELLS),
)


def make_gated(
    in_a_row: int = 1, most: int = 3, components: tuple[str, ...] = (MEMBRANES,), items: int = len(ITEMS)
) -> Made:
    """The lesson of three pages, its first section of two, which ends with a gate; approved anew."""
    made = make_lesson()
    gate = Gate(in_a_row=in_a_row, most=most)
    made.version_id = set_gate(made.instructor, made.course_id, made.lesson_id, 3, gate, components, items)
    return made


def set_gate(
    instructor: Who,
    course_id: UUID,
    lesson_id: UUID,
    pages: int,
    gate: Gate,
    components: tuple[str, ...] = (MEMBRANES,),
    items: int = len(ITEMS),
) -> UUID:
    """A gate before the last page of a lesson, and questions for it; approves, and returns the version."""
    first = Section(title="Of cells", components=list(components), pages=[], gate=gate)
    with unit_of_work() as session:
        material_id = lessons.access_lesson(session, instructor, lesson_id).material_id
        numbers = list(range(1, pages + 1))
        titles = {number: f"Page {number}" for number in numbers}
        tree = build(numbers, {1: "part", pages: "section"}, titles, None, {1: first})
        save(session, instructor, material_id, tree)
        for item, component in ITEMS[:items]:
            assessment.add_item(session, instructor, course_id, item, components=[component])
        return lessons.approve(session, instructor, lesson_id)


def answer_to(version_id: UUID, is_right: bool) -> dict[str, object]:
    """What somebody would answer to a question of ITEMS, by its version."""
    with unit_of_work() as session:
        found = assessment.solution(session, version_id)
        item = next(one for one, _ in ITEMS if one.stem == found.stem)
    if isinstance(item, ChoiceItem):
        chosen = next(one.id for one in item.options if (one.id in item.right) is is_right)
        return {"chosen": [chosen]}
    return {"text": found.words if is_right else "12"}


def begin(made: Made, who: Who | None = None, known: dict[str, float] | None = None) -> UUID:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, who or made.student, made.lesson_id, pace=0, known=known)
        classroom.set_activity(session, who or made.student, class_id, Activity.OFF)
    return class_id


def go_on(class_id: UUID, times: int = 8) -> list[ClassEvent]:
    """Turns until the class has nothing more to do by itself."""
    for _ in range(times):
        set_flag(f"present:{class_id}", 30)
        before = log_of(class_id)[-1].seq
        classroom.take_turn(class_id)
        if log_of(class_id)[-1].seq == before:
            break
        time.sleep(0.02)
    return log_of(class_id)


def put(class_id: UUID) -> ClassEvent:
    """The question that is open, after the class went on as far as it can."""
    asked = [event for event in go_on(class_id) if event.body.item]
    assert asked
    with unit_of_work() as session:
        item = classroom.state(session, class_id).item
    assert item is not None
    assert item.is_open
    assert item.seq == asked[-1].seq
    return asked[-1]


def give(made: Made, class_id: UUID, asked: ClassEvent, is_right: bool, who: Who | None = None) -> Verdict | None:
    assert asked.body.item
    response = Response.model_validate(answer_to(asked.body.item.view.version_id, is_right))
    with unit_of_work() as session:
        return classroom.answer(session, who or made.student, class_id, asked.seq, response).verdict


def take_time(class_id: UUID, pace: float = 4.0) -> None:
    """From here on the class leaves time for answers, or none."""
    with unit_of_work() as session:
        session.get_one(ClassSession, class_id).pace = pace


def passed(class_id: UUID) -> list[str]:
    return [event.body.cause for event in log_of(class_id) if event.kind is EventKind.PASSED]


def page_of(class_id: UUID) -> int:
    with unit_of_work() as session:
        return classroom.state(session, class_id).page
