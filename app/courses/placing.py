"""Where words stand on a page's picture: the lines of a drawing or of a PDF with their places, and where a text is."""

import re
from collections.abc import Iterable

import pypdfium2 as pdfium
from lxml import etree

from app.base.scripts import ENDS, is_unspaced
from app.courses.schema import PlacedLine, Region
from app.courses.stemming import stems

MOST_LINES = 300
LINE_CHARACTERS = 300
LETTER_WIDTH, BOLD_WIDTH, ASCENT, HEIGHT = 0.52, 0.58, 0.8, 1.15
"""Of the type's size: a letter on average, one in bold, a line above its foot, a line in all. A drawing does not say
how wide words are, as that depends on the fonts that are there."""
MONO_WIDTH, FULL_WIDTH, FULL_FROM = 0.602, 1.0, 0x2E80
"""A letter of type that is evenly spaced, in Courier as in DejaVu Sans Mono; and one of Chinese, Japanese or Korean,
whose signs begin there."""
TOLD = 0.6
"""How much of what a line is about must be in a text that is to be found there."""
MARGIN = 0.012
FAR = 0.18
"""Lines with more than this share of the page's height between them are not pointed at together."""
ALIGNED = 0.02
"""Shares of the width by which two lines of one sentence may begin apart."""
WHOLE = 0.75
"""What fills more of the page than this is not worth pointing at."""

SVG = "{http://www.w3.org/2000/svg}"
_MATRIX = re.compile(r"matrix\(([^)]*)\)")
_VIEW = re.compile(r"[\s,]+")


def svg_lines(drawing: bytes) -> list[PlacedLine]:
    """The lines of words of a drawing, in its order; none where it cannot be told how large it is."""
    root = etree.fromstring(drawing, etree.XMLParser(resolve_entities=False, huge_tree=True))
    view = [float(one) for one in _VIEW.split((root.get("viewBox") or "").strip()) if one]
    if len(view) != 4 or view[2] <= 0 or view[3] <= 0:
        return []
    found = (_svg_line(element, view) for element in root.iter(f"{SVG}text"))
    return [line for line in found if line][:MOST_LINES]


def _svg_line(element: etree._Element, view: list[float]) -> PlacedLine | None:
    text = " ".join("".join(element.itertext()).split())[:LINE_CHARACTERS]
    sizes = [_number(one.get("font-size")) for one in element.iter() if one.get("font-size")]
    if not text or not sizes or len(_MATRIX.findall(element.get("transform") or "")) > 1:
        return None
    size, x, y = max(sizes), _number(element.get("x")), _number(element.get("y"))
    wide = size * _ems(text, _said(element, "font-family"), _said(element, "font-weight"))
    left = x - {"middle": wide / 2, "end": wide}.get(element.get("text-anchor") or "", 0)
    corners = [(left, y - size * ASCENT), (left + wide, y + size * (HEIGHT - ASCENT))]
    moved = [_moved(corner, element.get("transform") or "") for corner in corners]
    shares = [((one[0] - view[0]) / view[2], (one[1] - view[1]) / view[3]) for one in moved]
    region = region_between(*shares)
    return PlacedLine(text=text, region=region) if region else None


def _said(element: etree._Element, name: str) -> str:
    """What an element and those within it say of one thing."""
    return " ".join(one.get(name) or "" for one in element.iter())


def _ems(text: str, fonts: str, weights: str) -> float:
    """How wide words are, in their type's size; bold counts where any of them is."""
    plain = BOLD_WIDTH if re.search(r"bold|[6-9]00", weights) else LETTER_WIDTH
    letter = MONO_WIDTH if "monospace" in fonts else plain
    return sum(FULL_WIDTH if ord(sign) >= FULL_FROM else letter for sign in text)


def _number(text: str | None) -> float:
    found = re.match(r"-?\d+(?:\.\d+)?", (text or "").strip())
    return float(found[0]) if found else 0.0


def _moved(point: tuple[float, float], transform: str) -> tuple[float, float]:
    found = _MATRIX.search(transform)
    values = [float(one) for one in _VIEW.split(found[1].strip()) if one] if found else []
    if len(values) != 6:
        return point
    a, b, c, d, e, f = values
    return a * point[0] + c * point[1] + e, b * point[0] + d * point[1] + f


def region_between(one: tuple[float, float], other: tuple[float, float]) -> Region | None:
    """The part of the page between two corners in shares of it, as far as it lies on the page; None for none of it."""
    (left, right), (top, bottom) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    left, right, top, bottom = (min(1.0, max(0.0, edge)) for edge in (left, right, top, bottom))
    if right - left < 0.002 or bottom - top < 0.002:
        return None
    return Region(left=round(left, 4), top=round(top, 4), width=round(right - left, 4), height=round(bottom - top, 4))


def pdf_lines(page: pdfium.PdfPage, layer: pdfium.PdfTextPage) -> list[PlacedLine]:
    """The stretches of words of a PDF's page; none where it is turned, as its picture then lies otherwise."""
    if page.get_rotation():
        return []
    left, bottom, right, top = page.get_bbox()
    wide, high = max(right - left, 1.0), max(top - bottom, 1.0)
    found = []
    for at in range(min(layer.count_rects(), MOST_LINES)):
        a, b, c, d = layer.get_rect(at)
        text = " ".join(layer.get_text_bounded(a, b, c, d).split())[:LINE_CHARACTERS]
        region = region_between(((a - left) / wide, (top - d) / high), ((c - left) / wide, (top - b) / high))
        found += [PlacedLine(text=text, region=region)] if text and region else []
    return found


def place_of(text: str, lines: Iterable[PlacedLine]) -> Region | None:
    """Where a page's picture shows what a text tells: the lines that it tells most of, with those close by, and the
    rest of their sentences.

    None where it is not known, or so large that pointing at it would point at nothing.
    """
    about, known = stems(text), list(lines)
    told = [_share(line.text, about) for line in known]
    best = max(told, default=0.0)
    least = max(TOLD, best - 0.2)
    if best < least:
        return None
    first = known[told.index(best)].region
    near = {at for at, share in enumerate(told) if share >= least and abs(known[at].region.top - first.top) <= FAR}
    whole = _around([known[at].region for at in _with_the_rest(near, known)])
    return whole or _around([known[at].region for at in near])


def _with_the_rest(chosen: set[int], lines: list[PlacedLine]) -> set[int]:
    """These lines, and those into which their sentences were broken."""
    goes_on = {at for at in range(1, len(lines)) if _goes_on(lines[at - 1], lines[at])}
    found = set(chosen)
    for at in sorted(goes_on):
        if at - 1 in found:
            found.add(at)
    for at in sorted(goes_on, reverse=True):
        if at in found:
            found.add(at - 1)
    return found


def _goes_on(last: PlacedLine, line: PlacedLine) -> bool:
    """Whether a line is the rest of the one before: it stands right below, in the same size, begins or is centred where
    that one does, and begins in the middle of a sentence.
    """
    above, below = last.region, line.region
    gap = below.top - above.top - above.height
    begins, centred = below.left - above.left, below.left - above.left + (below.width - above.width) / 2
    return (
        _begins_within(last.text, line.text)
        and abs(below.height - above.height) <= above.height / 8
        and abs(gap) <= above.height / 2
        and min(abs(begins), abs(centred)) <= ALIGNED
    )


def _begins_within(last: str, line: str) -> bool:
    """Whether a line begins in the middle of a sentence: with a small letter or, where there are none, after a line
    that ends none and is no shorter.
    """
    if not is_unspaced(line[:1]):
        return line[:1].islower()
    return last[-1:] not in f"{ENDS}：；" and len(last) >= len(line)


def _share(line: str, about: frozenset[str]) -> float:
    own = stems(line)
    return len(own & about) / len(own) if own else 0.0


def _around(regions: list[Region]) -> Region | None:
    left, top = min(one.left for one in regions) - MARGIN, min(one.top for one in regions) - MARGIN
    right = max(one.left + one.width for one in regions) + MARGIN
    bottom = max(one.top + one.height for one in regions) + MARGIN
    whole = region_between((left, top), (right, bottom))
    return whole if whole and whole.width * whole.height <= WHOLE else None
