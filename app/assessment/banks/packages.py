"""Zip packages with a manifest: QTI content packages and Common Cartridges 1.1 to 1.3."""

from collections import Counter
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from lxml import etree

from app.assessment.banks import moodle, qti, qti1
from app.assessment.banks.building import Extras, read_extras
from app.assessment.banks.schema import MOST_QUESTIONS, Bank, BankFormat, Found, Link
from app.base.archives import Archive, Limits, open_archive
from app.base.errors import Invalid
from app.base.xml import child, children, inside, local, read_xml, words

MANIFEST = "imsmanifest.xml"
LIMITS = Limits(parts=20_000, one=256 * 2**20, total=1024 * 2**20)
"""A cartridge may hold films, which are not read."""
NO_QUESTIONS = "There is no question in the package. Export the questions as GIFT, Moodle XML, QTI or IMSCC."
KINDS = {
    "webcontent": ("page or file", "pages or files"),
    "associatedcontent": ("page or file", "pages or files"),
    "imsdt": ("discussion", "discussions"),
    "imsbasiclti": ("link to a tool", "links to tools"),
    "imsqti_test": ("test (its questions are read by themselves)", "tests (their questions are read by themselves)"),
    "assignment": ("assignment", "assignments"),
}


def read(file: Path) -> Bank:
    """The questions and web links of a package. Raises Invalid."""
    with open_archive(file, LIMITS) as archive:
        manifest = next((name for name in archive.names if PurePosixPath(name).name == MANIFEST), "")
        bank = _by_manifest(archive, manifest) if manifest else _loose(archive)
    if not bank.found and not bank.links:
        raise Invalid(NO_QUESTIONS)
    return bank


def _by_manifest(archive: Archive, name: str) -> Bank:
    root = read_xml(archive.read(name))
    schema = words(next(iter(inside(root, "schema")), None)).lower()
    is_cartridge = "cartridge" in schema or "imscc" in str(etree.QName(root).namespace)
    bank = Bank(format=BankFormat.CARTRIDGE if is_cartridge else BankFormat.QTI2, title=_title(root))
    titles = {one.get("identifierref") or "": words(child(one, "title")) for one in inside(root, "item")}
    others: Counter[str] = Counter()
    base = PurePosixPath(name).parent
    for resource in inside(root, "resource"):
        if len(bank.found) >= MOST_QUESTIONS:
            bank.notes.append(
                f"Only the first {MOST_QUESTIONS:,} questions were read. Split the package for the others."
            )
            break
        _resource(archive, base, resource, bank, titles.get(resource.get("identifier") or "", ""), others)
    bank.notes += [_left_out(kind, count) for kind, count in others.items()]
    return bank


def _title(root: etree._Element) -> str:
    for one in inside(root, "title"):
        if any(local(up) in ("lom", "general") for up in one.iterancestors()):
            return words(one)[:200]
    return ""


def _left_out(kind: str, count: int) -> str:
    one, many = KINDS.get(kind, (f"resource of the type “{kind[:60]}”", f"resources of the type “{kind[:60]}”"))
    return f"Left out: {count:,} {one if count == 1 else many}."


def _resource(
    archive: Archive, base: PurePosixPath, resource: etree._Element, bank: Bank, title: str, others: Counter[str]
) -> None:
    kind = (resource.get("type") or "").lower()
    hrefs = [resource.get("href") or "", *(one.get("href") or "" for one in children(resource, "file"))]
    names = [str(base / unquote(one)) for one in hrefs if one]
    if kind.startswith("imsqti_item"):
        _take(bank, archive, names[:1], resource)
    elif kind.startswith("imsqti_xmlv1p2"):
        _take(bank, archive, [one for one in names[:2] if one.lower().endswith(".xml")][:1], resource)
    elif kind.startswith("imswl_xml"):
        _take_link(bank, archive, names[:1], title)
    else:
        usual = next((one for one in KINDS if kind.startswith(one)), kind)
        others[usual] += 1


def _take(bank: Bank, archive: Archive, names: list[str], resource: etree._Element | None) -> None:
    """A file's questions; a file that cannot be read is one that was dropped."""
    for name in names:
        try:
            _read_part(bank, name, read_xml(archive.read(name)), resource)
        except Invalid as trouble:
            bank.found.append(Found(place=name, why=trouble.sentence))


def _read_part(bank: Bank, name: str, root: etree._Element, resource: etree._Element | None) -> None:
    if qti.is_item(root):
        if bank.format is not BankFormat.CARTRIDGE:
            bank.format = qti.version_of(root)
        about = child(resource, "metadata") if resource is not None else None
        extras, components = _said(about) if about is not None else (Extras(), [])
        bank.found.append(qti.read_item(root, name, extras, components))
    elif qti1.is_qti1(root):
        bank.format = bank.format if bank.format is BankFormat.CARTRIDGE else BankFormat.QTI1
        bank.found += qti1.read(root, name).found
    elif moodle.is_moodle(root):
        bank.found += moodle.read(root).found
    else:
        bank.notes.append(f"“{name}” holds no question that is known here.")


def _said(about: etree._Element) -> tuple[Extras, list[str]]:
    """What the manifest says of an item: our own extras, and its keywords."""
    ours = [one for one in about if isinstance(one.tag, str) and etree.QName(one).namespace == "urn:lyceum:item:1"]
    keywords = [words(one) for one in inside(about, "keyword")]
    return read_extras(words(ours[0]) if ours else ""), [one for one in dict.fromkeys(keywords) if one]


def _take_link(bank: Bank, archive: Archive, names: list[str], title: str) -> None:
    for name in names:
        try:
            root = read_xml(archive.read(name))
        except Invalid as trouble:
            bank.notes.append(f"The web link “{name}” was left out: {trouble.sentence}")
            continue
        target = child(root, "url")
        address = ((target.get("href") or "") if target is not None else "").strip()
        if is_web(address):
            bank.links.append(Link(title=(words(child(root, "title")) or title or address)[:200], url=address))
        else:
            bank.notes.append(f"The web link “{name}” was left out: its address is not on the web.")


def is_web(address: str) -> bool:
    """Whether an address is a plain http or https one."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    odd = any(ord(sign) <= 32 or sign in "<>\"'`" for sign in address)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and len(address) <= 2_000 and not odd


def _loose(archive: Archive) -> Bank:
    """An archive of XML files without a manifest."""
    bank = Bank(format=BankFormat.QTI2, notes=["The package has no manifest; its XML files were read one by one."])
    for name in archive.names:
        if name.lower().endswith(".xml") and len(bank.found) < MOST_QUESTIONS:
            _take(bank, archive, [name], None)
    return bank
