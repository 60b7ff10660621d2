"""Question banks of other programs, small and made for the tests, and what compares items."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from uuid import uuid4

from app.assessment.banks.schema import Bank
from app.assessment.schema import Item, ItemCard, MatchItem, Option

BANKS = Path(__file__).parent / "banks"
GIFT = (BANKS / "small.gift").read_text()

MOODLE = (BANKS / "moodle.xml").read_text()

QTI2_CHOICE = (BANKS / "qti2-choice.xml").read_text()

QTI2_TWO = QTI2_CHOICE.replace("</itemBody>", '<p><textEntryInteraction responseIdentifier="R2"/></p></itemBody>')

QTI2_ENTRY = (BANKS / "qti2-entry.xml").read_text()

QTI1 = (BANKS / "qti1.xml").read_text()

CARTRIDGE_MANIFEST = (BANKS / "cartridge-manifest.xml").read_text()


def cartridge(version: int = 3) -> bytes:
    """A Common Cartridge with a quiz, a good link, a link that runs script, a page, a discussion, a missing file."""
    space = "http://www.imsglobal.org/xsd/imsccv1p{}/imswl_v1p1"
    link = f'<webLink xmlns="{space}"><title>{{}}</title><url href="{{}}"/></webLink>'
    return zipped(
        {
            "imsmanifest.xml": CARTRIDGE_MANIFEST.format(version=version),
            "quiz/a.xml": QTI1,
            "link.xml": link.format(version, "Planets", "https://planets.example/list?a=1&amp;b=2"),
            "bad.xml": link.format(version, "Bad", "javascript:alert(1)"),
            "page.html": "<p>A page</p>",
            "d.xml": "<topic/>",
        }
    )


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip of these parts."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def card(item: Item, *components: str) -> ItemCard:
    """An item as the bank has it."""
    one = uuid4()
    return ItemCard(id=one, course_id=one, module_id=None, version=1, version_id=one, item=item, components=components)


def same(one: Item, other: Item) -> bool:
    """Whether two items are equal but for their options' random ids, and the place of a match's right sides."""
    return _bare(one) == _bare(other)


def _bare(item: Item) -> object:
    said = item.model_dump(exclude={"options", "left", "right", "pairs"})
    texts = {one.id: one.text for name in ("options", "left", "right") for one in _options(item, name)}
    options = [one.text for name in ("options", "left") for one in _options(item, name)]
    if isinstance(item, MatchItem):
        pairs = {texts[one]: texts[other] for one, other in item.pairs.items()}
        return said, options, {one.text for one in item.right}, pairs
    return said, options, {texts[one] for one in getattr(item, "right", [])}


def _options(item: Item, name: str) -> list[Option]:
    return [one for one in getattr(item, name, []) if isinstance(one, Option)]


def detected(folder: Path, content: bytes | str) -> Bank:
    """What the reader finds in a file, in this process."""
    from app.assessment.banks.reader_process import detect

    path = folder / "bank"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return detect(path)
