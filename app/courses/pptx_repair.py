"""A PPTX with damaged parts, made readable: python-pptx parses all parts at once, so one bad page would lose all."""

import re
import zipfile
from io import BytesIO
from pathlib import Path

from lxml import etree

SLIDE = re.compile(r"ppt/slides/slide\d+\.xml")
EMPTY_SLIDE = (
    b'<p:sld xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    b'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><p:cSld><p:spTree><p:nvGrpSpPr>'
    b'<p:cNvPr id="1" name=""/><p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/></p:spTree></p:cSld></p:sld>'
)
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]|\xed[\xa0-\xbf][\x80-\xbf]")
_REFERENCE = re.compile(rb"&#(?:x([0-9a-fA-F]{1,8})|(\d{1,9}));")


def repaired(file: Path) -> tuple[BytesIO, set[str]]:
    """The deck with its damaged XML parts mended as far as they go, and the names of the slides that lost something.

    Raises zipfile.BadZipFile where even the zip is damaged.
    """
    out, hurt = BytesIO(), set()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for name in dict.fromkeys(old.namelist()):
            content = old.read(name)
            if name.endswith((".xml", ".rels")) and not _is_xml(content):
                content, whole = _mended(name, content)
                if not whole and SLIDE.fullmatch(name):
                    hurt.add(f"/{name}")
            new.writestr(name, content)
    out.seek(0)
    return out, hurt


def _is_xml(content: bytes) -> bool:
    try:
        etree.fromstring(content, _parser())
    except etree.XMLSyntaxError:
        return False
    return True


def _mended(name: str, content: bytes) -> tuple[bytes, bool]:
    """The part as XML, and whether only signs that XML forbids had to go."""
    cleaned = _REFERENCE.sub(_lawful, _FORBIDDEN.sub(b"", content))
    if _is_xml(cleaned):
        return cleaned, True
    root = etree.fromstring(cleaned, _parser(recover=True)) if cleaned.strip() else None
    if root is None:
        return EMPTY_SLIDE if SLIDE.fullmatch(name) else content, False
    return bytes(etree.tostring(root, encoding="utf-8", xml_declaration=True, standalone=True)), False


def _lawful(reference: "re.Match[bytes]") -> bytes:
    number = int(reference[1], 16) if reference[1] else int(reference[2])
    allowed = number in (9, 10, 13) or 32 <= number < 0xD800 or 0xE000 <= number < 0xFFFE or 0xFFFF < number < 0x110000
    return reference[0] if allowed else b""


def _parser(*, recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=recover)
