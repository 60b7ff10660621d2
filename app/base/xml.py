"""XML of strangers: no document type with entities, nothing fetched, nothing expanded, no depth without end."""

import re

from lxml import etree

from app.base.errors import Invalid

XML_BYTES = 40 * 2**20
ENTITIES = (
    "The file declares XML entities, which can be used to attack a server, so it was not opened. Export it again."
)
NOT_XML = "The file is no XML that can be read; it may be damaged or cut off. Export it again."
TOO_BIG = f"An XML file of more than {XML_BYTES // 2**20} MB was not opened. Split it and send the parts."

_CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)


def read_xml(content: bytes) -> etree._Element:
    """The root of a document without comments and processing instructions. Raises Invalid.

    A plain document type is left unread; one that declares entities is refused, before parsing and after it.
    """
    if len(content) > XML_BYTES:
        raise Invalid(TOO_BIG)
    if b"<!ENTITY" in _CDATA.sub(b"", content.replace(b"\x00", b"")):
        raise Invalid(ENTITIES)
    try:
        root = etree.fromstring(content.lstrip(b" \t\r\n"), _parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Invalid(NOT_XML) from error
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and next(dtd.iterentities(), None) is not None:
        raise Invalid(ENTITIES)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def local(element: etree._Element) -> str:
    """An element's name without its namespace; "" for what is no element."""
    return str(etree.QName(element).localname) if isinstance(element.tag, str) else ""


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """The children of that name, whatever their namespace."""
    return [one for one in element if local(one) == name]


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that name."""
    return next((one for one in element if local(one) == name), None)


def inside(element: etree._Element, *names: str) -> list[etree._Element]:
    """All elements of these names within, in document order."""
    return [one for one in element.iter() if local(one) in names]


def words(element: etree._Element | None) -> str:
    """All text within, stripped; "" without an element."""
    return "".join(str(one) for one in element.itertext()).strip() if element is not None else ""
