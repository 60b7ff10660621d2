"""Words of a drawn slide, moved to where the slide has them.

The drawing program sets every line one size of its letters below the last, whatever the slide's spacing, and places
text that hangs from the middle or the bottom of its shape as if no line wrapped. So shapes carry their spacing in
their names (see spelled_styles), and here their lines are spread and the text hung anew.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

from lxml import etree

from app.courses.svg_charts import ChartLooks, mend_charts
from app.courses.svg_safety import SVG, parse_svg

ABOVE, BELOW = 0.93, 0.27
"""What a line takes above and below its baseline, in sizes of its letters."""
UP_BY = {"t": 0.0, "ctr": 0.5, "b": 1.0}

_LINE = re.compile(r"(pptx-slide-\d+-\d+)-(?:text|bullet)-(\d+)-\d+")
_NAME = re.compile(r"text (t|ctr|b) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+) (-?[\d.]+)")


@dataclass(frozen=True)
class Line:
    """One drawn stretch of text: its paragraph's number in the shape, its element, its height y in points."""

    paragraph: int
    element: etree._Element
    y: float


def mend(content: bytes, charts: list[ChartLooks]) -> bytes:
    """The drawing with its text and its charts mended. Raises UnsafeSvg."""
    root = parse_svg(content)
    mend_lines(root)
    mend_charts(root, charts)
    return bytes(etree.tostring(root, encoding="utf-8"))


def mend_lines(root: etree._Element) -> None:
    """Space and hang the lines of every shape as the slide has them, in place."""
    shapes: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for text in root.iter(f"{{{SVG}}}text"):
        found, name = _LINE.fullmatch(text.get("id") or ""), text.get("data-source-id") or ""
        if found and _NAME.fullmatch(name):
            shapes[found[1], name].append(Line(int(found[2]), text, float(text.get("y") or 0)))
    for (_, name), lines in shapes.items():
        anchor, *numbers = name.split()[1:]
        _mend(lines, UP_BY[anchor], *(float(one) for one in numbers))


def _mend(lines: list[Line], up_by: float, pitch: float, before: float, upper: float, lower: float) -> None:
    """Put one shape's lines in place, between its edges where they are known."""
    top, bottom = lines[0], max(lines, key=lambda line: line.y)
    spread = _spread(bottom, top, pitch, before)
    if lower > upper:
        start = _hung(upper, lower, up_by, spread, _size(top), _size(bottom))
    else:
        start = top.y - up_by * (spread - _assumed(lines))
    for line in lines:
        line.element.set("y", f"{start + _spread(line, top, pitch, before):.3f}")


def _hung(upper: float, lower: float, up_by: float, spread: float, first: float, last: float) -> float:
    """The first line's baseline when the text hangs from its room's top (0), middle (0.5) or bottom (1)."""
    height = ABOVE * first + spread + BELOW * last
    return upper + up_by * (lower - upper - height) + ABOVE * first


def _size(line: Line) -> float:
    """The size of the line's largest letters, in points."""
    sizes = [float(part.get("font-size") or 0) for part in line.element]
    return max(sizes, default=0.0)


def _spread(line: Line, top: Line, pitch: float, before: float) -> float:
    """How far below the first line this one stands."""
    return (line.y - top.y) * pitch + before * (line.paragraph - top.paragraph)


def _assumed(lines: list[Line]) -> float:
    """The height the program took the text for: a line a paragraph."""
    whole = max(line.y for line in lines) - min(line.y for line in lines)
    heights: dict[int, list[float]] = defaultdict(list)
    for line in lines:
        heights[line.paragraph].append(line.y)
    return whole - sum(max(ys) - min(ys) for ys in heights.values())
