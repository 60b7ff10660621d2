"""Question banks through the exchange: read, looked at, decided, stored; and out again."""

from io import BytesIO
from uuid import UUID

import pytest
from banking import GIFT, MOODLE, cartridge, same
from examining import EVERY, Room, make_room
from making import make_person
from parts import Services
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole
from app.assessment import service as assessment
from app.assessment.banks import gift, packages
from app.base.db import now, unit_of_work
from app.base.errors import Conflict, Invalid, NotFound
from app.courses import service as courses
from app.exchange import questions, service
from app.exchange.models import Transfer
from app.exchange.schema import Decision, QuestionForm, QuestionsReport, TransferState, TransferView
from app.exchange.transfers import file_in, file_out, folder_of
from app.exchange.working import ATTEMPTS


@pytest.fixture
def room(db: Services) -> Room:
    """A course without a question."""
    instructor, student = make_person("ines@school.test", SiteRole.INSTRUCTOR), make_person("sam@school.test")
    with unit_of_work() as session:
        course_id = courses.create_course(session, instructor, "Biology")
        module_id = courses.access_course(session, instructor, course_id).modules[0].id
        accounts.enrol(session, course_id, student.id, CourseRole.STUDENT)
    return Room(instructor, student, course_id, module_id, [], UUID(int=0))


def bring(room: Room, content: bytes | str, name: str = "bank.txt") -> UUID:
    raw = content if isinstance(content, bytes) else content.encode()
    with unit_of_work() as session:
        made = questions.ask_in(session, room.instructor, room.course_id, name, BytesIO(raw))
    service.carry_on(made)
    return made


def look(room: Room, transfer: UUID) -> TransferView:
    with unit_of_work() as session:
        return service.access(session, room.instructor, transfer)


def decide(room: Room, transfer: UUID, **decision: object) -> TransferView:
    with unit_of_work() as session:
        questions.decide(session, room.instructor, transfer, Decision.model_validate(decision))
    service.carry_on(transfer)
    return look(room, transfer)


def stems(room: Room) -> list[str]:
    with unit_of_work() as session:
        return [one.item.stem for one in assessment.items_of(session, room.course_id)]


def test_nothing_is_stored_before_the_decision(room: Room) -> None:
    made = bring(room, GIFT)
    view = look(room, made)
    assert view.status is TransferState.REVIEW
    assert isinstance(view.report, QuestionsReport)
    assert len(view.report.bank.found) == 12
    assert stems(room) == []
    done = decide(room, made, chosen=[0, 1, 9, 500], module_id=str(room.module_id))
    assert done.status is TransferState.DONE
    assert done.report.stored == 2
    with unit_of_work() as session:
        cards = assessment.items_of(session, room.course_id)
    assert {card.item.stem for card in cards} == {"What do leaves make?", "What holds?"}
    assert cards[0].module_id == room.module_id
    assert cards[0].components == ["Leaves"]
    with pytest.raises(Conflict), unit_of_work() as session:
        questions.decide(session, room.instructor, made, Decision(chosen=[0]))


def test_components_and_links_are_a_choice(room: Room) -> None:
    made = bring(room, cartridge(), "planets.imscc")
    with pytest.raises(Invalid, match="at least one"):
        decide(room, made, chosen=[])
    with pytest.raises(Invalid, match="not in this course"):
        decide(room, made, chosen=[0], module_id=str(UUID(int=1)))
    done = decide(room, made, chosen=[0, 2], with_components=False, with_links=True)
    assert done.report.stored == 2
    with unit_of_work() as session:
        assert assessment.components_of(session, room.course_id) == []
        material = courses.materials(session, room.course_id)[0]
    courses.read_deck(material.id)
    with unit_of_work() as session:
        page = courses.pages(session, material.id)[0]
    assert page.title == "Links: Planets"
    assert "https://planets.example/list?a=1&b=2" in page.text
    assert done.report.links_lesson is not None


def test_a_file_that_cannot_be_read_fails_with_a_sentence(room: Room) -> None:
    view = look(room, made := bring(room, b"PK\x03\x04nonsense"))
    assert view.status is TransferState.FAILED
    assert "damaged" in view.problem
    assert not file_in(made).exists()
    with pytest.raises(Conflict), unit_of_work() as session:
        questions.decide(session, room.instructor, made, Decision(chosen=[0]))


def test_only_those_who_teach_the_course(room: Room) -> None:
    made = bring(room, GIFT)
    stranger = make_person("other@school.test", SiteRole.INSTRUCTOR)
    for who in (room.student, stranger):
        with unit_of_work() as session:
            with pytest.raises(NotFound):
                service.access(session, who, made)
            with pytest.raises(NotFound):
                questions.ask_in(session, who, room.course_id, "x", BytesIO(b"x"))
            with pytest.raises(NotFound):
                questions.ask_out(session, who, room.course_id, QuestionForm.GIFT)
            with pytest.raises(NotFound):
                service.cancel(session, who, made)


def test_calling_off_keeps_nothing(room: Room) -> None:
    made = bring(room, MOODLE)
    with unit_of_work() as session:
        service.cancel(session, room.instructor, made)
    service.carry_on(made)
    view = look(room, made)
    assert view.status is TransferState.CANCELLED
    assert view.report.bank is None
    assert not folder_of(made).exists()
    with pytest.raises(Conflict), unit_of_work() as session:
        service.cancel(session, room.instructor, made)


def test_a_lost_worker_is_replaced_and_at_last_given_up(room: Room) -> None:
    with unit_of_work() as session:
        made = questions.ask_in(session, room.instructor, room.course_id, "b", BytesIO(GIFT.encode()))
        row = session.get_one(Transfer, made)
        row.status, row.claim, row.lease_until, row.attempts = "working", UUID(int=1), now(), 1
    with unit_of_work() as session:
        assert service.overdue(session) == [("records.transfer", made)]
    service.carry_on(made)
    assert look(room, made).status is TransferState.REVIEW
    with unit_of_work() as session:
        row = session.get_one(Transfer, made)
        row.status, row.lease_until, row.attempts = "working", now(), ATTEMPTS
    service.carry_on(made)
    assert "broke off" in look(room, made).problem


@pytest.mark.parametrize("form", list(QuestionForm))
def test_the_bank_goes_out_and_comes_in_again(db: Services, form: QuestionForm) -> None:
    room = make_room(items=list(EVERY))
    with unit_of_work() as session:
        made = questions.ask_out(session, room.instructor, room.course_id, form)
    service.carry_on(made)
    view = look(room, made)
    assert view.has_file
    with unit_of_work() as session:
        path, name = service.download(session, room.instructor, made)
    assert name.endswith(questions.ENDINGS[form])
    bank = gift.read(path.read_text()) if form is QuestionForm.GIFT else packages.read(path)
    kept = [one for one in EVERY if form is not QuestionForm.GIFT or one.kind != "order"]
    assert len(view.report.notes) == len(EVERY) - len(kept)
    for item, found in zip(kept, bank.found, strict=True):
        assert same(item, found.item)


def test_an_empty_bank_has_nothing_to_take(room: Room) -> None:
    with pytest.raises(Invalid, match="no question"), unit_of_work() as session:
        questions.ask_out(session, room.instructor, room.course_id, QuestionForm.GIFT)


def test_old_transfers_and_those_of_the_erased_go_with_their_files(room: Room) -> None:
    made = bring(room, GIFT)
    with unit_of_work() as session:
        assert service.count_old(session, now()) == 1
        assert service.remove_old(session, now(), 10) == 1
    assert not folder_of(made).exists()
    again = bring(room, GIFT)
    file_out(again).write_bytes(b"x")
    with unit_of_work() as session:
        service.erase_person(session, room.instructor.id)
        assert session.scalars(select(Transfer.id)).all() == []
    assert not folder_of(again).exists()
