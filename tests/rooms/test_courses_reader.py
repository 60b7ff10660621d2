"""The reader child: words in reading order, pictures that are safe, bad pages marked, limits kept."""

import base64
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import decks
import pytest
from lxml import etree
from PIL import Image

from app.base.settings import ROOT, get_settings
from app.courses.reader import ReaderDied, Request, read_lines
from app.courses.schema import DeckKind, ReaderLine, ReadPage
from app.courses.svg_safety import UnsafeSvg, family, safe_svg

SVG_HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


def read(folder: Path, content: bytes, kind: DeckKind = DeckKind.PPTX, **options: object) -> list[ReaderLine]:
    file = folder / f"deck.{kind.value}"
    file.write_bytes(content)
    request = Request(file, folder, kind, **options)  # type: ignore[arg-type]
    return list(read_lines(request, time.monotonic() + 60, beat=lambda: None))


def test_the_child_loads_no_database_and_no_model() -> None:
    """It opens strangers' files, and starts for every deck: what it has no use for took most of its time."""
    ask = (
        "import sys, app.courses.reader_process; print([one for one in ('sqlalchemy', 'redis') if one in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def pages_of(lines: list[ReaderLine]) -> list[ReadPage]:
    return [line.page for line in lines if line.page is not None]


def test_words_come_in_reading_order_with_tables_charts_and_descriptions(tmp_path: Path) -> None:
    lines = read(tmp_path, decks.rich_deck())
    assert lines[0].pages == 2
    assert pages_of(lines)[0].title == "The title comes first"
    assert pages_of(lines)[0].text.split("\n") == [
        "The title comes first",
        "left",
        "right",
        "in a group",
        "planet | moons",
        "Mars | 2",
        "Chart: Rain a year",
        "Rain: 2024 4.5, 2025 7",
        "last words",
        "Picture: A red square on a wall",
    ]


def test_a_page_without_words_is_a_page(tmp_path: Path) -> None:
    wordless = pages_of(read(tmp_path, decks.rich_deck()))[1]
    assert (wordless.text, wordless.problem) == ("", "")
    assert (tmp_path / wordless.picture).is_file()


def test_notes_and_sizes_are_read(tmp_path: Path) -> None:
    first = pages_of(read(tmp_path, decks.pptx_deck()))[0]
    assert first.notes == "Welcome them warmly."
    assert (first.width, first.height) == (720, 540)


def test_pictures_of_slides_are_svg_with_the_words_and_nothing_active(tmp_path: Path) -> None:
    for page in pages_of(read(tmp_path, decks.rich_deck())):
        root = etree.fromstring((tmp_path / page.picture).read_bytes())
        names = {etree.QName(element).localname for element in root.iter() if isinstance(element.tag, str)}
        assert not names & {"script", "foreignObject", "style", "metadata"}
    assert "in a group" in (tmp_path / "0001.svg").read_text()
    assert "Carlito" in (tmp_path / "0001.svg").read_text()


def test_inherited_looks_are_drawn(tmp_path: Path) -> None:
    read(tmp_path, decks.title_slide("A title that is so long that it wraps over three lines of its box"))
    root = etree.fromstring((tmp_path / "0001.svg").read_bytes())
    texts = {"".join(one.itertext()).strip(): one for one in root.iter("{*}text")}
    fills = [one.get("fill") for one in root.iter("{*}path")]
    subtitle = float(texts["A subtitle that must stay readable"].get("y"))
    title = [float(one.get("y")) for words, one in texts.items() if words and words in "A title that is so long"]
    assert all(y < subtitle for y in title)
    assert any(fill not in (None, "none", "#FFFFFF") for fill in fills), "a plain shape has its theme's fill"


def test_charts_are_drawn_with_their_values(tmp_path: Path) -> None:
    read(tmp_path, decks.rich_deck())
    words = ["".join(one.itertext()).strip() for one in etree.parse(tmp_path / "0001.svg").iter("{*}text")]
    assert {"4.5", "7"} <= set(words)


def test_a_broken_page_is_marked_and_the_rest_goes_on(tmp_path: Path) -> None:
    pages = pages_of(read(tmp_path, decks.broken_page_deck(2)))
    assert [page.number for page in pages] == [1, 2, 3, 4]
    assert [bool(page.problem) for page in pages] == [False, True, False, False]
    assert "words of this page could not be read" in pages[1].problem
    assert pages[2].title == "Condensation"


def test_a_pdf_gives_words_title_and_pixels(tmp_path: Path) -> None:
    lines = read(tmp_path, decks.pdf_deck(["Big title\nsmall words (and more)", "Second"]), DeckKind.PDF)
    first, second = pages_of(lines)
    assert first.title == "Big title"
    assert first.text == "Big title\nsmall words (and more)"
    assert Image.open(tmp_path / first.picture).size == (1600, 900)
    assert second.text == "Second"


def test_a_huge_pdf_page_makes_no_huge_picture(tmp_path: Path) -> None:
    page = pages_of(read(tmp_path, decks.pdf_deck(["Tall"], width=100, height=14000), DeckKind.PDF))[0]
    width, height = Image.open(tmp_path / page.picture).size
    assert height <= 3200
    assert width <= 1600


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        (decks.locked_pdf(), DeckKind.PDF, "password"),
        (decks.pdf_deck(["One", "Two"])[:300], DeckKind.PDF, "cut off"),
        (decks.pdf_deck(["page"] * 600), DeckKind.PDF, "600 pages"),
        (decks.pptx_deck([]), DeckKind.PPTX, "no slides"),
        (decks.changed(decks.pptx_deck(), lambda name, old: b"<a/>" if "presentation.xml" in name else old),
         DeckKind.PPTX, "damaged"),
    ],
)  # fmt: skip
def test_a_deck_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, kind: DeckKind, words: str) -> None:
    lines = read(tmp_path, content, kind)
    assert words in lines[-1].problem
    assert not pages_of(lines)


def first_slide(change: bytes) -> bytes:
    def put(name: str, old: bytes) -> bytes:
        return old.replace(b"The sun drives it.", change) if name == "ppt/slides/slide1.xml" else old

    return decks.changed(decks.pptx_deck(), put)


@pytest.mark.parametrize(
    "odd", [b"NUL \x00 here", b"&#0; zero", b"&#xD83D; half", b"\xed\xa0\xbd raw half", "no \uffff sign".encode()]
)
def test_signs_that_nothing_stores_are_dropped_and_the_page_read(tmp_path: Path, odd: bytes) -> None:
    pages = pages_of(read(tmp_path, first_slide(odd)))
    assert [page.problem for page in pages] == ["", "", "", ""]
    assert pages[0].title == "The water cycle"
    pages[0].text.encode("utf-8")
    assert "\x00" not in pages[0].text


def test_a_page_that_is_no_xml_is_marked_and_the_rest_goes_on(tmp_path: Path) -> None:
    pages = pages_of(read(tmp_path, first_slide(b"cut </a:t></a:r> off < here")))
    assert "damaged in the file" in pages[0].problem
    assert [page.title for page in pages][1:] == ["Evaporation", "Condensation", "Precipitation"]
    assert [page.problem for page in pages][1:] == ["", "", ""]


def test_reading_may_begin_later_and_without_pictures(tmp_path: Path) -> None:
    pages = pages_of(read(tmp_path, decks.pptx_deck(), first=3, plain=True))
    assert [page.number for page in pages] == [3, 4]
    assert not any(page.picture for page in pages)


def test_too_little_memory_ends_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "read_memory", 40 * 2**20)
    lines: list[ReaderLine] = []
    with suppress(ReaderDied):
        lines = read(tmp_path, decks.pptx_deck())
    assert not pages_of(lines)


def test_time_ends_the_child(tmp_path: Path) -> None:
    (tmp_path / "deck.pptx").write_bytes(decks.pptx_deck())
    request = Request(tmp_path / "deck.pptx", tmp_path, DeckKind.PPTX)
    with pytest.raises(ReaderDied) as caught:
        list(read_lines(request, time.monotonic() - 1, beat=lambda: None))
    assert caught.value.late


def test_the_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    from app.courses.reader import _environment

    monkeypatch.setenv("DATABASE_URL", "postgresql://secret")
    assert not any("secret" in value for value in _environment("/tmp").values())


def test_office_draws_what_the_program_cannot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "made.pdf").write_bytes(decks.pdf_deck(["One", "Two", "Three", "Four"]))
    office = tmp_path / "bin" / "soffice"
    office.parent.mkdir()
    office.write_text(f'#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\ncp {tmp_path}/made.pdf "$2/deck.pdf"\n')
    office.chmod(0o755)
    monkeypatch.setenv("PATH", f"{office.parent}:/usr/bin:/bin")
    pages = pages_of(read(tmp_path, decks.broken_page_deck(2)))
    assert [page.picture for page in pages] == ["0001.svg", "0002.webp", "0003.svg", "0004.svg"]


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<rect onload="alert(1)" width="1" height="1"/>',
        '<image xlink:href="http://evil.example/x.png"/>',
        '<image href="file:///etc/passwd"/>',
        '<a href="javascript:alert(1)"><text>x</text></a>',
        "<foreignObject><p>x</p></foreignObject>",
        "<style>@import url(http://evil.example/x.css);</style>",
        '<rect fill="url(http://evil.example/#a)"/>',
        '<rect style="background:url(&quot;http://evil.example/&quot;)"/>',
        '<use href="http://evil.example/x.svg#a"/>',
        '<set attributeName="href" to="javascript:alert(1)"/>',
        '<image href="data:text/html;base64,PHNjcmlwdD4="/>',
    ],
)
def test_what_runs_or_reaches_out_is_taken_away(inside: str) -> None:
    made, _ = safe_svg(f"{SVG_HEAD}{inside}</svg>".encode(), {})
    for word in (b"script", b"evil", b"alert", b"file:", b"@import", b"text/html", b"foreign"):
        assert word not in made


def test_a_drawing_within_a_drawing_is_cleaned_too() -> None:
    inner = base64.b64encode(f"{SVG_HEAD}<script>alert(1)</script><path d='M0 0'/></svg>".encode()).decode()
    made, drawn = safe_svg(f'{SVG_HEAD}<image href="data:image/svg+xml;base64,{inner}"/></svg>'.encode(), {})
    nested = base64.b64decode(made.split(b"base64,")[1].split(b'"')[0])
    assert drawn
    assert b"script" not in nested
    assert b"path" in nested


@pytest.mark.parametrize("content", [b"", b"<html/>", b"not xml", b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>"])
def test_what_is_no_drawing_is_refused(content: bytes) -> None:
    with pytest.raises(UnsafeSvg):
        safe_svg(content, {})


def test_pixels_and_inner_references_stay() -> None:
    inside = '<image href="data:image/png;base64,AAAA"/><rect fill="url(#g)"/>'
    made, drawn = safe_svg(f"{SVG_HEAD}{inside}</svg>".encode(), {})
    assert b"data:image/png;base64,AAAA" in made
    assert b"url(#g)" in made
    assert drawn


@pytest.mark.parametrize(
    ("wanted", "ends"),
    [("Calibri", "sans-serif"), ("Consolas", "monospace"), ("Georgia", " serif"), ("+mn-cs", " serif")],
)
def test_every_font_list_ends_in_one_that_is_there(wanted: str, ends: str) -> None:
    assert family(wanted, {"+mn": "Cambria"}).endswith(ends)
