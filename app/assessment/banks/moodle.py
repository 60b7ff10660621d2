"""Moodle's XML format for questions, read: the types that have a counterpart here, the others named and left out."""

from collections.abc import Callable

from lxml import etree

from app.assessment.banks.building import ANSWERS_TALK, UNEVEN, WEIGHTS, Draft, marks, number
from app.assessment.banks.gift import category_name
from app.assessment.banks.schema import MOST_QUESTIONS, Bank, BankFormat, Found
from app.assessment.grading import has_known_unit
from app.base.errors import Invalid
from app.base.xml import child, children, local, words

NAMES = {
    "description": "It asks nothing: it is a text without answers.",
    "cloze": "Questions with several gaps in one text are not known here.",
    "multianswer": "Questions with several gaps in one text are not known here.",
    "ddwtos": "Dragging words into a text is not known here.",
    "gapselect": "Choosing words in a text is not known here.",
    "ddimageortext": "Dragging onto a picture is not known here.",
    "ddmarker": "Dragging markers onto a picture is not known here.",
    "calculated": "Calculated questions, whose numbers change, are not known here.",
    "calculatedsimple": "Calculated questions, whose numbers change, are not known here.",
    "calculatedmulti": "Calculated questions, whose numbers change, are not known here.",
    "randomsamatch": "Questions that are drawn from others are not known here.",
    "random": "Questions that are drawn from others are not known here.",
}
UNKNOWN = "Questions of the type “{form}” are not known here."
FILES = "Files that belong to its text (pictures, sound) were left out."
HINTS = "Its hints for further tries were left out."


def read(root: etree._Element) -> Bank:
    """The questions of a `<quiz>`. Raises Invalid where there is none."""
    bank, category = Bank(format=BankFormat.MOODLE), ""
    for element in children(root, "question"):
        form = (element.get("type") or "").strip().lower()
        if form == "category":
            category = next(iter(category_name(words(child(element, "category")))), "")
            continue
        if len(bank.found) == MOST_QUESTIONS:
            bank.notes.append(f"Only the first {MOST_QUESTIONS:,} questions were read. Split the file for the others.")
            break
        bank.found.append(_question(element, form, category, len(bank.found) + 1))
    if not bank.found:
        raise Invalid("There is no question in the file. Export the question bank from Moodle as “Moodle XML format”.")
    return bank


def _question(element: etree._Element, form: str, category: str, place: int) -> Found:
    tags = [words(one) for one in children(_or_empty(element, "tags"), "tag")]
    found = Found(
        place=f"question {place}",
        title=_text(child(element, "name")),
        form=form,
        components=list(dict.fromkeys(one for one in [category, *tags] if one)),
    )
    draft = Draft(found, points=marks(words(child(element, "defaultgrade")) or "1"))
    draft.stem = _html(draft, child(element, "questiontext"))
    draft.explanation = _html(draft, child(element, "generalfeedback"))
    if children(element, "hint"):
        draft.lose(HINTS)
    reader = READERS.get(form)
    if reader is None:
        return draft.drop(NAMES.get(form, UNKNOWN.format(form=form[:40] or "?")))
    return reader(draft, element)


def _or_empty(element: etree._Element, name: str) -> etree._Element:
    found = child(element, name)
    return found if found is not None else etree.Element("none")


def _text(element: etree._Element | None) -> str:
    """The words of an element's `<text>`, or its own."""
    if element is None:
        return ""
    inner = child(element, "text")
    return words(inner if inner is not None else element)


def _html(draft: Draft, element: etree._Element | None) -> str:
    """The text of an element as HTML; text of another format is escaped, so that it stays as it is."""
    if element is None:
        return ""
    if children(element, "file"):
        draft.lose(FILES)
    text = _text(element)
    if element.get("format", "html") in ("plain_text", "markdown"):
        for sign, name in (("&", "&amp;"), ("<", "&lt;"), ("\n", "<br>")):
            text = text.replace(sign, name)
    return text


def _answers(draft: Draft, element: etree._Element) -> list[tuple[str, float]]:
    """The answers with their fractions in percent."""
    found = []
    for one in children(element, "answer"):
        if _text(child(one, "feedback")):
            draft.lose(ANSWERS_TALK)
        fraction = number(one.get("fraction") or "0")
        found.append((_html(draft, one), fraction if fraction is not None else 0.0))
    return found


def _choice(draft: Draft, element: etree._Element) -> Found:
    answers = _answers(draft, element)
    many = words(child(element, "single")).lower() in ("false", "0")
    gained = {fraction for _, fraction in answers if fraction > 0}
    if many:
        if len(gained) > 1:
            draft.lose(UNEVEN)
        return draft.choice([(text, fraction > 0) for text, fraction in answers], many=True)
    best = max(gained, default=0.0)
    if len(gained) > 1:
        draft.lose(WEIGHTS)
    right = [fraction == best and best > 0 for _, fraction in answers]
    options = [(text, is_right) for (text, _), is_right in zip(answers, right, strict=True)]
    return draft.choice(options, many=sum(right) > 1)


def _true_false(draft: Draft, element: etree._Element) -> Found:
    answers = _answers(draft, element)
    options = [(text.strip().capitalize(), fraction > 0) for text, fraction in answers]
    return draft.choice(sorted(options, reverse=True), many=False)


def _short(draft: Draft, element: etree._Element) -> Found:
    answers = _answers(draft, element)
    if any(0 < fraction < 100 for _, fraction in answers):
        draft.lose(WEIGHTS)
    if words(child(element, "usecase")) == "1":
        draft.lose("Capitals and small letters count alike here.")
    return draft.text((draft.words(text) for text, fraction in answers if fraction >= 100), stars=True)


def _numeric(draft: Draft, element: etree._Element) -> Found:
    whole = [one for one in children(element, "answer") if (number(one.get("fraction") or "0") or 0) >= 100]
    _answers(draft, element)
    if len(whole) > 1:
        draft.lose("Only the first of several right numbers was taken.")
    for one in whole[:1]:
        value, width = number(_text(one)), number(words(child(one, "tolerance")) or "0")
        if value is not None:
            return draft.numeric(value, abs(width or 0.0), unit=_unit(draft, element))
    return draft.drop("Its right number cannot be read.")


def _unit(draft: Draft, element: etree._Element) -> str:
    """The first unit, whose factor is 1, if ours know it."""
    units = [words(child(one, "unit_name")) for one in children(_or_empty(element, "units"), "unit")]
    if not units:
        return ""
    if not has_known_unit(units[0]):
        draft.lose(f"Its unit “{units[0][:40]}” is not known here and was left out.")
        return ""
    if len(units) > 1:
        draft.lose("Of its units only the first was taken; others that measure the same are understood anyway.")
    return units[0]


def _match(draft: Draft, element: etree._Element) -> Found:
    pairs, spare = [], []
    for one in children(element, "subquestion"):
        left, right = _html(draft, one), _text(child(one, "answer"))
        if draft.words(left):
            pairs.append((left, right))
        elif right:
            spare.append(right)
    return draft.match(pairs, spare)


def _order(draft: Draft, element: etree._Element) -> Found:
    return draft.order([text for text, _ in _answers(draft, element)])


def _essay(draft: Draft, element: etree._Element) -> Found:
    if _text(child(element, "graderinfo")):
        draft.lose("What was written for its markers was left out; put it into the rubric.")
    if _text(child(element, "responsetemplate")):
        draft.lose("The text that its answer begins with was left out.")
    return draft.open()


READERS: dict[str, Callable[[Draft, etree._Element], Found]] = {
    "multichoice": _choice,
    "truefalse": _true_false,
    "shortanswer": _short,
    "numerical": _numeric,
    "matching": _match,
    "ordering": _order,
    "essay": _essay,
}


def is_moodle(root: etree._Element) -> bool:
    """Whether a document is a Moodle question bank."""
    return local(root) == "quiz"
