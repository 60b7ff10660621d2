"""Charts of a drawn slide, made legible: the series' own colours, larger letters, and values at bars and points.

The drawing program draws bars, lines and slices in colours of its own, with tiny letters and no numbers.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from lxml import etree
from pptx.oxml.ns import qn
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from app.courses.chart_words import value_words
from app.courses.page_trouble import PAGE_TROUBLE
from app.courses.svg_safety import SVG

VALUES_MOST = 24
LETTERS = {"category": 12.0, "legend-label": 10.0, "title": 14.0}
VALUE_LETTERS = 12.0
LETTER_WIDTH = 0.56
"""Of its size, for a room estimate."""

_ID = re.compile(r"pptx-chart-\d+-(\d+)-([a-z-]+?)(?:-(\d+))?(?:-(\d+))?")
_BAR = re.compile(r"M ([\d.]+) ([\d.]+) H ([\d.]+) V ([\d.]+)")
_POINT = re.compile(r"[ML] ([\d.]+) ([\d.]+)")


@dataclass(frozen=True)
class ChartLooks:
    """A chart's series colours (hex, "" where the theme decides) and the words of its values, a list a series."""

    inks: list[str] = field(default_factory=list)
    values: list[list[str]] = field(default_factory=list)

    def ink(self, series: int) -> str:
        """The colour of a series, "" for the drawing's own."""
        return self.inks[series] if series < len(self.inks) else ""

    def value(self, series: int, at: int) -> str:
        """The words of a value, "" where it is not shown."""
        numbers = self.values[series] if series < len(self.values) else []
        return numbers[at] if at < len(numbers) else ""


def chart_looks(slide: Slide) -> list[ChartLooks]:
    """What the slide's charts look like, in drawing order; an unreadable one keeps the program's looks."""
    return [_looks(frame) for frame in _chart_frames(slide.shapes)]


def mend_charts(root: etree._Element, looks: list[ChartLooks]) -> None:
    """Repaint and label every chart of a drawing in place."""
    for element in list(root.iter(f"{{{SVG}}}path", f"{{{SVG}}}text")):
        found = _ID.fullmatch(element.get("id") or "")
        if found is None or int(found[1]) > len(looks):
            continue
        look, part = looks[int(found[1]) - 1], found[2]
        if part in LETTERS:
            _enlarge(element, LETTERS[part])
        elif found[3] is not None:
            _paint(element, look.ink(int(found[3])))
            _label(element, look, part, int(found[3]), int(found[4] or 0))


def _chart_frames(shapes: Any) -> Iterator[GraphicFrame]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _chart_frames(shape.shapes)
        elif isinstance(shape, GraphicFrame) and shape.has_chart:
            yield shape


def _looks(frame: GraphicFrame) -> ChartLooks:
    with suppress(*PAGE_TROUBLE):
        chart = frame.chart
        series = [one for plot in chart.plots for one in plot.series]
        inks = [_ink(one) for one in series]
        count = sum(len(one.values) for one in series)
        if count > VALUES_MOST or "STACKED" in chart.chart_type.name or "PIE" in chart.chart_type.name:
            return ChartLooks(inks)
        return ChartLooks(inks, [value_words(one) for one in series])
    return ChartLooks()


def _ink(series: Any) -> str:
    looks = series._element.find(qn("c:spPr"))
    colour = looks.find(f".//{qn('a:srgbClr')}") if looks is not None else None
    return "" if colour is None else f"#{colour.get('val')}"


def _enlarge(text: etree._Element, size: float) -> None:
    for part in text:
        words = "".join(part.itertext())
        old = float(part.get("font-size") or size)
        part.set("font-size", f"{max(old, min(size, 110 / (LETTER_WIDTH * max(len(words), 1)))):.1f}")
    if text.get("text-anchor") == "middle" and "category" in (text.get("id") or ""):
        text.set("y", f"{float(text.get('y') or 0) + 5:.1f}")
    elif (text.get("id") or "").endswith("title"):
        text.set("y", f"{float(text.get('y') or 0) - 8:.1f}")  # values stand above the highest bars


def _paint(path: etree._Element, ink: str) -> None:
    for attribute in ("fill", "stroke"):
        if ink and (path.get(attribute) or "none") != "none":
            path.set(attribute, ink)
    if path.get("data-content-kind") == "chart-line":
        path.set("stroke-width", "3")


def _label(path: etree._Element, look: ChartLooks, part: str, series: int, at: int) -> None:
    drawn = path.get("d") or ""
    if part == "bar" and (bar := _BAR.match(drawn)):
        left, top, right, bottom = (float(one) for one in bar.groups())
        if _lies(path):
            _write(path, right + 4, (top + bottom) / 2 + VALUE_LETTERS / 3, "start", look.value(series, at))
        else:
            _write(path, (left + right) / 2, top - 5, "middle", look.value(series, at))
    elif part == "line":
        for place, (x, y) in enumerate(_POINT.findall(drawn)):
            _write(path, float(x), float(y) - 9, "middle", look.value(series, place))


def _lies(path: etree._Element) -> bool:
    """Whether the chart's bars lie: their categories then end at the axis, instead of standing under it."""
    chart = (path.get("id") or "").rsplit("-bar-", 1)[0]
    ends = Counter(
        text.get("text-anchor")
        for text in path.getparent().iter(f"{{{SVG}}}text")
        if (text.get("id") or "").startswith(f"{chart}-category")
    )
    return ends["end"] > ends["middle"]


def _write(path: etree._Element, x: float, y: float, anchor: str, words: str) -> None:
    if not words:
        return
    text = path.getparent().makeelement(f"{{{SVG}}}text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor})
    text.set("font-size", str(VALUE_LETTERS))
    text.set("font-family", "Arial")
    text.set("fill", "#333333")
    text.text = words
    path.addnext(text)
