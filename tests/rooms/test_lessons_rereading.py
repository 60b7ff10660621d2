"""A new file for a deck: which page became which, whose words stay, and where the others are to be found."""

import io
from difflib import SequenceMatcher
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
from app.lessons.models import LessonPage, LessonRereading
from app.lessons.runs.models import GenerationStep
from app.lessons.runs.schema import OPEN
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
        material_id = lessons.upload(session, made.instructor, made.lesson_id, "cells.md", io.BytesIO(DECK))
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


def test_an_edit_made_on_the_old_deck_never_lands_on_a_page_of_the_new_one(made: Made) -> None:
    with unit_of_work() as session:
        reword(session, made, 1, ["One."])
        reword(session, made, 1, ["Two."])
    seen = {number: page(made, number).revision for number in (1, 2, 3)}
    reread(made, [("Energy", PAGES["Energy"]), ("News", "Something else altogether, about rivers.")])
    assert {page(made, number).revision for number in (1, 2)} == {max(seen.values()) + 1}
    with pytest.raises(Conflict, match="changed in the meantime"), unit_of_work() as session:
        reword(session, made, 1, ["Meant for cells."], revision=seen[1])
    reread(made, [("Stars", "Nothing of it is as it was."), ("Moons", "Neither is this one, at all.")])
    assert {page(made, number).revision for number in (1, 2)} == {max(seen.values()) + 2}, "all drafts were dropped"


def test_pages_that_still_wait_are_begun_again_on_the_new_deck(made: Made) -> None:
    def under_way() -> set[UUID]:
        with unit_of_work() as session:
            return set(session.scalars(select(GenerationStep.about).where(GenerationStep.state.in_(OPEN))))

    with unit_of_work() as session:
        lessons.rewrite_page(session, made.lesson_id, 3)
        session.execute(update(LessonPage).where(LessonPage.number == 3).values(status="waiting", actions=[]))
    reread(made, list(PAGES.items()))
    assert page(made, 3).status is PageState.WAITING
    with unit_of_work() as session:
        third = session.scalar(select(LessonPage.id).where(LessonPage.number == 3))
    assert third in under_way()


def failed(made: Made) -> UUID:
    """A new file that could not be read."""
    with unit_of_work() as session:
        material_id = lessons.upload(session, made.instructor, made.lesson_id, "broken.md", io.BytesIO(DECK))
        told = {"status": "failed", "problem": "It broke."}
        session.execute(update(Material).where(Material.id == material_id).values(**told))
        return material_id


def test_a_file_that_was_given_up_does_not_take_the_lesson_over_later(made: Made) -> None:
    broken = failed(made)
    reread(made, list(PAGES.items()))
    with unit_of_work() as session:
        material_id = lessons.access_lesson(session, made.instructor, made.lesson_id).material_id
        session.execute(update(Material).where(Material.id == broken).values(status="ready"))
        assert unfinished(session) == []
        lessons.open_pages(session, broken)
        assert lessons.access_lesson(session, made.instructor, made.lesson_id).material_id == material_id


def test_the_last_report_and_its_words_stay_within_reach_after_a_further_upload(made: Made) -> None:
    with unit_of_work() as session:
        reword(session, made, 3, ["Sugar burns in mitochondria."])
    report = reread(made, [("Cells", PAGES["Cells"])])
    assert report.reported == "cells.md"
    failed(made)
    with unit_of_work() as session:
        found = lessons.newest_reading(session, made.lesson_id)
        assert found is not None
        assert (found.state, found.filename, found.problem) == (RereadState.FAILED, "broken.md", "It broke.")
        assert (found.reported, found.pages) == ("cells.md", report.pages)
        lessons.put_words_of_before(session, made.instructor, made.lesson_id, 3, 1)
    assert page(made, 1).actions[1].words == "Sugar burns in mitochondria."


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
    half = [a_page(1, "", "a b x y"), a_page(2, "", "a b c x")]
    assert matched(half, [a_page(2, "", "a b c d")]) == [(2, 2, False), (0, 1, False)]
    assert matched(half[:1], [a_page(2, "", "a b c d")]) == [(2, 1, False)]


def test_pages_of_other_words_are_told_apart_without_a_full_look(monkeypatch: pytest.MonkeyPatch) -> None:
    full: list[int] = []
    ratio = SequenceMatcher.ratio
    monkeypatch.setattr(SequenceMatcher, "ratio", lambda self: full.append(1) or ratio(self))
    olds = [a_page(at, "", f"old{at} " * 40) for at in range(1, 30)]
    news = [a_page(at, "", f"new{at} " * 40) for at in range(1, 30)]
    assert len(matched(olds, [*news, a_page(30, "", f"{olds[4].text}more")])) == 58
    assert len(full) == 1
