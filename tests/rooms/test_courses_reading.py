"""The job that reads a deck: on the real database and broker, with real child processes."""

import logging
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from uuid import UUID

import decks
import pytest
from schools import pages, person, state, upload
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import get_engine, now, unit_of_work
from app.base.errors import Conflict, Invalid
from app.base.queue import get_redis, queue_lengths
from app.base.settings import get_settings
from app.base.stream import topic_key
from app.courses import reading, service
from app.courses.models import Material
from app.courses.reader import ReaderDied, Request
from app.courses.reading import read_deck, unread_sentence
from app.courses.schema import DeckKind, MaterialStatus, MaterialView, ReaderLine, ReadPage
from app.courses.upload import deck_path

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def ada() -> Who:
    return person()


@pytest.fixture
def course(ada: Who) -> UUID:
    with unit_of_work() as session:
        return service.create_course(session, ada, "Water")


def test_an_upload_waits_with_its_bell_rung(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.pptx_deck(), "../Lecture 1.pptx")
    view = state(ada, material)
    assert (view.status, view.filename, view.kind) == (MaterialStatus.WAITING, "Lecture 1.pptx", DeckKind.PPTX)
    assert (queue_lengths()["records"], queue_lengths()["write"]) == (1, 0), "it would wait for what asks a model"
    with unit_of_work() as session:
        assert service.overdue(session) == [material]


def test_a_deck_becomes_pages_passages_and_pictures(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.pptx_deck())
    read_deck(material)
    view = state(ada, material)
    assert (view.status, view.problem, view.page_count, view.pages_read) == (MaterialStatus.READY, "", 4, 4)
    found = pages(material)
    assert [page.title for page in found] == [title for title, _, _ in decks.LECTURE]
    assert found[0].passages[-1].text == "Notes: Welcome them warmly."
    with unit_of_work() as session:
        picture = service.picture(session, material, 1)
        assert service.page(session, found[0].id) == found[0]
        assert service.overdue(session) == []
    assert picture.media_type == "image/svg+xml"
    assert picture.path.is_file()


def test_progress_is_published_page_by_page(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.pptx_deck())
    read_deck(material)
    entries = get_redis().xrange(topic_key(f"material:{material}"))
    views = [MaterialView.model_validate_json(entry[b"data"]) for _, entry in entries]
    assert [view.pages_read for view in views] == [0, 0, 1, 2, 3, 4, 4]
    assert views[-1].status is MaterialStatus.READY


def test_a_pdf_called_pptx_is_read_as_what_it_is(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.pdf_deck(["Hello there"]), "talk.pptx")
    read_deck(material)
    assert state(ada, material).kind is DeckKind.PDF
    assert pages(material)[0].text == "Hello there"


def test_reading_twice_changes_nothing_and_reading_again_keeps_ids(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.pptx_deck())
    read_deck(material)
    before = pages(material)
    read_deck(material)
    with unit_of_work() as session:
        service.read_again(session, material)
    read_deck(material)
    assert pages(material) == before


def test_a_deck_that_cannot_be_read_fails_with_a_sentence(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.locked_pdf(), "secret.pdf")
    read_deck(material)
    view = state(ada, material)
    assert view.status is MaterialStatus.FAILED
    assert "password" in view.problem
    assert deck_path(material, DeckKind.PDF).is_file()


def test_a_broken_page_is_named_and_the_rest_is_there(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.broken_page_deck(2))
    read_deck(material)
    view = state(ada, material)
    assert (view.status, view.problem) == (MaterialStatus.READY, "Page 2 could not be read; the others are here.")
    assert [bool(page.problem) for page in pages(material)] == [False, True, False, False]


def test_refused_bytes_leave_nothing_behind(ada: Who, course: UUID) -> None:
    with pytest.raises(Invalid):
        upload(ada, course, decks.macro_deck())
    with unit_of_work() as session:
        assert service.materials(session, course) == []
    assert queue_lengths()["write"] == 0


def test_an_upload_over_the_limit_is_not_even_read(ada: Who, course: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "upload_bytes", 100)
    endless = BytesIO(b"x" * 10_000)
    with unit_of_work() as session, pytest.raises(Invalid, match="larger than"):
        service.add_material(session, ada, course, "big.pptx", endless)
    assert endless.tell() <= 101


def test_a_missing_file_is_said(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.pptx_deck())
    deck_path(material, DeckKind.PPTX).unlink()
    read_deck(material)
    assert "no longer on the server" in state(ada, material).problem


class Child:
    """A stand-in for the reader child: each life says some pages, and may die."""

    def __init__(self, *lives: list[int | Exception], count: int = 6) -> None:
        self.lives = list(lives)
        self.count = count
        self.asked: list[tuple[int, bool]] = []

    def __call__(self, request: Request, deadline: float, beat: object) -> Iterator[ReaderLine]:
        self.asked.append((request.first, request.plain))
        yield ReaderLine(pages=self.count)
        for said in self.lives.pop(0):
            if isinstance(said, Exception):
                raise said
            yield ReaderLine(page=ReadPage(number=said, title=f"Page {said}", text=f"Words of page {said}"))


DIES = ReaderDied(late=False)
LATE = ReaderDied(late=True)


def read_with(child: Child, who: Who, course: UUID, monkeypatch: pytest.MonkeyPatch, content: bytes) -> MaterialView:
    material = upload(who, course, content)
    monkeypatch.setattr(reading, "read_lines", child)
    read_deck(material)
    return state(who, material)


def test_a_page_that_kills_the_child_is_left_out(ada: Who, course: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    child = Child([1, 2, DIES], [4, 5, 6])
    view = read_with(child, ada, course, monkeypatch, decks.pdf_deck(["x"]))
    assert child.asked == [(1, False), (4, False)]
    assert view.problem == "Page 3 could not be read; the others are here."
    assert view.pages_read == 6


def test_slides_whose_pictures_kill_the_child_are_read_without(
    ada: Who, course: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = Child([DIES], [1, 2, 3, 4, 5, 6])
    view = read_with(child, ada, course, monkeypatch, decks.pptx_deck())
    assert child.asked == [(1, False), (1, True)]
    assert (view.status, view.problem) == (MaterialStatus.READY, "")


def test_after_too_many_deaths_the_rest_is_marked(ada: Who, course: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    child = Child([1, DIES], [DIES], [DIES], [DIES])
    view = read_with(child, ada, course, monkeypatch, decks.pdf_deck(["x"]))
    assert (view.status, view.problem) == (MaterialStatus.READY, "Pages 2-6 could not be read; the others are here.")
    assert view.pages_read == 6


def test_what_was_read_in_time_stays(ada: Who, course: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    view = read_with(Child([1, 2, LATE]), ada, course, monkeypatch, decks.pdf_deck(["x"]))
    assert view.status is MaterialStatus.READY
    assert view.problem == "Pages 3-6 could not be read in the time a deck may take; the others are here."


def test_nothing_in_time_is_a_failure(ada: Who, course: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    view = read_with(Child([LATE]), ada, course, monkeypatch, decks.pdf_deck(["x"]))
    assert view.status is MaterialStatus.FAILED
    assert "too long" in view.problem


def test_too_little_memory_is_a_failure(ada: Who, course: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "read_memory", 40 * 2**20)
    material = upload(ada, course, decks.pptx_deck())
    read_deck(material)
    view = state(ada, material)
    assert view.status is MaterialStatus.FAILED
    assert view.problem.endswith(".")


def leased(material: UUID, seconds: float, attempts: int) -> None:
    with unit_of_work() as session:
        values = {"status": "reading", "attempts": attempts, "lease_until": now() + timedelta(seconds=seconds)}
        session.execute(update(Material).where(Material.id == material).values(values))


def test_a_living_reader_is_left_alone(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.pptx_deck())
    leased(material, 60, 1)
    read_deck(material)
    assert pages(material) == []
    with unit_of_work() as session:
        assert service.overdue(session) == []
        with pytest.raises(Conflict):
            service.read_again(session, material)


def test_a_silent_reader_is_taken_over(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.pptx_deck())
    leased(material, -1, 1)
    with unit_of_work() as session:
        assert service.overdue(session) == [material]
    read_deck(material)
    assert state(ada, material).status is MaterialStatus.READY


def test_three_readers_are_enough(ada: Who, course: UUID) -> None:
    material = upload(ada, course, decks.pptx_deck())
    leased(material, -1, 3)
    read_deck(material)
    view = state(ada, material)
    assert view.status is MaterialStatus.FAILED
    assert "broke off three times" in view.problem


def test_a_reader_that_was_overtaken_stops_and_stores_nothing(
    ada: Who, course: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    material = upload(ada, course, decks.pptx_deck())

    def overtaken(request: Request, deadline: float, beat: object) -> Iterator[ReaderLine]:
        leased(material, 60, 2)
        yield ReaderLine(page=ReadPage(number=1, text="stale"))

    monkeypatch.setattr(reading, "read_lines", overtaken)
    read_deck(material)
    assert pages(material) == []
    assert state(ada, material).status is MaterialStatus.READING


def test_no_transaction_is_open_while_the_child_reads(ada: Who, course: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []

    def watching(request: Request, deadline: float, beat: object) -> Iterator[ReaderLine]:
        for number in (1, 2):
            used.append(get_engine().pool.checkedout())  # type: ignore[attr-defined]
            yield ReaderLine(pages=2, page=ReadPage(number=number, text="words"))

    material = upload(ada, course, decks.pptx_deck())
    monkeypatch.setattr(reading, "read_lines", watching)
    read_deck(material)
    assert used == [0, 0]


def test_a_reader_of_an_unknown_deck_does_nothing(course: UUID) -> None:
    read_deck(course)


def test_which_pages_are_missing_is_said_briefly() -> None:
    assert unread_sentence([], late=False) == ""
    assert unread_sentence([3], late=False) == "Page 3 could not be read; the others are here."
    assert unread_sentence([9, 3, 5, 6, 7], late=False) == "Pages 3, 5-7, 9 could not be read; the others are here."


def test_a_page_of_a_damaged_zip_is_not_the_end(ada: Who, course: UUID, caplog: pytest.LogCaptureFixture) -> None:
    content = bytearray(decks.rich_deck())
    with zipfile.ZipFile(BytesIO(bytes(content))) as archive:
        part = next(one for one in archive.infolist() if one.filename.endswith("image1.png"))
    content[part.header_offset + 45] ^= 0xFF
    caplog.set_level(logging.ERROR)
    material = upload(ada, course, bytes(content))
    read_deck(material)
    assert state(ada, material).status in (MaterialStatus.READY, MaterialStatus.FAILED)
    assert not caplog.records
    with Session(get_engine()) as session:
        assert session.scalar(select(Material.lease_until).where(Material.id == material)) is None
