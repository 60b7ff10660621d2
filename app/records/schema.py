"""Documents of the records room: xAPI statements, and what people see of them.

`Statement` and its parts are the xAPI 1.0.3 data model (also valid under 2.0): field names are the standard's, and
fields without a value are left out. Person names and e-mail addresses never appear in one.
"""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic.alias_generators import to_camel


class XapiPart(BaseModel):
    """A part of a statement; attributes are snake_case here and camelCase in JSON."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Account(XapiPart):
    """Who somebody is to this installation: `home_page` is its address, `name` an id without meaning outside."""

    home_page: str
    name: str


class Actor(XapiPart):
    """A person (account name = person id) or an agent of the class (account name "agent:teacher", with a name)."""

    object_type: str = "Agent"
    name: str | None = None
    account: Account


class Verb(XapiPart):
    """What was done; `id` is an IRI."""

    id: str
    display: dict[str, str]


class Definition(XapiPart):
    """What kind of thing an activity is; `interaction_type` for an item of a test."""

    type: str
    name: dict[str, str]
    description: dict[str, str] | None = None
    interaction_type: str | None = None


class Activity(XapiPart):
    """A thing that something was done to; `id` is an IRI. Context activities carry the id alone."""

    object_type: str = "Activity"
    id: str
    definition: Definition | None = None


class Score(XapiPart):
    """Marks: `raw` of `max`, and `scaled` from 0 to 1."""

    scaled: float
    raw: float
    min: float = 0.0
    max: float


class Result(XapiPart):
    """What came of it: the words said or the answer given, whether it was finished, its marks, how long it took (ISO
    8601).
    """

    score: Score | None = None
    success: bool | None = None
    response: str | None = None
    completion: bool | None = None
    duration: str | None = None


class StatementRef(XapiPart):
    """Another statement, by id: the question that an answer answers."""

    object_type: str = "StatementRef"
    id: UUID


class ContextActivities(XapiPart):
    """Where it happened: the lesson, and around it the course. `category` names the profile that is followed."""

    parent: list[Activity]
    grouping: list[Activity]
    category: list[Activity] = []


class Context(XapiPart):
    """What else is known. `registration` is the class or the sitting; `extensions` are keyed by IRIs under
    `profile.EXTENSION`.
    """

    registration: UUID
    platform: str = "Lyceum"
    context_activities: ContextActivities
    statement: StatementRef | None = None
    extensions: dict[str, JsonValue] = {}


class Statement(XapiPart):
    """One xAPI statement: an event of a class, told as who did what to which thing."""

    id: UUID
    actor: Actor
    verb: Verb
    object: Activity
    result: Result | None = None
    context: Context
    timestamp: datetime

    def document(self) -> dict[str, JsonValue]:
        """The statement as JSON values, as it is stored and handed out."""
        made: dict[str, JsonValue] = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return made


class RecordLine(BaseModel):
    """One thing a learner did. `verb` is its plain word; for a question, the answer and which agent gave it."""

    statement_id: UUID
    at: datetime
    verb: str
    words: str = ""
    page: int = 0
    lesson: str
    lesson_id: UUID
    class_id: UUID
    seq: int
    answer: str = ""
    answered_by: str = ""
    answer_pages: list[int] = []


class LearnerRecord(BaseModel):
    """A person's own record, newest first; `more` says whether older lines were left out."""

    lines: list[RecordLine]
    classes: int = 0
    questions: int = 0
    more: bool = False


class AttendanceLine(BaseModel):
    """One class of one student, or a student's part of a shared one. `minutes` counts the time it was going, not the
    pauses. Who is not named lets nobody look into the classes they attend alone.
    """

    person_id: UUID
    person: str
    is_named: bool = True
    lesson: str
    lesson_id: UUID
    class_id: UUID
    started: datetime
    ended: datetime | None = None
    is_shared: bool = False
    finished: bool = False
    minutes: float = 0.0
    pages_seen: int = 0
    questions: int = 0


class QuestionLine(BaseModel):
    """Something a student asked, with the answer and which agent gave it (both empty while it is open)."""

    at: datetime
    person: str
    lesson: str
    lesson_id: UUID
    class_id: UUID
    seq: int
    page: int
    text: str
    answer: str = ""
    answered_by: str = ""
    answer_pages: list[int] = []
    fallback: bool = False
