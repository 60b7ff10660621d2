"""QTI packages written: an item a file and a manifest, in QTI 2.2 or 3.0, whose names differ and whose sense does not.

What QTI has no place for (units, forgiven slips, rubrics by criterion) stands in the manifest's metadata, where other
programs pass over it.
"""

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO

from lxml import etree

from app.assessment.banks.building import Extras, plainly
from app.assessment.banks.gift_writing import extras_of
from app.assessment.banks.qti import html_of
from app.assessment.schema import (
    ChoiceItem,
    Item,
    ItemCard,
    Kind,
    MatchItem,
    NumericItem,
    OpenItem,
    OrderItem,
    TextItem,
)
from app.base.text import clean_text

OURS = "urn:lyceum:item:1"
LOM = "http://ltsc.ieee.org/xsd/LOM"
MANIFEST = "imsmanifest.xml"
MOMENT = (2000, 1, 1, 0, 0, 0)
"""Files in the package have no time of their own, so that the same questions give the same bytes."""

_UPPER = re.compile(r"(?<=[a-z])([A-Z])")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class Version:
    """How a version of QTI names things."""

    number: int
    namespace: str
    package: str
    schema: str
    schema_version: str
    resource: str
    templates: str


QTI22 = Version(
    2,
    "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "http://www.imsglobal.org/xsd/imscp_v1p1",
    "QTIv2.2 Package",
    "1.0.0",
    "imsqti_item_xmlv2p2",
    "http://www.imsglobal.org/question/qti_v2p2/rptemplates/",
)
QTI30 = Version(
    3,
    "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    "QTI Package",
    "3.0.0",
    "imsqti_item_xmlv3p0",
    "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/",
)


def write(cards: Iterable[ItemCard], version: Version = QTI30) -> bytes:
    """The package's bytes."""
    out = BytesIO()
    manifest = etree.Element(f"{{{version.package}}}manifest", nsmap={None: version.package}, identifier="lyceum")
    about = etree.SubElement(manifest, f"{{{version.package}}}metadata")
    etree.SubElement(about, f"{{{version.package}}}schema").text = version.schema
    etree.SubElement(about, f"{{{version.package}}}schemaversion").text = version.schema_version
    etree.SubElement(manifest, f"{{{version.package}}}organizations")
    resources = etree.SubElement(manifest, f"{{{version.package}}}resources")
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, card in enumerate(cards, 1):
            name = f"items/item-{number:04}.xml"
            _put(archive, name, _Writer(version).item(f"item-{number:04}", card.item))
            _list(resources, version, number, name, card)
        _put(archive, MANIFEST, manifest)
    return out.getvalue()


def _put(archive: zipfile.ZipFile, name: str, root: etree._Element) -> None:
    content = etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=name == MANIFEST)
    archive.writestr(zipfile.ZipInfo(name, MOMENT), content, zipfile.ZIP_DEFLATED)


def _list(resources: etree._Element, version: Version, number: int, name: str, card: ItemCard) -> None:
    """The item's entry, with its components as keywords."""
    space = version.package
    entry = etree.SubElement(
        resources, f"{{{space}}}resource", identifier=f"res-{number:04}", type=version.resource, href=name
    )
    about = etree.SubElement(entry, f"{{{space}}}metadata")
    if card.components:
        lom = etree.SubElement(about, f"{{{LOM}}}lom", nsmap={"lom": LOM})
        general = etree.SubElement(lom, f"{{{LOM}}}general")
        for one in card.components:
            keyword = etree.SubElement(general, f"{{{LOM}}}keyword")
            etree.SubElement(keyword, f"{{{LOM}}}string", language="en").text = _lawful(one)
    if extras := _unsaid(card.item).line():
        etree.SubElement(about, f"{{{OURS}}}item", nsmap={"lyceum": OURS}).text = _lawful(extras)
    etree.SubElement(entry, f"{{{space}}}file", href=name)


def _unsaid(item: Item) -> Extras:
    """What the item's own file does not say: marks it does."""
    extras = extras_of(item)
    extras.points = None
    if isinstance(item, NumericItem) and not (item.percent and item.tolerance):
        extras.tolerance = extras.percent = None
    return extras


def _lawful(text: str) -> str:
    """Text without the signs that XML forbids."""
    return _FORBIDDEN.sub("", clean_text(text))


class _Writer:
    """Writes one item, in the names of one version."""

    def __init__(self, version: Version) -> None:
        self._version = version

    def _name(self, name: str) -> str:
        return _UPPER.sub(lambda found: "-" + found[1].lower(), name) if self._version.number == 3 else name

    def _add(self, parent: etree._Element | None, name: str, text: str = "", **attributes: str) -> etree._Element:
        """An element of QTI's own."""
        tag = f"qti-{self._name(name)}" if self._version.number == 3 else name
        space = self._version.namespace
        given = {self._name(key.rstrip("_")): _lawful(value) for key, value in attributes.items()}
        full = f"{{{space}}}{tag}"
        made = etree.Element(full, given, {None: space}) if parent is None else etree.SubElement(parent, full, given)
        made.text = _lawful(text) or None
        return made

    def _html(self, parent: etree._Element, name: str, text: str) -> etree._Element:
        """An element of HTML around lines of text."""
        source = f'<{name} xmlns="{self._version.namespace}">{html_of(_lawful(text))}</{name}>'
        made = etree.fromstring(source, etree.XMLParser(resolve_entities=False, no_network=True))
        parent.append(made)
        return made

    def item(self, name: str, item: Item) -> etree._Element:
        """The whole item."""
        title = " ".join(item.stem.split())[:80]
        root = self._add(None, "assessmentItem", identifier=name, title=title, adaptive="false", timeDependent="false")
        self._declare(root, item)
        self._outcomes(root, item)
        body = self._add(root, "itemBody")
        self._ask(body, item)
        self._process(root, item)
        if item.explanation:
            told = self._add(
                root, "modalFeedback", outcomeIdentifier="FEEDBACK", identifier="explanation", showHide="show"
            )
            self._html(self._add(told, "contentBody") if self._version.number == 3 else told, "div", item.explanation)
        return root

    # ------------------------------------------------------------------------------------------------- declarations

    def _declare(self, root: etree._Element, item: Item) -> None:
        cardinality, base, right = _key(item)
        declared = self._add(root, "responseDeclaration", identifier="RESPONSE", cardinality=cardinality, baseType=base)
        if right:
            correct = self._add(declared, "correctResponse")
            for one in right if not isinstance(item, TextItem) else right[:1]:
                self._add(correct, "value", one)
        if isinstance(item, TextItem):
            mapping = self._add(declared, "mapping", defaultValue="0")
            for one in item.accepted:
                entry = {"mapKey": one, "mappedValue": plainly(item.points), "caseSensitive": "false"}
                self._add(mapping, "mapEntry", **entry)

    def _outcomes(self, root: etree._Element, item: Item) -> None:
        self._add(root, "outcomeDeclaration", identifier="SCORE", cardinality="single", baseType="float")
        most = self._add(root, "outcomeDeclaration", identifier="MAXSCORE", cardinality="single", baseType="float")
        self._add(self._add(most, "defaultValue"), "value", plainly(item.points))
        if item.explanation:
            self._add(root, "outcomeDeclaration", identifier="FEEDBACK", cardinality="single", baseType="identifier")

    # --------------------------------------------------------------------------------------------------- the question

    def _ask(self, body: etree._Element, item: Item) -> None:
        self._html(body, "div", item.stem)
        given = {"responseIdentifier": "RESPONSE"}
        if isinstance(item, ChoiceItem):
            most = "1" if item.kind is Kind.SINGLE else "0"
            asked = self._add(body, "choiceInteraction", shuffle="false", maxChoices=most, **given)
            for at, one in enumerate(item.options):
                self._choice(asked, "simpleChoice", f"c{at}", one.text)
        elif isinstance(item, OrderItem):
            asked = self._add(body, "orderInteraction", shuffle="true", **given)
            for at, one in enumerate(item.options):
                self._choice(asked, "simpleChoice", f"c{at}", one.text)
        elif isinstance(item, MatchItem):
            self._match(self._add(body, "matchInteraction", shuffle="true", maxAssociations="0", **given), item)
        elif isinstance(item, OpenItem):
            self._add(body, "extendedTextInteraction", **given)
            self._rubric(body, item)
        else:
            line = self._html(body, "p", "")
            self._add(line, "textEntryInteraction", **given)

    def _choice(self, parent: etree._Element, name: str, identifier: str, text: str, **more: str) -> None:
        made = self._add(parent, name, identifier=identifier, **more)
        inner = self._html(made, "div", text)
        made.text = inner.text
        for part in list(inner):
            made.append(part)
        made.remove(inner)

    def _match(self, asked: etree._Element, item: MatchItem) -> None:
        for letter, side in (("l", item.left), ("r", item.right)):
            group = self._add(asked, "simpleMatchSet")
            for at, one in enumerate(side):
                self._choice(group, "simpleAssociableChoice", f"{letter}{at}", one.text, matchMax="1")

    def _rubric(self, body: etree._Element, item: OpenItem) -> None:
        block = self._add(body, "rubricBlock", view="scorer")
        inner = self._add(block, "contentBody") if self._version.number == 3 else block
        for one in item.criteria:
            self._html(inner, "p", "\n".join([f"{one.name} ({plainly(one.points)})", *one.descriptors]))

    # ------------------------------------------------------------------------------------------------------- scoring

    def _process(self, root: etree._Element, item: Item) -> None:
        if isinstance(item, OpenItem):
            return
        processing = self._add(root, "responseProcessing")
        if isinstance(item, TextItem):
            score = self._add(processing, "setOutcomeValue", identifier="SCORE")
            self._add(score, "mapResponse", identifier="RESPONSE")
        else:
            condition = self._add(self._add(processing, "responseCondition"), "responseIf")
            self._compare(condition, item)
            score = self._add(condition, "setOutcomeValue", identifier="SCORE")
            self._add(score, "baseValue", plainly(item.points), baseType="float")
        if item.explanation:
            told = self._add(processing, "setOutcomeValue", identifier="FEEDBACK")
            self._add(told, "baseValue", "explanation", baseType="identifier")

    def _compare(self, condition: etree._Element, item: Item) -> None:
        if isinstance(item, NumericItem) and (item.tolerance or item.percent):
            width = item.percent if item.percent and not item.tolerance else _width(item)
            mode = "relative" if item.percent and not item.tolerance else "absolute"
            test = self._add(condition, "equal", toleranceMode=mode, tolerance=f"{plainly(width)} {plainly(width)}")
        else:
            test = self._add(condition, "match")
        self._add(test, "variable", identifier="RESPONSE")
        self._add(test, "correct", identifier="RESPONSE")


def _width(item: NumericItem) -> float:
    return max(item.tolerance, abs(item.value) * item.percent / 100)


def _key(item: Item) -> tuple[str, str, list[str]]:
    """Cardinality, base type and right values of an item's response."""
    if isinstance(item, ChoiceItem):
        right = [f"c{at}" for at, one in enumerate(item.options) if one.id in item.right]
        return ("single" if item.kind is Kind.SINGLE else "multiple"), "identifier", right
    if isinstance(item, OrderItem):
        return "ordered", "identifier", [f"c{at}" for at in range(len(item.options))]
    if isinstance(item, MatchItem):
        places = {one.id: f"r{at}" for at, one in enumerate(item.right)}
        return "multiple", "directedPair", [f"l{at} {places[item.pairs[one.id]]}" for at, one in enumerate(item.left)]
    if isinstance(item, NumericItem):
        return "single", "float", [plainly(item.value)]
    return "single", "string", item.accepted if isinstance(item, TextItem) else []
