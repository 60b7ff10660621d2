"""QTI 1.2 as Common Cartridges and older systems write it, read."""

from dataclasses import dataclass

from lxml import etree

from app.assessment.banks.building import Draft, marks, number
from app.assessment.banks.qti import FEEDBACK, SCORING, html_of
from app.assessment.banks.schema import Bank, BankFormat, Found
from app.base.errors import Invalid
from app.base.xml import child, children, inside, local, words

PATTERN = "Its answers are patterns, which are not known here; each is taken as it is written."


@dataclass
class Rule:
    """A condition that earns marks: `equals` are (response, value) pairs that must hold, `nots` that must not."""

    score: float
    equals: list[tuple[str, str]]
    nots: list[tuple[str, str]]
    low: float | None = None
    high: float | None = None


def is_qti1(root: etree._Element) -> bool:
    """Whether a document is of QTI 1.2."""
    return local(root) == "questestinterop"


def read(root: etree._Element, where: str = "") -> Bank:
    """The items of a document. Raises Invalid where there is none."""
    bank = Bank(format=BankFormat.QTI1)
    for at, item in enumerate(inside(root, "item"), 1):
        bank.found.append(_item(item, f"{where}: item {at}" if where else f"item {at}"))
    if not bank.found:
        raise Invalid("There is no question in the file.")
    return bank


def _item(item: etree._Element, place: str) -> Found:
    fields = {
        words(child(one, "fieldlabel")).lower(): words(child(one, "fieldentry"))
        for one in inside(item, "qtimetadatafield")
    }
    profile = fields.get("cc_profile") or fields.get("question_type") or fields.get("qmd_itemtype") or ""
    found = Found(place=place, title=" ".join((item.get("title") or "").split()), form=profile)
    draft = Draft(found, points=marks(fields.get("cc_weighting") or fields.get("points_possible") or "1"))
    presentation = child(item, "presentation")
    if presentation is None:
        return draft.drop("It has no presentation.")
    draft.stem = _stem(presentation)
    _feedback(draft, item)
    return _answered(draft, item, presentation, profile.lower())


def _stem(presentation: etree._Element) -> str:
    """The material that stands before the answers, also within flows."""
    answers = ("response_lid", "response_str", "response_num", "response_label")
    texts = [
        _material(one)
        for one in inside(presentation, "material")
        if not any(local(up) in answers for up in one.iterancestors())
    ]
    return "<br>".join(one for one in texts if one)


def _material(material: etree._Element) -> str:
    """The text of a material as HTML."""
    parts = []
    for one in material.iter():
        if local(one) == "mattext":
            text = words(one)
            parts.append(text if one.get("texttype", "text/plain") == "text/html" else html_of(text))
        elif local(one) in ("matimage", "mataudio", "matvideo"):
            parts.append("<img>" if local(one) == "matimage" else "<audio></audio>")
    return "<br>".join(parts)


def _feedback(draft: Draft, item: etree._Element) -> None:
    for one in children(item, "itemfeedback"):
        text = "<br>".join(_material(material) for material in inside(one, "material"))
        if (one.get("ident") or "").lower() in ("general_fb", "general", "explanation", "solution"):
            draft.explanation = text
        elif draft.words(text):
            draft.lose(FEEDBACK)


def _answered(draft: Draft, item: etree._Element, presentation: etree._Element, profile: str) -> Found:
    lids, strings = inside(presentation, "response_lid"), inside(presentation, "response_str", "response_num")
    rules = _rules(item)
    if len(lids) == 1 and not strings:
        return _choice(draft, lids[0], rules)
    if len(lids) > 1 and not strings:
        return _match(draft, lids, rules)
    if len(strings) == 1 and not lids:
        return _entry(draft, strings[0], rules, profile)
    if not lids and not strings:
        return draft.drop("It asks nothing: it has no answers.")
    return draft.drop("It asks several things in one item, which is not known here.")


def _rules(item: etree._Element) -> list[Rule]:
    """The conditions that add marks."""
    found = []
    for one in inside(item, "respcondition"):
        scores = [number(words(var) or "0") or 0.0 for var in children(one, "setvar")]
        condition = child(one, "conditionvar")
        if condition is None or max(scores, default=0.0) <= 0:
            continue
        rule = Rule(max(scores), [], [])
        for test in condition.iter():
            _test(rule, test)
        found.append(rule)
    return found


def _test(rule: Rule, test: etree._Element) -> None:
    name, value = local(test), words(test)
    pair = (test.get("respident") or "", value)
    if name in ("varequal", "varsubstring", "varsubset"):
        is_not = any(local(up) == "not" for up in test.iterancestors())
        (rule.nots if is_not else rule.equals).append(pair)
    elif name in ("vargte", "vargt"):
        rule.low = number(value)
    elif name in ("varlte", "varlt"):
        rule.high = number(value)


def _labels(lid: etree._Element) -> dict[str, str]:
    found = {}
    for label in inside(lid, "response_label"):
        found[label.get("ident") or ""] = "<br>".join(_material(one) for one in inside(label, "material"))
    return found


def _choice(draft: Draft, lid: etree._Element, rules: list[Rule]) -> Found:
    labels = _labels(lid)
    many = (lid.get("rcardinality") or "Single").lower() == "multiple"
    best = max((rule.score for rule in rules), default=0.0)
    if any(rule.score < best for rule in rules):
        draft.lose(SCORING)
    rules = [rule for rule in rules if rule.score == best]
    right = {value for rule in rules for _, value in rule.equals}
    if many and len(rules) > 1:
        draft.lose(SCORING)
    return draft.choice([(text, name in right) for name, text in labels.items()], many=many or len(right) > 1)


def _match(draft: Draft, lids: list[etree._Element], rules: list[Rule]) -> Found:
    """Several lists with the same choices are a matching question, as Canvas writes it."""
    right: dict[str, str] = {}
    for rule in rules:
        for name, value in rule.equals:
            right.setdefault(name, value)
    choices = _labels(lids[0])
    if any(set(_labels(one).values()) != set(choices.values()) for one in lids):
        return draft.drop("It asks several things in one item, which is not known here.")
    pairs = []
    for one in lids:
        partner = _labels(one).get(right.get(one.get("ident") or "", ""))
        if partner is None:
            return draft.drop("Not each thing on its left has a partner.")
        pairs.append(("<br>".join(_material(part) for part in children(one, "material")), partner))
    used = {other for _, other in pairs}
    return draft.match(pairs, [text for text in choices.values() if text not in used])


def _entry(draft: Draft, entry: etree._Element, rules: list[Rule], profile: str) -> Found:
    if "essay" in profile or not rules:
        return draft.open()
    values = [value for rule in rules for _, value in rule.equals]
    if "pattern" in profile:
        draft.lose(PATTERN)
    kind = " ".join(str(one.get("fibtype") or "") for one in inside(entry, "render_fib")).lower()
    if "numer" in profile or "decimal" in kind or "integer" in kind or local(entry) == "response_num":
        return _numeric(draft, rules, values)
    return draft.text(values)


def _numeric(draft: Draft, rules: list[Rule], values: list[str]) -> Found:
    numbers = [value for one in values if (value := number(one)) is not None]
    span = next(((one.low, one.high) for one in rules if one.low is not None and one.high is not None), None)
    if span is not None and span[0] is not None and span[1] is not None:
        middle = numbers[0] if numbers else (span[0] + span[1]) / 2
        return draft.numeric(middle, max(abs(middle - span[0]), abs(span[1] - middle)))
    return draft.numeric(numbers[0]) if numbers else draft.drop("Its right number cannot be read.")
