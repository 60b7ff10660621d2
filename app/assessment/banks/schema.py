"""What is found in a question bank: each question with what was taken of it, what was lost, and why."""

from collections import Counter
from enum import StrEnum

from pydantic import BaseModel

from app.assessment.schema import Item
from app.base.text import Storable

MOST_QUESTIONS = 2_000


class BankFormat(StrEnum):
    """What a bank is written in."""

    GIFT = "gift"
    MOODLE = "moodle"
    QTI1 = "qti1"
    QTI2 = "qti2"
    QTI3 = "qti3"
    CARTRIDGE = "cartridge"


FORMAT_WORDS = {
    BankFormat.GIFT: "GIFT",
    BankFormat.MOODLE: "Moodle XML",
    BankFormat.QTI1: "QTI 1.2",
    BankFormat.QTI2: "QTI 2",
    BankFormat.QTI3: "QTI 3.0",
    BankFormat.CARTRIDGE: "Common Cartridge",
}


class Fate(StrEnum):
    """What became of a question: taken whole, taken with losses, or left out."""

    TAKEN = "taken"
    CHANGED = "changed"
    DROPPED = "dropped"


class Found(BaseModel):
    """One question of a bank. `place` says where it stands in the file, `form` what it is called there.

    `item` is None where it could not be taken; `why` then says so. `lost` has a sentence for everything left out.
    """

    place: Storable
    title: Storable = ""
    form: Storable = ""
    item: Item | None = None
    components: list[Storable] = []
    lost: list[Storable] = []
    why: Storable = ""

    @property
    def fate(self) -> Fate:
        """Whether it was taken, and whether whole."""
        if self.item is None:
            return Fate.DROPPED
        return Fate.CHANGED if self.lost else Fate.TAKEN


class Link(BaseModel):
    """A web link of a cartridge; the address is http or https."""

    title: Storable
    url: Storable


class Bank(BaseModel):
    """A bank as it was read. `notes` tell of what is no question and was left out."""

    format: BankFormat
    title: Storable = ""
    found: list[Found] = []
    links: list[Link] = []
    notes: list[Storable] = []

    @property
    def fates(self) -> dict[str, int]:
        """How many questions were taken, changed and dropped."""
        counts = Counter(one.fate for one in self.found)
        return {fate.value: counts[fate] for fate in Fate}


class BankReply(BaseModel):
    """What the reading child says: the bank, or a sentence why there is none."""

    bank: Bank | None = None
    problem: str = ""
