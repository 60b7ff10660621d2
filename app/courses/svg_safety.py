"""SVG that is safe to hand to a browser: drawing elements only, nothing that runs, nothing from elsewhere."""

import base64
import binascii
import re

from lxml import etree

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
# fmt: off
DRAWING = frozenset([
    "svg", "g", "defs", "symbol", "use", "title", "desc", "text", "tspan", "textPath", "rect", "path",
    "circle", "ellipse", "line", "polyline", "polygon", "image", "linearGradient", "radialGradient",
    "stop", "pattern", "clipPath", "mask", "marker", "filter", "feGaussianBlur", "feOffset", "feFlood",
    "feBlend", "feColorMatrix", "feComponentTransfer", "feFuncR", "feFuncG", "feFuncB", "feFuncA",
    "feComposite", "feMerge", "feMergeNode", "feMorphology", "feDropShadow", "feTile",
    "feDiffuseLighting", "feSpecularLighting", "fePointLight", "feDistantLight", "feSpotLight",
    "feTurbulence", "feDisplacementMap"
])
# fmt: on
VISIBLE = frozenset(["text", "path", "circle", "ellipse", "line", "polyline", "polygon", "image", "use"])
DEPTH = 3

_PIXELS = re.compile(r"data:image/(png|jpeg|jpg|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]*", re.IGNORECASE)
_NESTED = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=\s]*)", re.IGNORECASE)
_OUTSIDE = re.compile(r"url\(\s*['\"]?\s*(?!#)|expression\(|javascript:|@import|\\", re.IGNORECASE)
_SERIF = re.compile(
    r"times|georgia|garamond|cambria|palatino|antiqua|century|bodoni|baskerville|(?<!sans[ -])serif", re.IGNORECASE
)
_MONO = re.compile(r"consolas|courier|mono|menlo|source code|fira code", re.IGNORECASE)


class UnsafeSvg(ValueError):
    """Not an SVG this project would show."""


def safe_svg(content: bytes, fonts: dict[str, str] | None, depth: int = DEPTH) -> tuple[bytes, bool]:
    """The drawing without anything active or remote, and whether anything but a background is drawn.

    `fonts` maps a deck's theme font references (such as "+mn-lt") to families; with None, fonts stay as
    they are, and a drawing that went through here comes out the same. Raises UnsafeSvg.
    """
    root = parse_svg(content)
    for element in list(root.iter()):
        _clean(element, fonts, depth)
    drawn = sum(1 for element in root.iter(*(f"{{{SVG}}}{name}" for name in VISIBLE)))
    boxes = sum(1 for _ in root.iter(f"{{{SVG}}}rect"))
    return etree.tostring(root, encoding="utf-8"), drawn > 0 or boxes > 1


def parse_svg(content: bytes) -> etree._Element:
    """The root of an SVG document without a DTD; comments and processing instructions are gone. Raises UnsafeSvg."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise UnsafeSvg("not well-formed") from error
    if root.tag != f"{{{SVG}}}svg" or root.getroottree().docinfo.internalDTD is not None:
        raise UnsafeSvg("not a plain SVG document")
    return root


def _clean(element: etree._Element, fonts: dict[str, str] | None, depth: int) -> None:
    name = element.tag
    if not isinstance(name, str) or not name.startswith(f"{{{SVG}}}") or name.split("}")[1] not in DRAWING:
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)
        return
    for attribute, value in list(element.attrib.items()):
        kept = _kept(str(attribute), str(value), None if fonts is None else {}, depth)
        if kept is None:
            del element.attrib[attribute]
        elif attribute == "font-family" and fonts is not None:
            element.set("font-family", family(kept, fonts))
        elif kept != value:
            element.set(attribute, kept)


def _kept(attribute: str, value: str, fonts: dict[str, str] | None, depth: int) -> str | None:
    """The attribute's value as it may stay, or None where it must go."""
    if attribute in ("href", f"{{{XLINK}}}href"):
        return _reference(value, fonts, depth)
    if attribute.lower().startswith(("on", "data-")) or _OUTSIDE.search(value):
        return None
    return value


def _reference(value: str, fonts: dict[str, str] | None, depth: int) -> str | None:
    if value.startswith("#") or _PIXELS.fullmatch(value):
        return value
    nested = _NESTED.fullmatch(value)
    if nested is None or depth == 0:
        return None
    try:
        inner, _ = safe_svg(base64.b64decode(nested[1]), fonts, depth - 1)
    except (UnsafeSvg, binascii.Error):
        return None
    return "data:image/svg+xml;base64," + base64.b64encode(inner).decode("ascii")


def family(wanted: str, fonts: dict[str, str]) -> str:
    """A font list that ends in a family every machine has: most do not have what the slide's author used."""
    name = fonts.get(wanted[:3], "") if wanted.startswith("+") else wanted.split(",")[0].strip(" '\"")
    if _MONO.search(name):
        return f"'{name}', 'DejaVu Sans Mono', Menlo, monospace"
    if _SERIF.search(name):
        return f"'{name}', 'Liberation Serif', 'Times New Roman', serif"
    named = f"'{name}', " if re.fullmatch(r"[\w .-]+", name) else ""
    return f"{named}Carlito, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
