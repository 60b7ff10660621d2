"""Documents of privacy."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel


class Purpose(StrEnum):
    """What a person's records may be used for; each is asked for by itself."""

    TEACHING = "teaching"
    RESEARCH = "research"
    ALIGNMENT = "alignment"


GUARDED = (Purpose.RESEARCH, Purpose.ALIGNMENT)
"""Purposes that need a guardian's word as well in a course with minors."""


class What(StrEnum):
    """What the audit log tells of."""

    ATTENDANCE = "saw attendance and questions"
    EXPORT = "took the course's records"
    INSIDE = "looked inside a class"
    CLASS = "watched a class"
    STATEMENTS = "read a class's statements"
    ROSTER = "saw the list of people"
    CREDENTIAL = "read statements by a credential"
    GRADES = "saw marks"
    ANSWER = "saw an answer"
    MARKED = "marked an answer"
    DESK = "read records without names"
    ANALYSIS = "saw what a course's records say"
    RELEASE = "had research data made"
    TAKEN = "downloaded research data"
    DOWNLOAD = "downloaded their own data"
    CONSENT = "changed a consent"
    GUARDIAN = "wrote down a guardian's word"
    ERASE = "asked to be erased"
    ERASED = "was erased"
    AUDIT = "read the audit log"
    ADAPTER = "changed which adapter speaks"
    RETENTION = "removed what was kept long enough"


class Wording(BaseModel):
    """One version of the text under which a purpose is asked for. An older version is never changed."""

    purpose: Purpose
    version: int
    title: str
    switch: str
    what: str
    why: str
    how_long: str
    who_sees: str
    if_no: str


class Choice(BaseModel):
    """A purpose as its switch shows it. `asked`: there is a word on the present text. `held_by`: titles of courses
    with minors where a guardian's word is missing, so that a yes does not count there yet.
    """

    wording: Wording
    granted: bool = False
    asked: bool = False
    held_by: list[str] = []


class Word(BaseModel):
    """A line of the history of consent. `guardian` names who spoke for a minor, `course` where."""

    at: datetime
    purpose: Purpose
    granted: bool
    text_version: int = 0
    guardian: str = ""
    course: str = ""


class GuardianLine(BaseModel):
    """A student of a course with minors, and what their guardian said last, by purpose."""

    person_id: UUID
    person: str
    words: dict[Purpose, Word] = {}


class GuardianWord(BaseModel):
    """What a guardian said about a student, to be written down. `said_on` is the day they said it."""

    person_id: UUID
    purpose: Purpose
    granted: bool
    guardian: str
    said_on: date


class AuditView(BaseModel):
    """A line of the audit log. `who` and `whose` are names as they are now; whose is a class or a course otherwise."""

    id: UUID
    at: datetime
    who: str
    what: str
    whose: str = ""
    course: str = ""
    details: str = ""
    address_hash: str = ""


class AuditPage(BaseModel):
    """A stretch of the audit log, newest first. `older` is the line to go on after, None at the end."""

    lines: list[AuditView]
    older: UUID | None = None


class ReleaseLine(BaseModel):
    """A set of research data that a person's records are in."""

    made_at: datetime
    title: str
    course: str = ""


class ColumnLine(BaseModel):
    """A column of the data register: what it holds of people."""

    table: str
    column: str
    kind: str


class Removed(BaseModel):
    """What the retention job removes of one kind of data: how old it may become (days), and how much is older."""

    kind: str
    days: int
    count: int
