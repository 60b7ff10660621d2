"""A lesson as PPTX, PDF, Markdown and a page that plays by itself: each holds what is shown and said."""

import os
import re
from html import unescape
from io import BytesIO
from pathlib import Path
from uuid import UUID

import decks
import pypdfium2
import pytest
from making import make_person
from markdown_it import MarkdownIt
from parts import Services
from pptx import Presentation
from schools import upload

from app.accounts.schema import SiteRole, Who
from app.base.db import unit_of_work
from app.base.errors import Conflict, NotFound
from app.courses import service as courses
from app.courses.rasters import pixels
from app.courses.schema import Region
from app.exchange import handout, lesson_files, markdown, player, service, slides
from app.exchange.book import DRAFT, Book, Leaf, Said, gather
from app.exchange.schema import LessonForm, TransferState
from app.lessons import service as lessons
from app.lessons.schema import BoardItem, BoardKind

NASTY = "Is <b>1 < 2</b> & *this* # [x](y)? 水是 ελληνικά"


def tell(stage: str, done: int, total: int) -> None:
    assert done <= total


@pytest.fixture
def who(db: Services) -> Who:
    return make_person("ines@school.test", SiteRole.INSTRUCTOR)


def make_lesson(who: Who, content: bytes, name: str, *, written: bool = True) -> UUID:
    with unit_of_work() as session:
        course = courses.create_course(session, who, "Water & ice")
        module = courses.access_course(session, who, course).modules[0].id
    material = upload(who, course, content, name)
    courses.read_deck(material)
    with unit_of_work() as session:
        lesson = lessons.start(session, who, module, material, "The <cycle>")
    if written:
        with unit_of_work() as session:
            for page in lessons.access_lesson(session, who, lesson).pages:
                lessons.write_by_hand(session, who, lesson, page.number, [f"Say {page.number}.", NASTY], "Where to?")
            lessons.approve(session, who, lesson)
    return lesson


def book_of(lesson: UUID) -> Book:
    with unit_of_work() as session:
        return gather(session, lesson, "Water & ice")


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_a_deck_gets_its_notes_and_stays_what_it_was(who: Who) -> None:
    content, notes = slides.write(book_of(make_lesson(who, decks.pptx_deck(), "cycle.pptx")), tell)
    assert notes == []
    deck = Presentation(BytesIO(content))
    assert [slide.shapes.title.text for slide in deck.slides] == [page[0] for page in decks.LECTURE]
    said = deck.slides[0].notes_slide.notes_text_frame.text
    assert said.splitlines()[:3] == ["Say 1.", NASTY, "Question: Where to?"]
    assert "Welcome them warmly." in said


@pytest.mark.parametrize(("content", "name"), [(decks.pdf_deck(["Ice\nis cold", "Steam"]), "ice.pdf")])
def test_a_pdf_becomes_slides_of_pictures(who: Who, content: bytes, name: str) -> None:
    made, notes = slides.write(book_of(make_lesson(who, content, name)), tell)
    assert "pictures" in notes[0]
    deck = Presentation(BytesIO(made))
    assert len(deck.slides) == 2
    assert len(deck.slides[0].shapes) == 1
    assert "Say 2." in deck.slides[1].notes_slide.notes_text_frame.text


def test_a_document_goes_out_as_its_slides(who: Who) -> None:
    made, notes = slides.write(book_of(make_lesson(who, b"# Steam\n\nIt rises.", "steam.md")), tell)
    assert notes == []
    assert Presentation(BytesIO(made)).slides[0].shapes.title.text == "Steam"


def test_a_deck_that_cannot_be_written_is_pictures(who: Who, tmp_path: Path) -> None:
    book = book_of(make_lesson(who, decks.pptx_deck(), "cycle.pptx"))
    broken = tmp_path / "broken.pptx"
    broken.write_bytes(b"PK\x03\x04 no deck")
    content, notes = slides.write(book.model_copy(update={"deck": broken}), tell)
    assert notes
    assert len(Presentation(BytesIO(content)).slides) == len(decks.LECTURE)


def test_the_handout_holds_pictures_words_and_questions(who: Who) -> None:
    content, notes = handout.write(book_of(make_lesson(who, decks.pptx_deck(), "cycle.pptx")), tell)
    words = words_of(content)
    for wanted in (
        "The <cycle>",
        "Water & ice",
        "1. The water cycle",
        "Say 4.",
        "Is <b>1 < 2</b> &",
        "Where to?",
        "水是",
    ):
        assert wanted in words.replace("\r", ""), wanted
    assert content.count(b"/Subtype /Image") >= 4
    assert notes == []
    if folder := os.environ.get("LYCEUM_SHOTS"):
        Path(folder, "handout.pdf").write_bytes(content)


def test_pictures_are_drawn_with_their_words(who: Who) -> None:
    leaf = book_of(make_lesson(who, decks.pptx_deck(), "cycle.pptx")).leaves[0]
    image = pixels(leaf.picture, 400)
    assert image.width == 400
    assert len(image.getcolors(100_000)) > 20  # letters with soft edges, and not only a ground


@pytest.mark.parametrize(
    "face", ["'Georgia', serif", "'Calibri', sans-serif", "'Consolas', monospace", "'No such face'"]
)
def test_words_are_drawn_in_a_face_that_is_there(tmp_path: Path, face: str) -> None:
    picture = tmp_path / "0001.svg"
    space = 'xmlns="http://www.w3.org/2000/svg" width="200pt" height="50pt" viewBox="0 0 200 50"'
    words = f'<text x="5" y="40" font-size="40"><tspan font-family="{face}">Words</tspan></text>'
    picture.write_text(f"<svg {space}>{words}</svg>")
    assert pixels(picture, 400).convert("L").getextrema()[0] < 60
    picture.write_text("<svg")
    assert pixels(picture) is None


def test_markdown_reads_back_as_the_same_words(who: Who) -> None:
    text = markdown.write(book_of(make_lesson(who, decks.pptx_deck(), "cycle.pptx")))
    html = MarkdownIt("commonmark").render(text)
    assert "<h1>The &lt;cycle&gt;</h1>" in html
    assert html.count("<h2>") == 4
    assert "Is &lt;b&gt;1 &lt; 2&lt;/b&gt; &amp; *this* # [x](y)? 水是" in html
    assert "<em>" not in html
    assert html.count("<strong>Question:</strong> Where to?") == 4
    assert markdown.escape("1. one") == "1\\. one"
    assert markdown.escape("- dash") == "\\- dash"


def test_the_page_that_plays_is_one_harmless_file(who: Who) -> None:
    page = player.write(book_of(make_lesson(who, decks.pptx_deck(), "cycle.pptx")), tell)
    assert page.count('<section class="leaf"') == 4
    assert page.count("data:image/svg+xml;base64,") == 4
    assert "Is &lt;b&gt;1 &lt; 2&lt;/b&gt; &amp; *this*" in page
    assert re.findall(r'(?:src|href)="(?!data:)', page) == []
    assert "default-src 'none'" in unescape(page)
    if folder := os.environ.get("LYCEUM_SHOTS"):
        Path(folder, "player.html").write_text(page)
    hostile = Book(title="</title><script>x()</script>", course="", version=1, leaves=[
        Leaf(number=1, title='"><img src=x onerror=x()>', said=[Said(text="</p><script>x()</script>")])])  # fmt: skip
    made = player.write(hostile, tell)
    assert "<script>x()" not in made
    assert "<img src=x" not in made


@pytest.mark.parametrize("form", list(LessonForm))
def test_jobs_make_files(who: Who, form: LessonForm) -> None:
    lesson = make_lesson(who, decks.pdf_deck(["Ice"]), "ice.pdf")
    with unit_of_work() as session:
        made = lesson_files.ask_out(session, who, lesson, form)
    service.carry_on(made)
    with unit_of_work() as session:
        view = service.access(session, who, made)
        path, name = service.download(session, who, made)
    assert view.status is TransferState.DONE
    assert name == f"the-cycle.{form.value}"
    assert path.stat().st_size == view.report.bytes > 0


def test_drafts_say_so_and_unwritten_lessons_wait(who: Who) -> None:
    lesson = make_lesson(who, decks.pdf_deck(["Ice"]), "ice.pdf", written=False)
    with pytest.raises(Conflict, match="nothing to take out"), unit_of_work() as session:
        lesson_files.ask_out(session, who, lesson, LessonForm.PDF)
    with unit_of_work() as session:
        lessons.write_by_hand(session, who, lesson, 1, ["Cold."])
        made = lesson_files.ask_out(session, who, lesson, LessonForm.MARKDOWN)
        with pytest.raises(NotFound):
            lesson_files.ask_out(session, make_person("sam@school.test"), lesson, LessonForm.PDF)
    service.carry_on(made)
    with unit_of_work() as session:
        assert service.access(session, who, made).report.notes == [DRAFT]


def test_each_kind_of_action_goes_out_in_every_form() -> None:
    table = BoardItem(kind=BoardKind.TABLE, text="Planet | Moons\nMars | 2")
    formula = BoardItem(kind=BoardKind.FORMULA, text="a^2")
    place = Region(left=0.1, top=0.2, width=0.3, height=0.4)
    said = [
        Said(text="Mars has two moons.", region=place),
        Said(text=table.text, lead="On the board", board=table),
        Said(text=formula.text, lead="On the board", board=formula),
        Said(text="What of other planets?", asks=True, lead="To discuss"),
        Said(text="So planets have moons.", lead="In short"),
    ]
    book = Book(title="Moons", course="Sky", version=1, leaves=[Leaf(number=1, title="Moons", said=said)])
    text = markdown.write(book)
    assert "| Mars | 2 |" in text
    assert "```latex\na^2\n```" in text
    assert "> **To discuss:** What of other planets?" in text
    assert "**In short:** So planets have moons." in text
    assert slides.notes_of(book.leaves[0]).splitlines()[1:3] == ["On the board:", "Planet | Moons"]
    html = player.write(book, tell)
    assert 'data-region="0.1 0.2 0.3 0.4"' in html
    assert "<td>Mars</td>" in html
    assert "<msup>" in html
    content, notes = handout.write(book, tell)
    words = pypdfium2.PdfDocument(content)[0].get_textpage().get_text_range()
    assert notes == []
    assert "To discuss: What of other planets?" in words
    assert "Mars | 2" in words
