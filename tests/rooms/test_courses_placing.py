"""Where words stand on a page's picture."""

import io
import time
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from app.cli.demo_deck import build_demo_deck
from app.courses.placing import place_of, svg_lines
from app.courses.reader import Request, read_lines
from app.courses.schema import DeckKind, PlacedLine, ReadPage, Region

DRAWING = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 500">
<text x="100" y="100" transform="matrix(1 0 0 1 0 0)"><tspan font-size="40">Cells divide</tspan></text>
<text x="100" y="50" text-anchor="middle" transform="matrix(2 0 0 2 300 200)"><tspan font-size="10">Twice</tspan></text>
<text x="9000" y="50"><tspan font-size="10">Beyond the edge</tspan></text>
<text x="1" y="1"><tspan>No size</tspan></text>
</svg>"""


def line(text: str, top: float, left: float = 0.1) -> PlacedLine:
    return PlacedLine(text=text, region=Region(left=left, top=top, width=0.3, height=0.05))


def test_the_lines_of_a_drawing_have_places() -> None:
    first, second = svg_lines(DRAWING)
    assert (first.text, second.text) == ("Cells divide", "Twice")
    assert first.region.left == pytest.approx(0.1)
    assert first.region.top < 0.2 < first.region.top + first.region.height
    assert second.region.left + second.region.width / 2 == pytest.approx(0.5, abs=0.001)
    assert svg_lines(b"<svg xmlns='http://www.w3.org/2000/svg'><text font-size='9'>x</text></svg>") == []


def test_the_frame_of_code_of_chinese_and_of_bold_is_as_wide_as_they_are() -> None:
    """All are wider than a letter of usual type is on average, and a frame must not cut them."""
    drawing = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 500">
    <text x="100" y="100"><tspan font-size="20" font-family="'Courier New', Menlo, monospace">print(1)</tspan></text>
    <text x="100" y="200"><tspan font-size="20" font-family="Arial, sans-serif">\u5149\u5408\u4f5c\u7528</tspan></text>
    <text x="100" y="300"><tspan font-size="20" font-weight="700">In bold</tspan></text>
    <text x="100" y="400"><tspan font-size="20" font-weight="400">In bold</tspan></text>
    </svg>"""
    code, chinese, bold, plain = svg_lines(drawing.encode())
    assert bold.region.width > 1.1 * plain.region.width
    assert code.region.width == pytest.approx(8 * 0.602 * 20 / 1000, abs=0.0005)
    assert chinese.region.width == pytest.approx(4 * 20 / 1000, abs=0.0005)


def test_a_text_is_where_most_of_it_is_told() -> None:
    lines = [line("Mitosis divides cells", 0.2), line("cells and their nucleus", 0.26), line("Meiosis", 0.8)]
    found = place_of("In mitosis the nucleus of cells divides, and so do their cells.", lines)
    assert found is not None
    assert found.top < 0.2
    assert 0.3 < found.top + found.height < 0.4
    assert place_of("Rivers carry sand.", lines) is None
    assert place_of("", lines) is None


def test_a_broken_sentence_is_pointed_at_as_a_whole() -> None:
    """Not half of it; and not the next point of a list, nor what stands beside it."""
    wrapped = [
        line("Water rises in the stem", 0.3),
        line("because leaves let go", 0.351),
        line("of it all day.", 0.402),
        line("Roots drink", 0.453),
        line("and this stands elsewhere", 0.351, left=0.6),
    ]
    for said in ("Water rises in the stem.", "Leaves let go of water."):
        found = place_of(said, wrapped)
        assert found is not None
        assert found.top == pytest.approx(0.288)
        assert found.top + found.height == pytest.approx(0.464)
        assert found.left + found.width < 0.45


def test_a_sentence_without_small_letters_goes_on_after_a_full_line_without_an_end() -> None:
    wrapped = [
        line("植物也呼吸。", 0.3),
        line("晚上没有光，植物不进行光合", 0.351),
        line("作用。", 0.402),
        line("秋天叶子变黄", 0.453),
    ]
    found = place_of("晚上没有光，植物不进行光合作用。", wrapped)
    assert found is not None
    assert found.top == pytest.approx(0.339)
    assert found.top + found.height == pytest.approx(0.464)


def test_what_fills_the_page_is_not_pointed_at() -> None:
    huge = PlacedLine(text="Photosynthesis", region=Region(left=0, top=0, width=1, height=0.9))
    assert place_of("Photosynthesis makes sugar.", [huge]) is None


def read(file: Path, kind: DeckKind, folder: Path) -> list[ReadPage]:
    lines = read_lines(Request(file, folder, kind), time.monotonic() + 120, lambda: None)
    return [one.page for one in lines if one.page]


def test_a_deck_is_read_with_places(tmp_path: Path) -> None:
    deck = tmp_path / "deck.pptx"
    build_demo_deck(deck)
    page = read(deck, DeckKind.PPTX, tmp_path)[2]
    found = place_of("Working memory holds only about four things at once.", page.lines)
    title = place_of(page.title, page.lines)
    assert found is not None
    assert title is not None
    assert title.top + title.height / 2 < found.top + found.height / 2


def test_a_pdf_is_read_with_places(tmp_path: Path) -> None:
    content = io.BytesIO()
    canvas = Canvas(content, pagesize=(400, 200))
    canvas.drawString(40, 150, "Leaves catch light")
    canvas.drawString(200, 20, "Roots drink water")
    canvas.save()
    file = tmp_path / "deck.pdf"
    file.write_bytes(content.getvalue())
    page = read(file, DeckKind.PDF, tmp_path)[0]
    leaves, roots = place_of("Leaves catch light", page.lines), place_of("Roots drink water", page.lines)
    assert leaves is not None
    assert roots is not None
    assert leaves.left == pytest.approx(0.1, abs=0.03)
    assert 0.1 < leaves.top < 0.3
    assert roots.left == pytest.approx(0.5, abs=0.03)
    assert 0.8 < roots.top < 0.95
