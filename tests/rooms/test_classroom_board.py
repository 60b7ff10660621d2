"""The board: what is written on it as safe HTML, who may write, and the table of a page."""

import re
from html.parser import HTMLParser
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import make_lesson, make_person
from parts import Services
from sqlalchemy import select

from app.base import formulas
from app.base.db import unit_of_work
from app.base.errors import Conflict, Invalid, NotFound
from app.classroom import service as classroom
from app.classroom.directing.director import Act, Move
from app.classroom.log.folding import fold
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassPerson
from app.classroom.schema import Body, Control, Draft, Kind
from app.classroom.speech.acts import act_at_once
from app.classroom.stage import board
from app.lessons.models import LessonVersion
from app.lessons.schema import Board, BoardItem, BoardKind, LessonScript, Region

SAFE = {"p", "div", "pre", "code", "span", "table", "thead", "tbody", "tr", "th", "td", *formulas.SAFE_ELEMENTS}
NASTY = '<script>alert(1)</script><img src=x onerror=alert(1)> & "quotes"'
PIECES = re.findall(
    r"\S+",
    r"""\frac { } ^ _ \left \right ( ) \begin{matrix} \end{matrix} & \\ x 1 \sqrt [ ] \text $ ' \over \choose \hline
    \href{javascript:alert(1)}{x} \style{color:red}{x} \class{a}{b} \color{red} <script> </math> &lt; \operatorname""",
)


class Elements(HTMLParser):
    """Collects every element and attribute."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def is_safe(html: str) -> bool:
    allowed = {"class", "scope", "xmlns", *formulas.SAFE_ATTRIBUTES}
    return all(tag in SAFE and set(attributes) <= allowed for tag, attributes in Elements(html).found)


@pytest.mark.parametrize("kind", list(BoardKind))
def test_nothing_written_becomes_markup(kind: BoardKind) -> None:
    html = board.render(BoardItem(kind=kind, text=NASTY, language="html"))
    assert is_safe(html)
    assert "<script" not in html
    assert "<img" not in html


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=6)), max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_formula_is_set_or_shown_as_it_was_written(pieces: list[str]) -> None:
    assert is_safe(board.render(BoardItem(kind=BoardKind.FORMULA, text=" ".join(pieces))))


def test_a_formula_becomes_mathml() -> None:
    html = board.render(BoardItem(kind=BoardKind.FORMULA, text=r"\frac{a}{b} + \sqrt{x} \times \text{a < b}"))
    assert html.startswith('<div class="board-formula"><math')
    assert "<mfrac>" in html
    assert "×" in html
    assert "a\xa0&lt;\xa0b" in html


def test_a_link_or_a_style_in_a_formula_is_left_out() -> None:
    html = board.render(BoardItem(kind=BoardKind.FORMULA, text=r"\href{javascript:alert(1)}{x} \style{color:red}{y}"))
    assert "javascript" not in html
    assert "style=" not in html


@pytest.mark.parametrize("text", [r"\left. x", r"\left(", "x^", r"\begin{matrix}", "{" * 400 + "}" * 400])
def test_a_formula_that_cannot_be_read_shows_its_source(text: str) -> None:
    html = board.render(BoardItem(kind=BoardKind.FORMULA, text=text))
    assert board.BAD_FORMULA in html
    assert text in html


def test_code_is_coloured_and_an_unknown_language_is_plain() -> None:
    known = board.render(BoardItem(kind=BoardKind.CODE, text="def f(): return '<b>'", language="python"))
    assert 'class="hl-k"' in known
    assert "&lt;b&gt;" in known
    assert "hl-" not in board.render(BoardItem(kind=BoardKind.CODE, text="def f", language="no such language"))


def test_a_table_has_a_head_and_full_rows() -> None:
    html = board.render(BoardItem(kind=BoardKind.TABLE, text="| a | b |\n|---|---|\n| 1 |\n| <i> | 3 |"))
    assert html.count("<th ") == 2
    assert html.count("<td>") == 4
    assert "&lt;i&gt;" in html


def test_notes_are_cut_into_items() -> None:
    text = "Before\n\n```formula\nx^2\n```\nbetween\n```python\nx = 1\n```\n```table\na | b\n```\nafter ``` not"
    items = board.items_of(text)
    kinds = [BoardKind.TEXT, BoardKind.FORMULA, BoardKind.TEXT, BoardKind.CODE, BoardKind.TABLE, BoardKind.TEXT]
    assert [one.kind for one in items] == kinds
    assert items[3].language == "python"
    assert board.items_of("```formula\nnever closed")[0].text == "never closed"


def test_what_is_sent_is_checked() -> None:
    for kind, text in (("video", "x"), ("text", "  "), ("text", "x" * 2001)):
        with pytest.raises(Invalid):
            board.item_of(kind, text)
    assert board.region_of("", "", "", "") is None
    assert board.region_of("0.1", "0", "0.5", "1") == Region(left=0.1, top=0, width=0.5, height=1)
    for numbers in (("0.6", "0", "0.5", "1"), ("a", "0", "0.5", "1"), ("nan", "0", "1", "1"), ("0", "0", "0", "1")):
        with pytest.raises(Invalid):
            board.region_of(*numbers)


ROWS = "Water | 70 %\nProtein | 15 %\nFat | 10 %"


def test_a_page_with_a_table_has_it_on_the_board_once_also_where_the_script_does_not_write_it(db: Services) -> None:
    made = make_lesson((("Contents", f"What a cell is made of.\n{ROWS}"), ("End", "That is all there is to say.")))
    _write_nothing_on_the_board(made.lesson_id)
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        act_at_once(session, OpenLog.lock(session, class_id), Move(act=Act.SCRIPT, action=0))
    for verb in (Control.FORWARD, Control.BACK):
        with unit_of_work() as session:
            classroom.control(session, made.student, class_id, verb)
    with unit_of_work() as session:
        events = classroom.events_after(session, class_id, 0)
        assert fold(events) == classroom.state(session, class_id)
    written = [event for event in events if event.kind is Kind.BOARD]
    assert [(one.body.page, one.body.board and one.body.board.text) for one in written] == [(1, ROWS)]
    assert written[0].voice
    shown = [event.seq for event in events if event.kind is Kind.PAGE]
    assert written[0].seq == shown[0] + 1


def _write_nothing_on_the_board(lesson_id: UUID) -> None:
    """As scripts were before they could."""
    with unit_of_work() as session:
        version = session.scalars(select(LessonVersion).where(LessonVersion.lesson_id == lesson_id)).one()
        script = LessonScript.model_validate(version.script)
        for page in script.pages:
            page.actions = [one for one in page.actions if not isinstance(one, Board)]
        version.script = script.model_dump(mode="json")


def test_only_an_instructor_with_the_floor_writes(db: Services) -> None:
    made = make_lesson()
    item = BoardItem(kind=BoardKind.FORMULA, text="x")
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
    for who in (made.student, made.instructor, make_person("nobody@school.test")):
        with pytest.raises(NotFound), unit_of_work() as session:
            classroom.write_board(session, who, class_id, item)
        with pytest.raises(NotFound), unit_of_work() as session:
            classroom.spotlight(session, who, class_id, None)
    with unit_of_work() as session:
        session.add(ClassPerson(class_id=class_id, person_id=made.instructor.id, is_instructor=True))
    with pytest.raises(Conflict), unit_of_work() as session:
        classroom.write_board(session, made.instructor, class_id, item)
    _take_floor(class_id, made.instructor.id)
    with unit_of_work() as session:
        seq = classroom.write_board(session, made.instructor, class_id, item)
        classroom.spotlight(session, made.instructor, class_id, Region(left=0, top=0, width=0.5, height=0.5))
        assert classroom.board_item(session, made.student, class_id, seq) == item
        with pytest.raises(NotFound):
            classroom.board_item(session, made.student, class_id, 1)


def _take_floor(class_id: UUID, person_id: UUID) -> None:
    with unit_of_work() as session:
        OpenLog.lock(session, class_id).append(Draft(kind=Kind.FLOOR, person_id=person_id, body=Body()))
