"""GIFT, Moodle's text format for questions, read. The grammar is that of docs.moodle.org, "GIFT format".

Blank lines part questions; `\\` takes the meaning from ~ = # { } and :. Comments may carry tags, `// [tag:leaf]`, and
what GIFT has no words for, `// [lyceum:{...}]`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.assessment.banks.building import ANSWERS_TALK, UNEVEN, WEIGHTS, Draft, Extras, number, read_extras
from app.assessment.banks.schema import MOST_QUESTIONS, Bank, BankFormat, Found
from app.base.errors import Invalid

ESCAPED = "~=#{}:"
HIDDEN = {sign: chr(0xE000 + at) for at, sign in enumerate(ESCAPED + "\\n")}
SHOWN = str.maketrans({hidden: "\n" if sign == "n" else sign for sign, hidden in HIDDEN.items()})
FORMATS = ("html", "moodle", "markdown", "plain")
BLANK = "_____"

_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d+)?)%")
_TAG = re.compile(r"\[tag:([^\]]{1,80})\]")
_EXTRAS = re.compile(r"\[lyceum:(\{.*\})\]\s*$")
_TITLE = re.compile(r"::(.*?)::", re.DOTALL)
_FORMAT = re.compile(rf"\[({'|'.join(FORMATS)})\]")


@dataclass
class Block:
    """The lines of one question, the line it begins on, and what was said before it."""

    line: int
    text: str
    category: str = ""
    tags: list[str] = field(default_factory=list)
    extras: Extras = field(default_factory=Extras)


@dataclass
class Answer:
    """One answer between the braces: `=` or `~`, its weight in percent, its words and what is said about it."""

    sign: str
    text: str
    weight: float | None
    remark: str


def read(text: str) -> Bank:
    """The questions of a GIFT file. Raises Invalid where there is none."""
    bank = Bank(format=BankFormat.GIFT)
    for block in _blocks(text):
        if len(bank.found) == MOST_QUESTIONS:
            bank.notes.append(f"Only the first {MOST_QUESTIONS:,} questions were read. Split the file for the others.")
            break
        bank.found.append(_question(block))
    if not bank.found:
        raise Invalid("There is no question in the file. GIFT writes one as: What is 2+2? {=4 ~5}")
    return bank


def _blocks(text: str) -> Iterator[Block]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    block, category = Block(1, ""), ""
    for at, line in enumerate(lines, 1):
        bare = line.strip()
        if bare.startswith("::") and _is_whole(block.text):  # the blank line before the next one was left out
            block.category = category
            yield block
            block = Block(at, "")
        if bare.startswith("//"):
            _remark(block, bare)
        elif bare.upper().startswith("$CATEGORY:") and not block.text.strip():
            category = bare.partition(":")[2].strip()
        elif bare or _is_open(block.text, lines[at:]):
            if not block.text.strip():
                block.line = at
            block.text += line + "\n"
        elif block.text.strip():
            block.category = category
            yield block
            block = Block(at, "")
    if block.text.strip():
        block.category = category
        yield block


def _remark(block: Block, line: str) -> None:
    if found := _EXTRAS.search(line):
        block.extras = read_extras(found[1])
    block.tags += [one.strip() for one in _TAG.findall(line)]


def _is_whole(text: str) -> bool:
    """Whether a question with its answers stands there."""
    hidden = _hide(text)
    return 0 < hidden.count("{") == hidden.count("}")


def _is_open(text: str, rest: list[str]) -> bool:
    """Whether a blank line stands within braces that will be closed before another question begins."""
    hidden = _hide(text)
    if hidden.count("{") <= hidden.count("}"):
        return False
    for line in rest:
        if line.strip().startswith(("::", "$CATEGORY", "//")) or "{" in _hide(line):
            return False
        if "}" in _hide(line):
            return True
    return False


def _hide(text: str) -> str:
    """The text with escaped signs as signs that mean nothing."""
    out, at = [], 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in HIDDEN:
            out.append(HIDDEN[text[at + 1]])
            at += 2
        else:
            out.append(text[at] if not 0xE000 <= ord(text[at]) < 0xE000 + len(HIDDEN) else "\ufffd")
            at += 1
    return "".join(out)


def _show(text: str) -> str:
    return text.translate(SHOWN)


def _question(block: Block) -> Found:
    found = Found(
        place=f"line {block.line}", components=list(dict.fromkeys([*category_name(block.category), *block.tags]))
    )
    draft = Draft(found, extras=block.extras, is_html=True)
    text = _hide(block.text).strip()
    if named := _TITLE.match(text):
        found.title, text = " ".join(_show(named[1]).split()), text[named.end() :].strip()
    if form := _FORMAT.match(text):
        draft.is_html, text = form[1] not in ("plain", "markdown"), text[form.end() :].lstrip()
    before, brace, rest = text.partition("{")
    body, closed, after = rest.partition("}")
    if not brace or not closed:
        found.title = found.title or " ".join(_show(before).split())[:80]
        why = "Its answers' braces are not closed." if brace else "It asks nothing: it is a text without answers."
        return draft.drop(why)
    draft.stem = _stem(before, after)
    body, mark, general = body.partition("####")
    draft.explanation = _show(general.strip()) if mark else ""
    return _answered(draft, body.strip(), is_gap=bool(after.strip()))


def category_name(path: str) -> list[str]:
    """A category's own name, unless it is one that Moodle makes by itself."""
    name = path.replace("//", "\x00").split("/")[-1].replace("\x00", "/").strip()
    usual = not name or name.lower() in ("top", "$course$", "$module$") or name.lower().startswith("default for ")
    return [] if usual else [name]


def _stem(before: str, after: str) -> str:
    head, tail = before.strip(), after.strip()
    return _show(f"{head} {BLANK} {tail}" if tail else head)


def _answered(draft: Draft, body: str, *, is_gap: bool) -> Found:
    word = body.partition("#")[0].strip().upper()
    if not body:
        draft.found.form = "essay"
        return draft.open()
    if word in ("T", "TRUE", "F", "FALSE"):
        draft.found.form = "true or false"
        if body.partition("#")[2].strip():
            draft.lose(ANSWERS_TALK)
        is_true = word.startswith("T")
        return draft.choice([("True", is_true), ("False", not is_true)], many=False)
    if body.startswith("#"):
        draft.found.form = "numerical"
        return _numeric(draft, body[1:])
    answers = _answers(body)
    if any(one.remark for one in answers):
        draft.lose(ANSWERS_TALK)
    if not answers:
        return draft.drop("Its answers cannot be read: none begins with = or ~.")
    if all(one.sign == "=" and "->" in one.text for one in answers):
        return _match(draft, answers)
    if all(one.sign == "=" for one in answers):
        draft.found.form = "missing word" if is_gap else "short answer"
        return _short(draft, answers)
    draft.found.form = "multiple choice"
    return _choice(draft, answers)


def _answers(body: str) -> list[Answer]:
    found = []
    for piece in re.split(r"(?=[=~])", body):
        sign, text = piece[:1], piece[1:].strip()
        if sign not in ("=", "~"):
            continue
        weight = _WEIGHT.match(text)
        text = text[weight.end() :] if weight else text
        words, _, remark = text.partition("#")
        found.append(Answer(sign, words.strip(), float(weight[1]) if weight else None, remark.strip()))
    return found


def _choice(draft: Draft, answers: list[Answer]) -> Found:
    weights = [one.weight for one in answers if one.sign == "~" and one.weight is not None]
    many = bool(weights) and not any(one.sign == "=" for one in answers)
    if many:
        whole = sorted({weight for weight in weights if weight > 0})
        if len(whole) > 1:
            draft.lose(UNEVEN)
        return draft.choice([(_show(one.text), (one.weight or 0) > 0) for one in answers], many=True)
    if any(weight not in (0.0, None) for weight in weights):
        draft.lose(WEIGHTS)
    right = [one for one in answers if one.sign == "="]
    return draft.choice([(_show(one.text), one.sign == "=") for one in answers], many=len(right) > 1)


def _short(draft: Draft, answers: list[Answer]) -> Found:
    whole = [one for one in answers if one.weight is None or one.weight >= 100]
    if len(whole) < len(answers):
        draft.lose(WEIGHTS)
    return draft.text((draft.words(_show(one.text)) for one in whole), stars=True)


def _match(draft: Draft, answers: list[Answer]) -> Found:
    draft.found.form = "matching"
    sides = [one.text.partition("->") for one in answers]
    pairs = [(_show(left.strip()), _show(right.strip())) for left, _, right in sides]
    return draft.match([one for one in pairs if one[0]], [right for left, right in pairs if not left])


def _numeric(draft: Draft, body: str) -> Found:
    answers = [one for one in _answers(body) if one.sign == "="] or [Answer("=", body.partition("#")[0], None, "")]
    whole = [one for one in answers if one.weight is None or one.weight >= 100]
    if len(whole) < len(answers):
        draft.lose(WEIGHTS)
    if len(whole) > 1:
        draft.lose("Only the first of several right numbers was taken.")
    for one in whole[:1]:
        if (span := _span(one.text)) is not None:
            return draft.numeric(*span)
    return draft.drop("Its right number cannot be read.")


def _span(text: str) -> tuple[float, float] | None:
    """Value and tolerance of "3", "3:0.1" or "2.9..3.1"."""
    if ".." in text:
        low, high = (number(part) for part in text.split("..", 1))
        if low is None or high is None or high < low:
            return None
        return (low + high) / 2, (high - low) / 2
    words, _, width = _show(text).partition(":")
    value, tolerance = number(words), number(width) if width.strip() else 0.0
    return None if value is None or tolerance is None else (value, abs(tolerance))
