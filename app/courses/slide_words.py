"""The words of a slide in reading order: title first, then from top to bottom and left to right."""

import re
from collections.abc import Iterable, Iterator

from lxml import etree
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.table import Table
from pptx.text.text import TextFrame

from app.courses.chart_words import chart_words

TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE)
FURNITURE = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
DEPTH = 12
CRUMB = 3
PICTURE = "Picture: "
BAND_EMU = 300_000
"""Shapes whose tops lie within about 8 mm stand in one row, and are read from left to right."""
SPACES = {"a": "http://schemas.openxmlformats.org/drawingml/2006/main"}
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

_FILE_NAME = re.compile(r"\S+\.(png|jpe?g|gif|svg|webp|emf|wmf|bmp|tiff?)", re.IGNORECASE)
_MADE_UP = re.compile(r"description automatically generated|^(picture|image|graphic|grafik|bild) ?\d*$", re.IGNORECASE)


def slide_words(slide: Slide) -> list[str]:
    """Every line of words on the slide: text, table rows, charts and diagrams in words; pictures' descriptions last."""
    lines = [line for shape in _in_order(slide.shapes) for line in _shape_words(shape, DEPTH)]
    return sorted(_crumbs_joined(lines), key=lambda line: line.startswith(PICTURE))


def _crumbs_joined(lines: list[str]) -> list[str]:
    """Neighbouring lines of a few signs (labels, digits in boxes) as one line."""
    joined: list[str] = []
    for line in lines:
        if joined and len(line) <= CRUMB and all(len(word) <= CRUMB for word in joined[-1].split()):
            joined[-1] += " " + line
        else:
            joined.append(line)
    return joined


def slide_title(slide: Slide) -> str:
    """The title placeholder's words; without one, the words in the largest type, or the first of all."""
    title = slide.shapes.title
    if title is not None and title.has_text_frame and title.text_frame.text.strip():
        return " ".join(title.text_frame.text.split())
    return max(_sized_texts(slide), key=lambda pair: pair[0], default=(0, ""))[1]


def _sized_texts(slide: Slide) -> Iterator[tuple[int, str]]:
    for shape in _in_order(slide.shapes):
        if shape.has_text_frame and (text := " ".join(_frame(shape).text.split())):
            sizes = [run.font.size or 0 for line in _frame(shape).paragraphs for run in line.runs]
            yield max(sizes, default=0), text


def _in_order(shapes: Iterable[BaseShape]) -> list[BaseShape]:
    return sorted((one for one in shapes if not _is_furniture(one)), key=_place)


def _is_furniture(shape: BaseShape) -> bool:
    return shape.is_placeholder and shape.placeholder_format.type in FURNITURE


def _place(shape: BaseShape) -> tuple[bool, int, int]:
    is_title = shape.is_placeholder and shape.placeholder_format.type in TITLES
    return not is_title, (shape.top or 0) // BAND_EMU, shape.left or 0


def _shape_words(shape: BaseShape, depth: int) -> list[str]:
    if isinstance(shape, GroupShape):
        inner = [] if depth == 0 else [w for one in _in_order(shape.shapes) for w in _shape_words(one, depth - 1)]
        return inner or _alternative(shape)
    if isinstance(shape, GraphicFrame):
        return _framed_words(shape) or _alternative(shape)
    if shape.has_text_frame and (lines := _lines(_frame(shape).text)):
        return lines
    return _alternative(shape)


def _framed_words(frame: GraphicFrame) -> list[str]:
    if frame.has_table:
        return _table_rows(frame.table)
    if frame.has_chart:
        return chart_words(frame.chart)
    return _diagram_words(frame)


def _table_rows(table: Table) -> list[str]:
    rows = ([_one_line(cell.text) for cell in row.cells if not cell.is_spanned] for row in table.rows)
    return [" | ".join(cells).strip(" |") for cells in rows if any(cells)]


def _diagram_words(frame: GraphicFrame) -> list[str]:
    """SmartArt keeps its words in a part of its own, a point each."""
    ids = frame._element.find(f".//{{{DIAGRAM}}}relIds")
    if ids is None:
        return []
    part = frame.part.related_part(ids.get(f"{{{RELATION}}}dm"))
    tree = etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
    points = tree.iterfind(f".//{{{DIAGRAM}}}t")
    words = (_one_line("".join(point.itertext())) for point in points)
    return [one for one in words if one]


def _alternative(shape: BaseShape) -> list[str]:
    """What the author wrote for those who cannot see the picture; programs' own guesses and file names are left out."""
    properties = shape._element._nvXxPr.cNvPr
    text = _one_line(properties.get("descr") or "")
    if not text or _MADE_UP.search(text) or _FILE_NAME.fullmatch(text):
        return []
    return [PICTURE + text]


def _frame(shape: BaseShape) -> TextFrame:
    return shape.text_frame  # type: ignore[attr-defined, no-any-return]


def _lines(text: str) -> list[str]:
    """A line a paragraph: a break within one only shapes it."""
    return [line for one in text.split("\n") if (line := _one_line(one))]


def _one_line(text: str) -> str:
    return " ".join(text.split())
