"""GIFT written. What the format has no words for stands in a comment, which other programs pass over."""

from collections.abc import Iterable

from app.assessment.banks.building import Extras, plainly
from app.assessment.banks.gift import ESCAPED
from app.assessment.banks.html_words import plain
from app.assessment.schema import (
    ChoiceItem,
    Criterion,
    Item,
    ItemCard,
    Kind,
    MatchItem,
    NumericItem,
    OpenItem,
    OrderItem,
    TextItem,
)

NO_ORDER = "GIFT has no questions that ask for an order."


def write(cards: Iterable[ItemCard]) -> tuple[str, list[str]]:
    """The file's text, and a sentence for each question that GIFT cannot hold."""
    blocks, left_out = ["// Questions out of Lyceum, in Moodle's GIFT format.\n"], []
    for number, card in enumerate(cards, 1):
        if isinstance(card.item, OrderItem):
            left_out.append(f"“{card.item.stem[:80]}” is not in the file: {NO_ORDER}")
        else:
            blocks.append(_block(number, card))
    return "\n".join(blocks), left_out


def _block(number: int, card: ItemCard) -> str:
    item = card.item
    lines = [f"// [tag:{' '.join(name.replace(']', ')').split())}]" for name in card.components]
    if extras := extras_of(item).line():
        lines.append(f"// [lyceum:{extras}]")
    talk = f"####{_escape(item.explanation)}" if item.explanation else ""
    stem = f"::Q{number}::{_form(item)}{_escape(item.stem)} {{\n{_answers(item)}{talk}}}\n"
    return "\n".join([*lines, stem])


def extras_of(item: Item) -> Extras:
    """What an item has beyond stem, answers and explanation."""
    extras = Extras(points=None if item.points == 1 else item.points)
    if isinstance(item, NumericItem):
        if item.percent:
            extras.percent, extras.tolerance = item.percent, item.tolerance
        extras.unit, extras.asks_unit = item.unit, item.asks_unit
    if isinstance(item, TextItem):
        extras.one_slip = item.one_slip
    if isinstance(item, OpenItem):
        extras.criteria = [Criterion.model_validate(one.model_dump()) for one in item.criteria]
    return extras


def _form(item: Item) -> str:
    """`[plain]` where the words, read as HTML, would not be what they are."""
    texts = [item.stem, item.explanation]
    if isinstance(item, ChoiceItem):
        texts += [one.text for one in item.options]
    if isinstance(item, MatchItem):
        texts += [one.text for one in (*item.left, *item.right)]
    if isinstance(item, TextItem):
        texts += item.accepted
    return "" if all(plain(one).text == one for one in texts) else "[plain]"


def _escape(text: str) -> str:
    out = "".join("\\" + sign if sign in ESCAPED + "\\" else sign for sign in text)
    return out.replace("\r\n", "\n").replace("\n", "\\n")


def _answers(item: Item) -> str:
    if isinstance(item, ChoiceItem):
        return _choice(item)
    if isinstance(item, NumericItem):
        width = max(item.tolerance, abs(item.value) * item.percent / 100)
        return f"#{plainly(item.value)}:{plainly(width)}\n" if width else f"#{plainly(item.value)}\n"
    if isinstance(item, TextItem):
        return "".join(f"={_escape(one.replace('*', chr(92) + '*'))}\n" for one in item.accepted)
    if isinstance(item, MatchItem):
        return _match(item)
    return ""


def _choice(item: ChoiceItem) -> str:
    if item.kind is Kind.SINGLE:
        return "".join(f"{'=' if one.id in item.right else '~'}{_escape(one.text)}\n" for one in item.options)
    share, wrong = 100 / len(item.right), max(1, len(item.options) - len(item.right))
    lines = []
    for one in item.options:
        weight = share if one.id in item.right else -100 / wrong
        lines.append(f"~%{weight:.5f}%{_escape(one.text)}\n")
    return "".join(lines)


def _match(item: MatchItem) -> str:
    right = {one.id: one.text for one in item.right}
    lines = [f"={_escape(one.text)} -> {_escape(right[item.pairs[one.id]])}\n" for one in item.left]
    used = set(item.pairs.values())
    return "".join([*lines, *(f"= -> {_escape(one.text)}\n" for one in item.right if one.id not in used)])
