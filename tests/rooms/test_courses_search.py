"""Who may see what of a course, and search over a deck's passages, on the real database."""

from io import BytesIO
from uuid import UUID

import decks
import pytest
from schools import person, upload
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.db import unit_of_work
from app.base.errors import Invalid, NotFound
from app.courses import service
from app.courses.models import PassageRow
from app.courses.reading import read_deck

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def ada() -> Who:
    return person()


@pytest.fixture
def course(ada: Who) -> UUID:
    with unit_of_work() as session:
        return service.create_course(session, ada, "Water")


def test_a_stranger_finds_nothing(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.pptx_deck())
    bob = person(SiteRole.INSTRUCTOR, "bob")
    with unit_of_work() as session:
        for ask in (
            lambda: service.access_course(session, bob, course),
            lambda: service.access_material(session, bob, material),
            lambda: service.add_material(session, bob, course, "x.pptx", BytesIO(decks.pptx_deck())),
            lambda: service.access_material(session, ada, course),
            lambda: service.picture(session, material, 1),
            lambda: service.page(session, material),
        ):
            with pytest.raises(NotFound):
                ask()
        assert service.my_courses(session, bob) == []


def test_a_student_sees_the_course_and_may_not_upload(ada: Who, course: UUID) -> None:
    sam = person(SiteRole.STUDENT, "sam")
    with unit_of_work() as session:
        accounts.enrol(session, course, sam.id, CourseRole.STUDENT)
    with unit_of_work() as session:
        view = service.access_course(session, sam, course)
        assert (view.role, [module.title for module in view.modules]) == (CourseRole.STUDENT, ["Lessons"])
        with pytest.raises(NotFound):
            service.add_material(session, sam, course, "x.pptx", BytesIO(decks.pptx_deck()))
        with pytest.raises(NotFound):
            service.access_course(session, sam, course, CourseRole.INSTRUCTOR)
        with pytest.raises(NotFound):
            service.create_course(session, sam, "Mine")


def test_modules_follow_one_another_and_want_a_title(ada: Who, course: UUID) -> None:
    with unit_of_work() as session:
        service.add_module(session, course, "  Rain \n and snow ")
        with pytest.raises(Invalid, match="title"):
            service.add_module(session, course, "   ")
        view = service.access_course(session, ada, course)
    assert [(module.position, module.title) for module in view.modules] == [(1, "Lessons"), (2, "Rain and snow")]


@pytest.fixture
def water(ada: Who, course: UUID) -> UUID:
    material = upload(ada, course, decks.pptx_deck())
    read_deck(material)
    return material


ANSWERED = {
    "How do clouds form?": 3,
    "What is snow?": 4,
    "Where does vapour rise from?": 2,
    '"sun drives" it': 1,
    "why does heat turn liquids into gas": 2,
    "What grew too heavy and fell?": 4,
    "Which vapour rose from the oceans?": 2,
}
ELSEWHERE = [
    "Who won the world cup in 1998?",
    "",
    "???",
    "' or 1=1 --",
    "\x00",
    "the of and",
    "& | ! <-> :*",
    "x" * 50_000,
]


def test_a_question_finds_its_page(water: UUID) -> None:
    with unit_of_work() as session:
        for question, page in ANSWERED.items():
            found = service.search(session, water, question)
            assert found[0].page == page, question
            assert found[0].score >= service.RELEVANT, question
            assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_what_is_not_about_the_deck_scores_low(water: UUID) -> None:
    with unit_of_work() as session:
        for question in ELSEWHERE:
            assert all(one.score < service.RELEVANT for one in service.search(session, water, question)), question


def test_search_stays_within_its_deck(ada: Who, course: UUID, water: UUID) -> None:
    other = upload(ada, course, decks.pptx_deck([("Clouds", "Clouds are drops.", "")]))
    read_deck(other)
    with unit_of_work() as session:
        ids = set(session.scalars(select(PassageRow.id).where(PassageRow.material_id == other)))
        assert {one.id for one in service.search(session, other, "How do clouds form?")} <= ids


ABROAD = [
    ("光合作用", "光合作用在叶绿体中进行。植物利用阳光制造食物。", ""),
    ("Blätter", "Grünes Licht werfen die Blätter zurück, deshalb sehen sie grün aus.", ""),
    ("Дыхание", "Растения дышат днём и ночью.", ""),
]


def test_pages_in_other_languages_are_found_by_their_words(ada: Who, course: UUID) -> None:
    deck = upload(ada, course, decks.pptx_deck(ABROAD))
    read_deck(deck)
    asked = {"植物在哪里进行光合作用？": 1, "Warum sind die Blätter so grün?": 2, "Когда дышит растение ночью?": 3}
    with unit_of_work() as session:
        for question, page in asked.items():
            found = service.search(session, deck, question)
            assert found[0].page == page, question
            assert found[0].score >= service.RELEVANT, question
        for question in ("恐龙为什么灭绝？", "Warum sind die Dinosaurier ausgestorben?", "Почему вымерли динозавры?"):
            assert all(one.score < service.RELEVANT for one in service.search(session, deck, question)), question
