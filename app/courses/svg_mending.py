"""Words of a drawn slide, moved to where the slide has them.

The drawing program places text that hangs from the middle or the bottom of its shape as if no line wrapped, so
that a long title runs into what stands below it. Lines that wrapped are counted here, and the text moves up.
"""

import re
from collections import defaultdict

from lxml import etree

from app.courses.spelled_styles import ANCHOR_NAME
from app.courses.svg_safety import SVG, parse_svg

UP_BY = {f"{ANCHOR_NAME}ctr": 0.5, f"{ANCHOR_NAME}b": 1.0}

_LINE = re.compile(r"(pptx-slide-\d+-\d+)-(?:text|bullet)-(\d+)-\d+")


def mend_anchors(content: bytes) -> bytes:
    """The drawing with its wrapped texts moved up, by half of what the extra lines take or by all. Raises UnsafeSvg."""
    root = parse_svg(content)
    shapes: dict[str, list[tuple[str, etree._Element]]] = defaultdict(list)
    for text in root.iter(f"{{{SVG}}}text"):
        named = _LINE.fullmatch(text.get("id") or "")
        if named and text.get("data-source-id") in UP_BY:
            shapes[named[1]].append((named[2], text))
    for lines in shapes.values():
        _move_up(lines)
    return bytes(etree.tostring(root, encoding="utf-8"))


def _move_up(lines: list[tuple[str, etree._Element]]) -> None:
    """Shift one shape's lines; each is its paragraph's number and its element, with y in points."""
    heights: dict[str, list[float]] = defaultdict(list)
    for paragraph, text in lines:
        heights[paragraph].append(float(text.get("y") or 0))
    extra = sum(max(ys) - min(ys) for ys in heights.values())
    up = extra * UP_BY[str(lines[0][1].get("data-source-id"))]
    for _, text in lines:
        text.set("y", f"{float(text.get('y') or 0) - up:.3f}")
