"""Makes what assessment tests need: a course with an instructor and a student, items of every kind, and a test."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from making import make_person

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.assessment import service as assessment
from app.assessment.documents import PaperPlan, Purpose, Saved, SittingView
from app.assessment.schema import (
    ChoiceItem,
    Criterion,
    Item,
    Kind,
    MatchItem,
    NumericItem,
    OpenItem,
    Option,
    OrderItem,
    Response,
    TextItem,
)
from app.base.db import unit_of_work
from app.courses import service as courses

SINGLE = ChoiceItem(
    kind=Kind.SINGLE,
    stem="Which organelle turns sugar into energy?",
    options=[Option(id="r1", text="Mitochondrion"), Option(id="w1", text="Nucleus"), Option(id="w2", text="Membrane")],
    right=["r1"],
    explanation="KEY-WORDS: the mitochondrion does.",
)
MULTIPLE = ChoiceItem(
    kind=Kind.MULTIPLE,
    stem="What has cells?",
    options=[Option(id="r2", text="A plant"), Option(id="r3", text="A dog"), Option(id="w3", text="A stone")],
    right=["r2", "r3"],
)
NUMERIC = NumericItem(stem="How long is a mile?", value=1609, percent=1, unit="m", asks_unit=True)
TEXT = TextItem(stem="What surrounds a cell?", accepted=["the hidden membrane", "membrane"], one_slip=True)
ORDER = OrderItem(
    stem="From small to large?",
    options=[Option(id="s", text="Atom"), Option(id="m", text="Cell"), Option(id="l", text="Dog")],
)
MATCH = MatchItem(
    stem="What does what?",
    left=[Option(id="a", text="Nucleus"), Option(id="b", text="Membrane")],
    right=[Option(id="x", text="keeps plans"), Option(id="y", text="keeps out"), Option(id="z", text="sings")],
    pairs={"a": "x", "b": "y"},
)
OPEN = OpenItem(
    stem="Why do muscle cells have many mitochondria?",
    points=3,
    criteria=[
        Criterion(name="RUBRIC-Energy", points=2, descriptors=["2: names energy", "1: hints at it"]),
        Criterion(name="RUBRIC-Movement", points=1),
    ],
)
EVERY: tuple[Item, ...] = (SINGLE, MULTIPLE, NUMERIC, TEXT, ORDER, MATCH, OPEN)


@dataclass
class Room:
    """A course with an instructor, a student, and one test."""

    instructor: Who
    student: Who
    course_id: UUID
    module_id: UUID
    item_ids: list[UUID]
    paper_id: UUID

    def start(self, who: Who | None = None) -> UUID:
        """Begin the test."""
        with unit_of_work() as session:
            return assessment.start(session, who or self.student, self.paper_id)

    def sitting(self, sitting_id: UUID, who: Who | None = None) -> SittingView:
        """The sitting as its student sees it."""
        with unit_of_work() as session:
            return assessment.view(session, who or self.student, sitting_id)

    def save(
        self, sitting_id: UUID, version_id: UUID, response: Response, key: UUID | None = None, revision: int = 0
    ) -> Saved:
        """Save an answer."""
        with unit_of_work() as session:
            return assessment.save(session, self.student, sitting_id, version_id, response, key or uuid4(), revision)

    def submit(self, sitting_id: UUID, who: Who | None = None) -> None:
        """Hand in."""
        with unit_of_work() as session:
            assessment.submit(session, who or self.student, sitting_id)

    def another_student(self, email: str = "kim@school.test") -> Who:
        """One more student of the course."""
        who = make_person(email)
        with unit_of_work() as session:
            accounts.enrol(session, self.course_id, who.id, CourseRole.STUDENT)
        return who


def make_room(items: Sequence[Item] = EVERY, plan: PaperPlan | None = None) -> Room:
    """A course whose one published test has these items."""
    instructor = make_person("ines@school.test", SiteRole.INSTRUCTOR)
    student = make_person("sam@school.test")
    with unit_of_work() as session:
        course_id = courses.create_course(session, instructor, "Biology")
        module_id = courses.access_course(session, instructor, course_id).modules[0].id
        accounts.enrol(session, course_id, student.id, CourseRole.STUDENT)
    room = Room(instructor, student, course_id, module_id, [], UUID(int=0))
    room.item_ids, room.paper_id = make_test(room, items, plan or PaperPlan(title="A quiz", purpose=Purpose.QUIZ))
    return room


def make_test(room: Room, items: Sequence[Item], plan: PaperPlan, component: str = "Cells") -> tuple[list[UUID], UUID]:
    """Items in the bank, and a published test of them."""
    with unit_of_work() as session:
        who = room.instructor
        ids = [assessment.add_item(session, who, room.course_id, one, room.module_id, [component]) for one in items]
        paper_id = assessment.make_paper(session, who, room.course_id, plan)
        assessment.set_items(session, who, paper_id, ids)
        assessment.publish(session, who, paper_id)
    return ids, paper_id
