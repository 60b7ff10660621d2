"""Documents of what stands behind a figure: what is asked for, and the words that are found."""

from datetime import datetime

from pydantic import BaseModel


class Wanted(BaseModel):
    """Which words, as it stands in an address; an empty part leaves all. `sign` is one of `flow.strip.SIGNS`, and needs
    a lesson and a page; `activity` one of MAIC's seven.
    """

    lesson: str = ""
    page: int = 0
    sign: str = ""
    activity: str = ""


class Utterance(BaseModel):
    """A moment of a class: who spoke, or what happened (`note`), and where it can be read in its place.

    `who` is a person's name as the reader may know it, `voice` an agent's where an agent spoke.
    """

    at: datetime
    who: str = ""
    voice: str = ""
    lesson: str
    page: int
    text: str = ""
    activity: str = ""
    note: str = ""
    href: str


class Utterances(BaseModel):
    """What was found, newest first; `total` also counts what is not shown."""

    title: str
    found: list[Utterance] = []
    total: int = 0
