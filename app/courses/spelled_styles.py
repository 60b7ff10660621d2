"""A deck's inherited looks, spelled out on each slide: the drawing program knows no shape styles.

PowerPoint draws a plain new shape by reference (fill, line and font colour come from the theme, a placeholder's
anchor, size and bullets from its layout). Undrawn, such shapes would leave white pages or white words on white.
"""

from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from typing import Any

from pptx.oxml.ns import qn
from pptx.presentation import Presentation as Deck
from pptx.shapes.base import BaseShape
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from app.courses.page_trouble import PAGE_TROUBLE
from app.courses.slide_words import TITLES

FILLS = [qn(f"a:{name}") for name in ("noFill", "solidFill", "gradFill", "blipFill", "pattFill", "grpFill")]
LINE_FILLS = FILLS[:3]
AFTER_FILL = [qn(f"a:{name}") for name in ("ln", "effectLst", "effectDag", "scene3d", "sp3d", "extLst")]
AFTER_LINE = AFTER_FILL[1:]
DEFAULT_LINE_EMU = "9525"
DEFAULT_INSET_EMU = 45_720
EMU_PER_POINT = 12_700
WHOLE = 100_000
LINE_PITCH = 1.2
"""Slides set lines this far apart, in sizes of their letters, and give percentages of that."""

_SPACING = ["lnSpc", "spcBef", "spcAft"]
_BULLET_LOOKS = ["buClrTx", "buClr", "buSzTx", "buSzPct", "buSzPts", "buFontTx", "buFont"]
_BULLETS = ["buNone", "buAutoNum", "buChar", "buBlip"]
_FITS = ["noAutofit", "normAutofit", "spAutoFit"]
_RUN = ["ln", "noFill", "solidFill", "gradFill", "blipFill", "pattFill", "grpFill", "effectLst", "effectDag"]
_FONTS = ["highlight", "latin", "ea", "cs", "sym"]
ORDER = [
    qn(f"a:{name}")
    for name in [*_FITS, *_SPACING, *_BULLET_LOOKS, *_BULLETS, "tabLst", "defRPr", *_RUN, *_FONTS, "extLst"]
]
ONE_OF = {
    **{qn(f"a:{name}"): "fit" for name in _FITS},
    **{qn(f"a:{name}"): "bullet" for name in _BULLETS},
    **dict.fromkeys(FILLS, "fill"),
}


def spell_out(deck: Deck) -> None:
    """Write what every slide's shapes inherit (fill, line, font colour, text layout) onto the shapes themselves.

    A slide too broken for it stays as it is.
    """
    for slide in deck.slides:
        with suppress(*PAGE_TROUBLE):
            _spell_slide(slide)


def _spell_slide(slide: Slide) -> None:
    masters = slide.slide_layout.slide_master._element.find(qn("p:txStyles"))
    for shape in _all_shapes(slide.shapes):
        _spell_layout(shape, masters)
        style = shape._element.find(qn("p:style"))
        properties = shape._element.find(qn("p:spPr"))
        if style is not None and properties is not None:
            _spell_fill(properties, style)
            _spell_line(properties, style)
            _spell_font(shape._element, style)


def _all_shapes(shapes: Any) -> Iterator[BaseShape]:
    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _all_shapes(shape.shapes)
        else:
            yield shape


def _spell_fill(properties: Any, style: Any) -> None:
    colour = _colour(style, "a:fillRef")
    if colour is not None and not any(child.tag in FILLS for child in properties):
        _insert_before(properties, _solid(properties, colour), AFTER_FILL)


def _spell_line(properties: Any, style: Any) -> None:
    colour = _colour(style, "a:lnRef")
    if colour is None:
        return
    line = properties.find(qn("a:ln"))
    if line is None:
        line = properties.makeelement(qn("a:ln"), {"w": DEFAULT_LINE_EMU})
        _insert_before(properties, line, AFTER_LINE)
    if not any(child.tag in LINE_FILLS for child in line):
        line.insert(0, _solid(line, colour))


def _spell_font(element: Any, style: Any) -> None:
    reference = style.find(qn("a:fontRef"))
    if reference is None or not len(reference):
        return
    for run in element.iter(qn("a:r")):
        looks = run.find(qn("a:rPr"))
        if looks is None:
            looks = run.makeelement(qn("a:rPr"), {})
            run.insert(0, looks)
        if not any(child.tag in FILLS for child in looks):
            line_first = 1 if looks.find(qn("a:ln")) is not None else 0
            looks.insert(line_first, _solid(looks, reference[0]))


def _spell_layout(shape: BaseShape, masters: Any) -> None:
    """Anchor, insets, sizes and bullets as the list styles of the shape, its layout and its master have them."""
    body = shape._element.find(qn("p:txBody"))
    if body is None:
        return
    styles = []
    for inherited in _ancestry(shape):
        _fill_in(_child(body, qn("a:bodyPr"), 0), _child(inherited, qn("a:bodyPr"), 0))
        styles.append(_child(inherited, qn("a:lstStyle"), 1))
    if shape.is_placeholder and masters is not None:
        name = "p:titleStyle" if shape.placeholder_format.type in TITLES else "p:bodyStyle"
        styles += masters.findall(qn(name))
    for paragraph in body.iter(qn("a:p")):
        _spell_paragraph(paragraph, styles)
    for other in list(body.iter(qn("a:cs"), qn("a:ea"))):
        other.getparent().remove(other)  # the program would set Latin words in the fonts for other scripts
    _shrink(body)
    frame = body.find(qn("a:bodyPr"))
    if frame.get("vert", "horz") == "horz":
        shape.name = _text_name(frame.get("anchor", "t"), _spacing(body), _edges(shape, frame))


def _text_name(anchor: str, spacing: tuple[float, float], edges: tuple[float, float]) -> str:
    """A shape's name in the drawing: what its text hangs from, how lines and paragraphs are spaced, and its edges."""
    return "text " + " ".join([anchor, *(f"{number:.3f}" for number in (*spacing, *edges))])


def _edges(shape: BaseShape, frame: Any) -> tuple[float, float]:
    """Top and bottom of the text's room, in points down the slide; equal where that is not simply known."""
    if _is_scaled(shape._element) or shape.top is None or not shape.height or getattr(shape, "rotation", None):
        return 0.0, 0.0
    inside = [int(frame.get(name, DEFAULT_INSET_EMU)) for name in ("tIns", "bIns")]
    return (shape.top + inside[0]) / EMU_PER_POINT, (shape.top + shape.height - inside[1]) / EMU_PER_POINT


def _spacing(body: Any) -> tuple[float, float]:
    """The distance of lines in sizes of their letters, and the points before a paragraph; the second's, as the first
    paragraph has nothing above it."""
    paragraphs = body.findall(qn("a:p"))
    own = _child(paragraphs[min(1, len(paragraphs) - 1)], qn("a:pPr"), 0)
    size = max((int(looks.get("sz", 1800)) for looks in body.iter(qn("a:rPr"))), default=1800) / 100
    lines, before = own.find(qn("a:lnSpc")), own.find(qn("a:spcBef"))
    pitch = _points(lines, size * LINE_PITCH) / size if lines is not None else LINE_PITCH
    return pitch, _points(before, size) if before is not None else 0.0


def _points(spacing: Any, whole: float) -> float:
    """A spacing in points; percentages are of `whole`."""
    share, points = spacing.find(qn("a:spcPct")), spacing.find(qn("a:spcPts"))
    if points is not None:
        return int(points.get("val")) / 100
    return whole * int(share.get("val")) / WHOLE if share is not None else 0.0


def _is_scaled(element: Any) -> bool:
    """Whether a group around the shape moves or scales it, so that its own place is not the one on the slide."""
    group = element.getparent()
    while group is not None and group.tag == qn("p:grpSp"):
        frame = group.find(f"{qn('p:grpSpPr')}/{qn('a:xfrm')}")
        if frame is not None and not (_same(frame, "off", "chOff") and _same(frame, "ext", "chExt")):
            return True
        group = group.getparent()
    return False


def _same(frame: Any, outer: str, inner: str) -> bool:
    one, other = frame.find(qn(f"a:{outer}")), frame.find(qn(f"a:{inner}"))
    return one is not None and other is not None and dict(one.attrib) == dict(other.attrib)


def _shrink(body: Any) -> None:
    """Text that PowerPoint shrank to fit says so once, in thousandths of a percent; say it in each size."""
    fit = body.find(f"{qn('a:bodyPr')}/{qn('a:normAutofit')}")
    scale = int(fit.get("fontScale", WHOLE)) / WHOLE if fit is not None else 1.0
    for looks in body.iter(qn("a:rPr")) if scale != 1.0 else ():
        if looks.get("sz"):
            looks.set("sz", str(round(int(looks.get("sz")) * scale)))


def _ancestry(shape: BaseShape) -> Iterator[Any]:
    """The text bodies of the shape, its layout's and its master's placeholder."""
    one: Any = shape
    while one is not None:
        body = one._element.find(qn("p:txBody"))
        if body is not None:
            yield body
        one = getattr(one, "_base_placeholder", None) if one.is_placeholder else None


def _spell_paragraph(paragraph: Any, styles: list[Any]) -> None:
    own = _child(paragraph, qn("a:pPr"), 0)
    level = qn(f"a:lvl{int(own.get('lvl', '0')) + 1}pPr")
    for source in [found for style in styles if (found := style.find(level)) is not None]:
        letters = source.find(qn("a:defRPr"))
        _fill_in(own, source, leave=(qn("a:defRPr"),))
        for run in paragraph.iter(qn("a:r")) if letters is not None else ():
            _fill_in(_child(run, qn("a:rPr"), 0), letters)


def _child(parent: Any, name: str, place: int) -> Any:
    """The child of this name, made at this place where it is missing."""
    found = parent.find(name)
    if found is None:
        found = parent.makeelement(name, {})
        parent.insert(place, found)
    return found


def _fill_in(element: Any, source: Any, leave: tuple[str, ...] = ()) -> None:
    """Attributes and children that `element` lacks, copied from `source`; what it has stays, and `leave` is left."""
    for key, value in source.attrib.items():
        if key not in element.attrib:
            element.set(key, value)
    kinds = {_kind(child) for child in element}
    for child in source:
        if child.tag not in leave and _kind(child) not in kinds:
            _insert_in_order(element, deepcopy(child))


def _kind(element: Any) -> str:
    """The element's choice group: a list level has one bullet, text one fill and one way to fit."""
    return ONE_OF.get(element.tag, str(element.tag))


def _insert_in_order(element: Any, child: Any) -> None:
    """Where the schema wants it."""
    rank = {name: index for index, name in enumerate(ORDER)}
    later = [name for name in ORDER if rank[name] > rank.get(child.tag, -1)]
    _insert_before(element, child, later)


def _colour(style: Any, reference: str) -> Any:
    """The colour element of a style reference; None where it refers to nothing (index 0)."""
    found = style.find(qn(reference))
    return found[0] if found is not None and len(found) and found.get("idx") != "0" else None


def _solid(parent: Any, colour: Any) -> Any:
    fill = parent.makeelement(qn("a:solidFill"), {})
    fill.append(deepcopy(colour))
    return fill


def _insert_before(parent: Any, child: Any, later: list[str]) -> None:
    """Schema order: before the first of `later`, else at the end."""
    for index, one in enumerate(parent):
        if one.tag in later:
            parent.insert(index, child)
            return
    parent.append(child)
