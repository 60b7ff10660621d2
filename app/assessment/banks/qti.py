"""Items of QTI 2.x and 3.0, read by one reader: 3.0 writes `qti-choice-interaction` where 2.x has `choiceInteraction`.

Taken: choice, inline choice, text entry, match, order and extended text; an item with several interactions is left out.
"""

import re
from collections.abc import Callable

from lxml import etree, html

from app.assessment.banks.building import Draft, Extras, marks, number
from app.assessment.banks.schema import Bank, BankFormat, Found
from app.base.xml import child, children, inside, local, words

KNOWN = ("choice", "inlineChoice", "textEntry", "match", "order", "extendedText")
OTHERS = (
    *("gapMatch", "associate", "hotspot", "hottext", "graphicOrder", "graphicAssociate", "graphicGapMatch"),
    *("selectPoint", "positionObject", "slider", "media", "drawing", "upload", "custom", "portableCustom"),
    "endAttempt",
)
INTERACTIONS = frozenset(f"{name}Interaction" for name in (*KNOWN, *OTHERS))
BLANK = "_____"
SCORING = "Its own rules for scoring were left out; it is marked by its key."
FEEDBACK = "What is said about single answers was left out."

_DASH = re.compile(r"-([a-z])")


def normalised(root: etree._Element) -> etree._Element:
    """The tree without namespaces and with 2.x names throughout, in place."""
    for element in root.iter():
        if isinstance(element.tag, str):
            name = local(element)
            element.tag = _camel(name.removeprefix("qti-")) if name.startswith("qti-") else name
            for attribute in list(element.attrib):
                plain = etree.QName(attribute).localname
                camel = plain if plain.startswith(("data-", "aria-")) else _camel(plain)
                if camel != attribute:
                    element.set(camel, element.attrib.pop(attribute))
    return root


def _camel(name: str) -> str:
    return _DASH.sub(lambda found: found[1].upper(), name)


def is_item(root: etree._Element) -> bool:
    """Whether a document is an item of QTI 2.x or 3.0."""
    return local(root) in ("assessmentItem", "qti-assessment-item")


def version_of(root: etree._Element) -> BankFormat:
    """QTI 3.0 by its names, else 2.x."""
    return BankFormat.QTI3 if local(root).startswith("qti-") else BankFormat.QTI2


def read_one(root: etree._Element) -> Bank:
    """A file that is a single item."""
    return Bank(format=version_of(root), found=[read_item(root, "the file's item")])


def read_item(
    root: etree._Element, place: str, extras: Extras | None = None, components: list[str] | None = None
) -> Found:
    """One item."""
    item = normalised(root)
    found = Found(place=place, title=" ".join((item.get("title") or "").split()), components=components or [])
    draft = Draft(found, extras=extras or Extras(), points=_points(item))
    body = child(item, "itemBody")
    asked = [one for one in body.iter() if local(one) in INTERACTIONS] if body is not None else []
    found.form = ", ".join(dict.fromkeys(local(one).removesuffix("Interaction") for one in asked))
    if body is None or not asked:
        return draft.drop("It asks nothing: it has no interaction.")
    if len(asked) > 1:
        return draft.drop("It asks several things in one item, which is not known here.")
    reader = READERS.get(local(asked[0]))
    if reader is None:
        return draft.drop(f"Interactions of the kind “{found.form}” are not known here.")
    _around(draft, item, body, asked[0])
    return reader(draft, item, asked[0])


def _points(item: etree._Element) -> float:
    for one in children(item, "outcomeDeclaration"):
        if one.get("identifier") == "MAXSCORE" and (value := words(child(one, "defaultValue"))):
            return marks(value)
        if one.get("identifier") == "SCORE" and one.get("normalMaximum"):
            return marks(one.get("normalMaximum") or "1")
    return 1.0


def _around(draft: Draft, item: etree._Element, body: etree._Element, asked: etree._Element) -> None:
    """The question: what stands in the body beside the interaction, and its prompt; and what is said afterwards."""
    prompt = child(asked, "prompt")
    inner = _inner(prompt) if prompt is not None else ""
    told = [one for one in children(item, "modalFeedback") if one.get("identifier") == "explanation"]
    rest = [one for one in children(item, "modalFeedback") if one not in told] + inside(
        item, "feedbackInline", "feedbackBlock"
    )
    draft.explanation = "<br>".join(_inner(one) for one in told)
    if rest:
        draft.lose(FEEDBACK)
    for block in inside(body, "rubricBlock", "feedbackInline", "feedbackBlock", "templateBlock", "stylesheet"):
        if local(block) == "rubricBlock" and not draft.extras.criteria and "scorer" in (block.get("view") or ""):
            draft.lose("What was written for its markers was left out; put it into the rubric.")
        _cut(block)
    is_inline = local(asked) in ("textEntryInteraction", "inlineChoiceInteraction")
    gap = etree.Element("span")
    gap.text = BLANK if is_inline else ""
    gap.tail = asked.tail
    parent = asked.getparent()
    if parent is not None:
        parent.replace(asked, gap)
    stem = _inner(body)
    draft.stem = "<br>".join(one for one in (stem, inner) if draft.words(one))
    if is_inline:
        draft.stem = _without_last_gap(draft, draft.stem)
    if inside(item, "templateDeclaration"):
        draft.lose("Its values that change from one learner to the next were left out.")


def _without_last_gap(draft: Draft, stem: str) -> str:
    """A gap at the end of a question is only where the answer goes."""
    text = draft.words(stem)
    return html_of(text.removesuffix(BLANK).rstrip()) if text.endswith(BLANK) and text != BLANK else stem


def html_of(text: str) -> str:
    """Plain text as HTML that reads back as it is."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\n", "<br/>")


def _cut(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + (element.tail or "")
    else:
        parent.text = (parent.text or "") + (element.tail or "")
    parent.remove(element)


def _inner(element: etree._Element) -> str:
    """What stands within an element, as HTML."""
    whole = html.tostring(element, encoding="unicode", with_tail=False, method="html")
    return str(whole)


def _declaration(item: etree._Element, asked: etree._Element) -> etree._Element:
    name = asked.get("responseIdentifier") or "RESPONSE"
    for one in children(item, "responseDeclaration"):
        if one.get("identifier") == name:
            return one
    return etree.Element("responseDeclaration")


def _correct(declaration: etree._Element) -> list[str]:
    right = child(declaration, "correctResponse")
    return [words(one) for one in children(right, "value")] if right is not None else []


def _mapped(declaration: etree._Element) -> dict[str, float]:
    mapping = child(declaration, "mapping")
    entries = children(mapping, "mapEntry") if mapping is not None else []
    return {one.get("mapKey") or "": number(one.get("mappedValue") or "0") or 0.0 for one in entries}


def _choice(draft: Draft, item: etree._Element, asked: etree._Element) -> Found:
    declaration = _declaration(item, asked)
    right = set(_correct(declaration)) or {key for key, value in _mapped(declaration).items() if value > 0}
    gained = {value for key, value in _mapped(declaration).items() if value > 0}
    if len(gained) > 1:
        draft.lose(SCORING)
    options = [one for one in asked.iter() if local(one) in ("simpleChoice", "inlineChoice")]
    many = declaration.get("cardinality", "single") == "multiple"
    return draft.choice([(_inner(one), one.get("identifier") in right) for one in options], many=many)


def _entry(draft: Draft, item: etree._Element, asked: etree._Element) -> Found:
    declaration = _declaration(item, asked)
    right = _correct(declaration)
    mapped = _mapped(declaration)
    best = max(mapped.values(), default=0.0)
    if any(0 < value < best for value in mapped.values()):
        draft.lose("Marks for answers that are partly right were left out.")
    if declaration.get("baseType") in ("float", "integer"):
        value = number(right[0]) if right else None
        if value is None:
            return draft.drop("Its right number cannot be read.")
        return draft.numeric(value, *_tolerance(item))
    return draft.text(dict.fromkeys([*right, *(key for key, value in mapped.items() if value == best > 0)]))


def _tolerance(item: etree._Element) -> tuple[float, float]:
    """Absolute and relative (percent) tolerance, where the response is compared with one."""
    for one in inside(item, "equal"):
        width = number((one.get("tolerance") or "0").split()[0] if one.get("tolerance") else "0") or 0.0
        if one.get("toleranceMode") == "absolute":
            return abs(width), 0.0
        if one.get("toleranceMode") == "relative":
            return 0.0, abs(width)
    return 0.0, 0.0


def _order(draft: Draft, item: etree._Element, asked: etree._Element) -> Found:
    choices = {one.get("identifier"): _inner(one) for one in children(asked, "simpleChoice")}
    order = _correct(_declaration(item, asked))
    if sorted(order) != sorted(str(one) for one in choices):
        return draft.drop("Its right order does not name each of its parts once.")
    return draft.order([choices[one] for one in order])


def _match(draft: Draft, item: etree._Element, asked: etree._Element) -> Found:
    sets = children(asked, "simpleMatchSet")
    if len(sets) != 2:
        return draft.drop("It does not have two sides to match.")
    left, right = (
        {one.get("identifier") or "": _inner(one) for one in children(side, "simpleAssociableChoice")} for side in sets
    )
    declaration = _declaration(item, asked)
    named = _correct(declaration) or [key for key, value in _mapped(declaration).items() if value > 0]
    pairs: dict[str, str] = {}
    for one in named:
        ends = [*one.split(), "", ""][:2]
        first, second = ends if ends[0] in left else ends[::-1]
        if first not in left or second not in right:
            return draft.drop("Its right pairs name parts that it does not have.")
        if first in pairs:
            return draft.drop("A part of it has several partners, which is not known here.")
        pairs[first] = second
    if set(pairs) != set(left):
        return draft.drop("Not each thing on its left has a partner.")
    spare = [text for name, text in right.items() if name not in pairs.values()]
    return draft.match([(left[one], right[other]) for one, other in pairs.items()], spare)


def _open(draft: Draft, item: etree._Element, asked: etree._Element) -> Found:
    return draft.open()


READERS: dict[str, Callable[[Draft, etree._Element, etree._Element], Found]] = {
    "choiceInteraction": _choice,
    "inlineChoiceInteraction": _choice,
    "textEntryInteraction": _entry,
    "orderInteraction": _order,
    "matchInteraction": _match,
    "extendedTextInteraction": _open,
}
