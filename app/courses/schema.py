"""Documents that leave the courses room."""

from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel


class MaterialStatus(StrEnum):
    """Where the reading of a deck stands."""

    WAITING = "waiting"
    READING = "reading"
    READY = "ready"
    FAILED = "failed"


class ReadPage(BaseModel):
    """One page as the reader child process hands it over: text in reading order, speaker notes, picture file name."""

    number: int
    text: str = ""
    notes: str = ""
    title: str = ""
    picture: str = ""
    width: float = 0
    height: float = 0
    problem: str = ""


class Passage(BaseModel):
    """A stretch of a page's text (at most about 480 characters) that an utterance can rest on."""

    id: UUID
    page: int
    text: str
    score: float = 0.0


class Page(BaseModel):
    """One page of a deck with its passages. `has_picture` says whether a picture can be fetched."""

    id: UUID
    number: int
    title: str
    text: str
    notes: str
    has_picture: bool
    width: float
    height: float
    problem: str
    passages: list[Passage] = []
