"""The documents of questions and answers.

What students are given (`ItemView`) and what only the server and instructors know (`Item`, the key) are separate
documents: a view has no field that could hold a key, so none can slip out with it.
"""

import secrets
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from app.base.text import Storable

LONGEST_STEM = 4_000
LONGEST_OPTION = 500
LONGEST_ANSWER = 12_000
MOST_OPTIONS = 12


class Kind(StrEnum):
    """What an item asks for."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    NUMERIC = "numeric"
    TEXT = "text"
    ORDER = "order"
    MATCH = "match"
    OPEN = "open"


def option_id() -> str:
    """A random name for an option, which says nothing of its place or its partner."""
    return secrets.token_hex(4)


class Option(BaseModel):
    """One thing to choose, to order or to match."""

    id: str = Field(default_factory=option_id)
    text: Storable


class _Item(BaseModel):
    """What all items have: the question, the marks it is worth and what is said about it afterwards."""

    stem: Storable
    points: float = 1.0
    explanation: Storable = ""


class ChoiceItem(_Item):
    """Choose one of several, or all that hold. `right` has the ids of the right options."""

    kind: Literal[Kind.SINGLE, Kind.MULTIPLE]
    options: list[Option]
    right: list[str]


class NumericItem(_Item):
    """A number. Right within `tolerance` (in `unit`) or `percent` of the value, whichever is wider.

    `asks_unit`: the student must name the unit too; else it stands beside the field.
    """

    kind: Literal[Kind.NUMERIC] = Kind.NUMERIC
    value: float
    tolerance: float = 0.0
    percent: float = 0.0
    unit: Storable = ""
    asks_unit: bool = False


class TextItem(_Item):
    """A word or a few. Case, spaces, accents and a full stop at the end do not count."""

    kind: Literal[Kind.TEXT] = Kind.TEXT
    accepted: list[Storable]
    one_slip: bool = False
    """Whether one wrong, missing, extra or swapped letter is forgiven in answers of five letters and more."""


class OrderItem(_Item):
    """Things to put in order; `options` has them in the right one."""

    kind: Literal[Kind.ORDER] = Kind.ORDER
    options: list[Option]


class MatchItem(_Item):
    """Things on the left, each with its partner on the right; `pairs` maps ids. A right side may be left over."""

    kind: Literal[Kind.MATCH] = Kind.MATCH
    left: list[Option]
    right: list[Option]
    pairs: dict[str, str]


class Criterion(BaseModel):
    """One line of a rubric: what is looked for, its most marks, and what earns how much."""

    name: Storable
    points: float
    descriptors: list[Storable] = []


class OpenItem(_Item):
    """An answer in sentences, marked by a rubric. Its points are those of the criteria together."""

    kind: Literal[Kind.OPEN] = Kind.OPEN
    criteria: list[Criterion]


Item = Annotated[
    ChoiceItem | NumericItem | TextItem | OrderItem | MatchItem | OpenItem,
    Field(discriminator="kind"),
]
"""An item with its key. Never given to a student."""


class Holder(BaseModel):
    """An item out of the database."""

    item: Item


class Response(BaseModel):
    """What a student answered: `chosen` option ids (for an order: in order), `text`, or `pairs` of ids."""

    chosen: list[str] = []
    text: Storable = ""
    pairs: dict[str, str] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing was answered."""
        return not (self.chosen or self.text.strip() or self.pairs)


class OptionView(BaseModel):
    """An option as students see it."""

    id: str
    text: str


class ItemView(BaseModel):
    """A question as students see it before they answered: no key, no rubric, no explanation."""

    version_id: UUID
    kind: Kind
    stem: str
    points: float
    options: list[OptionView] = []
    targets: list[OptionView] = []
    """The right-hand side of a matching question, in an order of its own."""
    unit: str = ""
    asks_unit: bool = False


class ItemCard(BaseModel):
    """An item as its instructor's bank has it. `version` is the newest; `used` says on how many tests it stands."""

    id: UUID
    course_id: UUID
    module_id: UUID | None
    version: int
    version_id: UUID
    item: Item
    components: list[str] = []
    withdrawn: bool = False
    withdrawn_why: str = ""
    used: int = 0
    answers: int = 0


class ComponentView(BaseModel):
    """A knowledge component: one thing that can be known, as an instructor named it."""

    id: UUID
    name: str
    items: int = 0
