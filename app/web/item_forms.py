"""An item as a form: what an instructor typed becomes an item, or a sentence; and an item becomes rows to edit."""

import math
from uuid import UUID

from pydantic import BaseModel
from starlette.datastructures import FormData

from app.assessment.schema import (
    ChoiceItem,
    Criterion,
    Item,
    ItemCard,
    Kind,
    MatchItem,
    NumericItem,
    OpenItem,
    Option,
    OrderItem,
    TextItem,
)
from app.base.errors import Invalid
from app.web.access import text, texts

ROWS = {Kind.SINGLE: 6, Kind.MULTIPLE: 6, Kind.ORDER: 6, Kind.MATCH: 6, Kind.OPEN: 4}
"""How many rows a new form has; a script adds more."""
KIND_WORDS = {
    Kind.SINGLE: ("One choice", "one of several options is right"),
    Kind.MULTIPLE: ("Several choices", "all that hold are to be chosen"),
    Kind.NUMERIC: ("Number", "with a tolerance and a unit"),
    Kind.TEXT: ("Short text", "a word or a few, compared without case and accents"),
    Kind.ORDER: ("Order", "things to put in order"),
    Kind.MATCH: ("Matching", "things and their partners"),
    Kind.OPEN: ("Open answer", "sentences, marked by a rubric"),
}


class Row(BaseModel):
    """One row of a form: two texts, and a third for lines; `on` is its box."""

    one: str = ""
    two: str = ""
    lines: str = ""
    on: bool = False


class ItemForm(BaseModel):
    """What the form shows, as it was typed."""

    kind: Kind
    stem: str = ""
    points: str = "1"
    explanation: str = ""
    module: str = ""
    components: str = ""
    rows: list[Row] = []
    value: str = ""
    tolerance: str = ""
    percent: str = ""
    unit: str = ""
    asks_unit: bool = False
    accepted: str = ""
    one_slip: bool = False
    version: int = 0

    @property
    def module_id(self) -> UUID | None:
        """The chosen module. Raises Invalid for what is no id."""
        try:
            return UUID(self.module) if self.module else None
        except ValueError as error:
            raise Invalid("That module is not in this course. Reload the page and choose again.") from error

    @property
    def names(self) -> list[str]:
        """The names of the knowledge components, which commas or lines divide."""
        return [one.strip() for one in self.components.replace("\n", ",").split(",") if one.strip()]


def read_form(kind: Kind, sent: FormData) -> ItemForm:
    """The form as it was sent."""
    form = ItemForm(kind=kind, version=_whole(text(sent, "version")))
    for name in ("stem", "points", "explanation", "module", "components", "value", "tolerance", "percent", "unit"):
        setattr(form, name, text(sent, name))
    form.accepted = text(sent, "accepted")
    form.asks_unit, form.one_slip = bool(text(sent, "asks_unit")), bool(text(sent, "one_slip"))
    marked = set(texts(sent, "right"))
    ones, twos, lines = texts(sent, "one"), texts(sent, "two"), texts(sent, "lines")
    form.rows = [
        Row(one=one, two=_at(twos, at), lines=_at(lines, at), on=str(at) in marked) for at, one in enumerate(ones)
    ]
    return padded(form)


def _whole(words: str) -> int:
    return int(words) if words.isascii() and words.isdigit() and len(words) < 9 else 0


def _at(values: list[str], at: int) -> str:
    return values[at] if at < len(values) else ""


def padded(form: ItemForm) -> ItemForm:
    """The form with as many rows as its kind begins with."""
    missing = ROWS.get(form.kind, 0) - len(form.rows)
    form.rows += [Row() for _ in range(missing)]
    return form


def form_of(card: ItemCard) -> ItemForm:
    """The form that shows an item of the bank."""
    item = card.item
    form = ItemForm(
        kind=item.kind,
        stem=item.stem,
        points=f"{item.points:g}",
        explanation=item.explanation,
        module=str(card.module_id or ""),
        components=", ".join(card.components),
        version=card.version,
    )
    if isinstance(item, ChoiceItem):
        form.rows = [Row(one=one.text, on=one.id in item.right) for one in item.options]
    elif isinstance(item, NumericItem):
        form.value, form.tolerance, form.percent = (f"{one:.12g}" for one in (item.value, item.tolerance, item.percent))
        form.unit, form.asks_unit = item.unit, item.asks_unit
    elif isinstance(item, TextItem):
        form.accepted, form.one_slip = "\n".join(item.accepted), item.one_slip
    elif isinstance(item, OrderItem):
        form.rows = [Row(one=one.text) for one in item.options]
    elif isinstance(item, MatchItem):
        form.rows = _match_rows(item)
    else:
        form.rows = [
            Row(one=one.name, two=f"{one.points:g}", lines="\n".join(one.descriptors)) for one in item.criteria
        ]
    return padded(form)


def _match_rows(item: MatchItem) -> list[Row]:
    names = {one.id: one.text for one in item.right}
    rows = [Row(one=one.text, two=names[item.pairs[one.id]]) for one in item.left]
    return rows + [Row(two=one.text) for one in item.right if one.id not in item.pairs.values()]


def item_from(form: ItemForm) -> Item:
    """The item that was typed. Raises Invalid for numbers that are none; the room says whether it holds."""
    words = {"stem": form.stem.strip(), "explanation": form.explanation.strip()}
    if form.kind is Kind.OPEN:
        return _open(form, words)
    rows = [row for row in form.rows if row.one.strip() or row.two.strip()]
    common = {**words, "points": number(form.points, "The marks")}
    if form.kind in (Kind.SINGLE, Kind.MULTIPLE):
        options = [Option(text=row.one.strip()) for row in rows]
        right = [option.id for option, row in zip(options, rows, strict=True) if row.on]
        return ChoiceItem.model_validate({**common, "kind": form.kind, "options": options, "right": right})
    if form.kind is Kind.NUMERIC:
        return _numeric(form, common)
    if form.kind is Kind.TEXT:
        accepted = [line.strip() for line in form.accepted.splitlines() if line.strip()]
        return TextItem.model_validate({**common, "accepted": accepted, "one_slip": form.one_slip})
    if form.kind is Kind.ORDER:
        return OrderItem.model_validate({**common, "options": [Option(text=row.one.strip()) for row in rows]})
    return _match(rows, common)


def _numeric(form: ItemForm, common: dict[str, object]) -> NumericItem:
    return NumericItem.model_validate(
        {
            **common,
            "value": number(form.value, "The right value"),
            "tolerance": number(form.tolerance or "0", "The tolerance"),
            "percent": number(form.percent or "0", "The tolerance in percent"),
            "unit": form.unit.strip(),
            "asks_unit": form.asks_unit,
        }
    )


def _match(rows: list[Row], common: dict[str, object]) -> MatchItem:
    """Each row is a pair; one with a right side alone is left over."""
    left: list[Option] = []
    right: list[Option] = []
    pairs: dict[str, str] = {}
    for row in rows:
        partner = Option(text=row.two.strip())
        if row.two.strip():
            right.append(partner)
        if row.one.strip():
            own = Option(text=row.one.strip())
            left.append(own)
            pairs |= {own.id: partner.id} if row.two.strip() else {}
    return MatchItem.model_validate({**common, "left": left, "right": right, "pairs": pairs})


def _open(form: ItemForm, words: dict[str, str]) -> OpenItem:
    criteria = [
        Criterion(
            name=row.one.strip(),
            points=number(row.two, f"The marks of criterion {at}"),
            descriptors=[line.strip() for line in row.lines.splitlines() if line.strip()],
        )
        for at, row in enumerate(form.rows, 1)
        if row.one.strip() or row.two.strip() or row.lines.strip()
    ]
    return OpenItem(**words, criteria=criteria, points=sum(one.points for one in criteria) or 1)


def number(words: str, what: str) -> float:
    """A number as people write it, with a point or a comma. Raises Invalid."""
    try:
        found = float(words.strip().replace("−", "-").replace(",", "."))
    except ValueError as error:
        raise Invalid(f"{what}: write a number, such as 2.5.") from error
    if not math.isfinite(found):
        raise Invalid(f"{what}: write a number, such as 2.5.")
    return found
