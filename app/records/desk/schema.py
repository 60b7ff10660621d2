"""Documents of the desk."""

from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from pydantic import BaseModel

from app.accounts.schema import CourseRole

DESK = (CourseRole.RESEARCHER, CourseRole.INSTRUCTOR)
"""Who has a place at the desk of a course."""


class Reader(BaseModel):
    """Who reads at the desk, and as what in which course."""

    person_id: UUID
    course_id: UUID
    role: CourseRole

    @property
    def is_researcher(self) -> bool:
        """Whether only people who consent to research may be met."""
        return self.role is not CourseRole.INSTRUCTOR


class Filter(BaseModel):
    """Which records, as it stands in an address; an empty part leaves all.

    `learners` is all, finished, left, or pseudonyms with commas between; `agent` who acted (tutor, student, …); `verb`
    a plain word or an IRI; `kind` an event's kind; `since` (from then) and `until` (before then) are times in ISO 8601
    or days, of which `until` means the end, both UTC where they name no zone.
    """

    learners: str = "all"
    agent: str = ""
    page: str = ""
    verb: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""

    def query(self, **more: object) -> str:
        """The filter, with more, as the query of an address."""
        told = {
            name: value for name, value in self.model_dump().items() if value and (name, value) != ("learners", "all")
        }
        renamed = {("learner_group" if name == "learners" else name): value for name, value in told.items()}
        return urlencode({**{name: str(value) for name, value in more.items() if value}, **renamed})


class SourceRef(BaseModel):
    """A passage that words rest on, and its page."""

    passage: str
    page: int


class DeskRecord(BaseModel):
    """One statement as the desk shows it. `id`, `class_id` and `seq` are the statement's own.

    `learner` is the pseudonym of whom it belongs to: in a class of one student that student, in a shared one who acted.
    `actor` is a pseudonym or "agent:ROLE". `text` is masked; it is None where nothing was said, and where the words are
    `withheld` because somebody they concern has not consented to research.
    """

    id: UUID
    at: datetime
    class_id: UUID | None
    seq: int | None
    learner: str
    actor: str
    role: str
    verb: str
    kind: str
    lesson: str | None
    page: int | None = None
    text: str | None = None
    withheld: bool = False
    completed: bool | None = None
    answers: int | None = None
    asks: bool = False
    cause: str | None = None
    turn: str | None = None
    action: int | None = None
    sources: list[SourceRef] = []
    model: str | None = None
    fallback: bool | None = None
    intent: str | None = None
    verdict: str | None = None
    tutor_action: str | None = None


class RecordPage(BaseModel):
    """Records in the order of time. `next` is the cursor of what follows, None at the end."""

    course: UUID
    records: list[DeskRecord]
    next: str | None = None


class TokenView(BaseModel):
    """A token as its owner sees it; the secret is not in it."""

    id: UUID
    name: str
    courses: list[UUID]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    used_at: datetime | None
    is_open: bool


class ReplayLine(BaseModel):
    """Something that happened `seconds` after the class began. `words` tells of what was done without words."""

    seq: int
    seconds: float
    clock: str
    who: str
    role: str
    words: str = ""
    text: str | None = None
    withheld: bool = False
    verdict: str | None = None


class ReplayPage(BaseModel):
    """What happened while a page stood; `number` is 0 before the first."""

    number: int
    title: str = ""
    has_picture: bool = False
    lines: list[ReplayLine] = []


class Replay(BaseModel):
    """A class as a transcript. `more` says that it was too long to be shown whole."""

    class_id: UUID
    course_id: UUID
    course: str
    lesson: str
    material_id: UUID
    learner: str
    is_shared: bool
    length: str
    pages: list[ReplayPage]
    more: bool = False
