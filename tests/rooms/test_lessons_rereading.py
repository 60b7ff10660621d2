"""A new file for a deck: which page became which, whose words stay, and where the others are to be found."""

import io
from uuid import UUID, uuid4

import pytest
from making import Made, make_lesson, reword
from parts import Services
from sqlalchemy import func, select, update

from app.base.db import unit_of_work
from app.base.errors import Conflict, Invalid, NotFound
from app.courses.models import Material, PageRow, PassageRow
from app.courses.schema import Page
from app.inference import service as inference
from app.lessons import service as lessons
from app.lessons.deck.structure import save, structure_of
from app.lessons.draft.rereading import Fate, PageFate, RereadState, RereadView, match, unfinished
from app.lessons.models import LessonRereading
from app.lessons.schema import LessonPageView, PageState

PAGES = {
    "Cells": "A cell is the smallest unit of life. Every plant and animal is built from cells.",
    "Membranes": "A membrane surrounds each cell. It lets water in and keeps harmful things out.",
    "Energy": "Mitochondria turn sugar into energy. A muscle cell has thousands of mitochondria.",
}
DECK = b"# Cells\n\nA cell is the smallest unit of life.\n"
CHANGED = "A membrane surrounds each cell. It lets water and sugar in and keeps harmful things out."


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson(ask_on=2)


def reread(made: Made, pages: list[tuple[str, str]]) -> RereadView:
    """A new file, with its pages as if they had been read, and the lesson gone over to it."""
    with unit_of_work() as session:
        lessons.upload(session, made.instructor, made.lesson_id, "cells.md", io.BytesIO(DECK))
        material_id = session.scalar(select(LessonRereading.material_id).where(LessonRereading.done_at.is_(None)))
        vectors = inference.embed([text for _, text in pages])
        for number, (title, text) in enumerate(pages, start=1):
            row = PageRow(id=uuid4(), material_id=material_id, number=number, title=title, text=text)
            session.add(row)
            session.flush()
            about = {"material_id": material_id, "page_id": row.id, "position": 0, "page_number": number}
            session.add(PassageRow(**about, text=text, embedding=vectors[number - 1]))
        ready = {"status": "ready", "page_count": len(pages)}
        session.execute(update(Material).where(Material.id == material_id).values(**ready))
    with unit_of_work() as session:
        assert unfinished(session) == [material_id]
        lessons.open_pages(session, material_id)
        lessons.open_pages(session, material_id)
    with unit_of_work() as session:
        found = lessons.newest_reading(session, made.lesson_id)
        assert found is not None
        return found


def page(made: Made, number: int) -> LessonPageView:
    with unit_of_work() as session:
        return lessons.access_lesson(session, made.instructor, made.lesson_id).pages[number - 1]


def fates(pages: list[PageFate]) -> list[tuple[int, int, Fate]]:
    return [(one.number, one.was, one.fate) for one in pages]


def test_pages_keep_their_words_where_they_are_now(made: Made) -> None:
    with unit_of_work() as session:
        reword(session, made, 1, ["A cell is a little room."])
        tree = structure_of(session, made.material_id)
        tree.parts[0].title = "Of cells"
        save(session, made.instructor, made.material_id, tree)
    before = page(made, 1)
    order = ["Energy", "Membranes", "Cells"]
    found = reread(
        made, [("News", "Something else altogether, about rivers."), *((name, PAGES[name]) for name in order)]
    )
    assert fates(found.pages) == [(1, 0, Fate.NEW), (2, 3, Fate.MOVED), (3, 2, Fate.MOVED), (4, 1, Fate.MOVED)]
    now = page(made, 4)
    assert [one.words for one in now.actions] == [one.words for one in before.actions]
    assert {one.page for one in now.actions} == {4}
    assert (now.status, now.edited) == (PageState.READY, True)
    assert page(made, 1).status is PageState.WAITING, "a new page is to be written"
    with unit_of_work() as session:
        ids = {row.id for row in session.scalars(select(PassageRow).where(PassageRow.page_number == 4))}
        assert set(now.actions[1].passages) <= ids, "words rest on the new page's passages"
        material_id = lessons.access_lesson(session, made.instructor, made.lesson_id).material_id
        assert material_id != made.material_id
        assert structure_of(session, material_id).revision == 1
        assert lessons.script(session, made.version_id).material_id == made.material_id, "versions keep their deck"


def test_words_of_pages_that_changed_or_are_gone_can_be_put_back(made: Made) -> None:
    with unit_of_work() as session:
        reword(session, made, 2, ["A skin around every cell."])
        reword(session, made, 3, ["Sugar burns in mitochondria."])
    found = reread(made, [("Cells", PAGES["Cells"]), ("Membranes", CHANGED)])
    assert fates(found.pages) == [(1, 1, Fate.KEPT), (2, 2, Fate.CHANGED), (0, 3, Fate.GONE)]
    _, changed, gone = found.pages
    assert changed.actions[1].words == "A skin around every cell."
    assert (gone.edited, gone.actions[1].words) == (True, "Sugar burns in mitochondria.")
    assert page(made, 2).status is PageState.WAITING
    with pytest.raises(Conflict, match="being written"), unit_of_work() as session:
        lessons.put_words_of_before(session, made.instructor, made.lesson_id, 2, 2)
    with unit_of_work() as session:
        lessons.put_words_of_before(session, made.instructor, made.lesson_id, 3, 1)
    assert page(made, 1).actions[1].words == "Sugar burns in mitochondria."
    assert page(made, 1).actions[1].page == 1
    with unit_of_work() as session:
        lessons.undo(session, made.instructor, made.lesson_id)
    assert page(made, 1).actions[1].words == "A cell is the smallest unit of life."
    for was, number, trouble in ((9, 1, NotFound), (3, 9, Invalid), (1, 1, Invalid)):
        with pytest.raises(trouble), unit_of_work() as session:
            lessons.put_words_of_before(session, made.instructor, made.lesson_id, was, number)


def test_a_file_that_cannot_be_read_changes_nothing(made: Made) -> None:
    before = page(made, 1)
    with pytest.raises(Invalid), unit_of_work() as session:
        lessons.upload(session, made.instructor, made.lesson_id, "x.pdf", io.BytesIO(b"no deck"))
    with unit_of_work() as session:
        material_id = lessons.upload(session, made.instructor, made.lesson_id, "cells.md", io.BytesIO(DECK))
    with pytest.raises(Conflict), unit_of_work() as session:
        lessons.upload(session, made.instructor, made.lesson_id, "cells.md", io.BytesIO(DECK))
    with unit_of_work() as session:
        failed = {"status": "failed", "problem": "It broke."}
        session.execute(update(Material).where(Material.id == material_id).values(**failed))
        lessons.open_pages(session, material_id)
    with unit_of_work() as session:
        found = lessons.newest_reading(session, made.lesson_id)
        assert found is not None
        assert (found.state, found.problem) == (RereadState.FAILED, "It broke.")
        assert session.scalar(select(func.count()).select_from(LessonRereading)) == 1
    assert page(made, 1) == before


def a_page(number: int, title: str = "", text: str = "") -> Page:
    told = {"notes": "", "has_picture": False, "width": 0, "height": 0, "problem": ""}
    return Page(id=uuid4(), number=number, title=title, text=text, **told)


def matched(olds: list[Page], news: list[Page]) -> list[tuple[int, int, bool]]:
    keys: dict[UUID, str] = {one.id: f"{one.title}/{one.text}" for one in (*olds, *news)}
    found = match(olds, news, keys)
    return [(one.new.number if one.new else 0, one.old.number if one.old else 0, one.is_same) for one in found]


def test_twins_stay_in_their_places_and_titles_find_their_page() -> None:
    twins = [a_page(1, "Break"), a_page(2, "One", "a b c d"), a_page(3, "Break")]
    again = [a_page(1, "Break"), a_page(2, "Two", "x y"), a_page(3, "Break"), a_page(4, "One", "e f g h")]
    assert matched(twins, again) == [(1, 1, True), (2, 0, False), (3, 3, True), (4, 2, False)]
    assert matched([a_page(1, "A", "a b c d e f")], [a_page(1, "B", "a b c d e x")]) == [(1, 1, False)]
    assert matched([a_page(1, "A", "a b c")], [a_page(1, "B", "x y z")]) == [(1, 0, False), (0, 1, False)]
