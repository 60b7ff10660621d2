"""Drawing on slides with few words: boxes, arrows, text and charts in the demo deck's colours. Lengths in inches."""

from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.shapes import MSO_CONNECTOR, MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.presentation import Presentation as Deck
from pptx.util import Inches, Pt

WIDTH, HEIGHT = 13.333, 7.5
MARGIN = 0.8
INK, MUTED, PAPER, WHITE = "1D2A44", "5D6880", "FBF8F2", "FFFFFF"
TEAL, CORAL, AMBER, MIST, SKY = "13847B", "D9553F", "E0A030", "E6EEF0", "3A6EA5"
HEADLINE, BODY = "Georgia", "Arial"
ALIGN = {"left": PP_ALIGN.LEFT, "center": PP_ALIGN.CENTER, "right": PP_ALIGN.RIGHT}

Place = tuple[float, float, float, float]
"""Left, top, width and height."""


_chart_data: Any = CategoryChartData
_rgb: Any = RGBColor
Slide = Any
"""A python-pptx slide: the library annotates only half of itself, and the checker refuses the other half."""


def colour(name: str) -> Any:
    """A colour from six hex digits."""
    return _rgb(*bytes.fromhex(name))


def new_slide(deck: Deck, title: str, notes: str, kicker: str = "") -> Slide:
    """A slide with a title, a small line above it, and notes for the speaker."""
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.background.fill.solid()
    slide.background.fill.fore_color.rgb = colour(PAPER)
    heading = slide.shapes.title
    assert heading is not None
    heading.left, heading.top, heading.width, heading.height = (Inches(one) for one in (MARGIN, 0.75, 11.7, 0.9))
    _write(heading.text_frame, [title], size=36, ink=INK, bold=True, font=HEADLINE, align="left")
    heading.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    heading.text_frame.margin_left = 0
    if kicker:
        words(slide, kicker.upper(), (MARGIN, 0.45, 8, 0.35), size=13, ink=TEAL, bold=True)
    frame = slide.notes_slide.notes_text_frame
    assert frame is not None
    frame.text = notes
    return slide


def group(slide: Slide) -> Slide:
    """A group on a slide, to be drawn on like the slide: what belongs together is read together."""
    return slide.shapes.add_group_shape()


def words(
    slide: Slide,
    text: str,
    place: Place,
    *,
    size: float = 20,
    ink: str = INK,
    bold: bool = False,
    align: str = "left",
    font: str = BODY,
    middle: bool = False,
) -> None:
    """Text in a box of its own; a line of `text` is a paragraph, and "\\v" breaks a line within it."""
    frame = slide.shapes.add_textbox(*_inches(place)).text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE if middle else MSO_ANCHOR.TOP
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    _write(frame, text.split("\n"), size=size, ink=ink, bold=bold, font=font, align=align)


def box(
    slide: Slide, place: Place, fill: str, text: str = "", *, size: float = 20, ink: str = WHITE, bold: bool = True
) -> None:
    """A rounded box with centred words."""
    shape = slide.shapes.add_shape(MSO_SHAPE.ROUNDED_RECTANGLE, *_inches(place))
    shape.adjustments[0] = 0.12
    shape.fill.solid()
    shape.fill.fore_color.rgb = colour(fill)
    shape.line.fill.background()
    shape.shadow.inherit = False
    shape.text_frame.word_wrap = True
    shape.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    if text:
        _write(shape.text_frame, text.split("\n"), size=size, ink=ink, bold=bold, font=BODY, align="center")


def dot(slide: Slide, left: float, top: float, wide: float, fill: str, text: str = "", size: float = 16) -> None:
    """A filled circle with a short word inside."""
    shape = slide.shapes.add_shape(MSO_SHAPE.OVAL, *_inches((left, top, wide, wide)))
    shape.fill.solid()
    shape.fill.fore_color.rgb = colour(fill)
    shape.line.fill.background()
    shape.shadow.inherit = False
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = 0
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    if text:
        _write(frame, [text], size=size, ink=WHITE, bold=True, font=BODY, align="center")


def arrow(slide: Slide, left: float, top: float, wide: float, fill: str = MUTED) -> None:
    """A fat arrow to the right, half an inch high."""
    shape = slide.shapes.add_shape(MSO_SHAPE.RIGHT_ARROW, *_inches((left, top, wide, 0.5)))
    shape.fill.solid()
    shape.fill.fore_color.rgb = colour(fill)
    shape.line.fill.background()
    shape.shadow.inherit = False


def rule(slide: Slide, left: float, top: float, right: float, bottom: float, ink: str = MUTED, wide: float = 2) -> None:
    """A straight line; `wide` in points."""
    ends = [Inches(one) for one in (left, top, right, bottom)]
    line = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, *ends).line
    line.color.rgb = colour(ink)
    line.width = Pt(wide)


def table(slide: Slide, rows: list[list[str]], place: Place, columns: list[float]) -> None:
    """A table whose first row is its head; `columns` are widths."""
    grid = slide.shapes.add_table(len(rows), len(columns), *_inches(place)).table
    for at, wide in enumerate(columns):
        grid.columns[at].width = Inches(wide)
    for down, row in enumerate(rows):
        for across, text in enumerate(row):
            cell = grid.cell(down, across)
            cell.fill.solid()
            cell.fill.fore_color.rgb = colour(INK if down == 0 else (WHITE if down % 2 else MIST))
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            cell.margin_left = Inches(0.25)
            ink = WHITE if down == 0 else INK
            _write(cell.text_frame, [text], size=20, ink=ink, bold=down == 0, font=BODY, align="left")


def chart(
    slide: Slide, kind: XL_CHART_TYPE, labels: list[str], series: dict[str, tuple[list[float], str]], place: Place
) -> None:
    """A chart of percentages; `series` maps names to values and colours."""
    data = _chart_data(number_format='0"%"')
    data.categories = labels
    for name, (values, _) in series.items():
        data.add_series(name, values)
    made = slide.shapes.add_chart(kind, *_inches(place), data).chart
    made.font.size, made.font.name = Pt(15), BODY
    made.font.color.rgb = colour(INK)
    made.has_title = False
    made.has_legend = len(series) > 1
    if made.has_legend and made.legend is not None:
        made.legend.position = XL_LEGEND_POSITION.BOTTOM
        made.legend.include_in_layout = False
    made.value_axis.minimum_scale, made.value_axis.maximum_scale, made.value_axis.major_unit = 0, 100, 25
    made.value_axis.major_gridlines.format.line.color.rgb = colour("D5DCE0")
    made.value_axis.format.line.fill.background()
    plot = made.plots[0]
    plot.has_data_labels = True
    plot.data_labels.font.size = Pt(15)
    for one, (_, ink) in zip(plot.series, series.values(), strict=True):
        one.format.fill.solid()
        one.format.fill.fore_color.rgb = colour(ink)
        one.format.line.color.rgb = colour(ink)
        one.format.line.width = Pt(3)


def _write(frame: Any, lines: list[str], *, size: float, ink: str, bold: bool, font: str, align: str) -> None:
    for at, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.alignment = ALIGN[align]
        for part in line.split("\v"):
            if paragraph.runs:
                paragraph.add_line_break()
            run = paragraph.add_run()
            run.text = part
            run.font.size, run.font.bold, run.font.name = Pt(size), bold, font
            run.font.color.rgb = colour(ink)


def _inches(place: Place) -> tuple[Inches, Inches, Inches, Inches]:
    left, top, wide, high = (Inches(one) for one in place)
    return left, top, wide, high
