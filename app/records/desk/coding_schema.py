"""Documents of coding."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from app.records.desk.agreement import Agreement
from app.records.desk.schema import Filter
from app.records.desk.schemes import Scheme


class Plan(BaseModel):
    """What a project is to be: a sample of `size` utterances out of what the filter leaves, drawn with `seed`."""

    title: str
    scheme: str
    wanted: Filter = Filter()
    size: int = 50
    seed: int = 1
    coders: list[UUID] = []


class CoderView(BaseModel):
    """Somebody who codes, how many utterances they coded, and when they handed in."""

    person_id: UUID
    name: str
    coded: int = 0
    done_at: datetime | None = None


class Given(BaseModel):
    """A code as it was given. `number` grows with time; `by` is a person's name, `model` a model's."""

    number: int
    code: str
    by: str = ""
    model: str = ""
    note: str = ""
    at: datetime


class ProjectView(BaseModel):
    """A coding project. `mine` is the reader as a coder; `sees` whether they may see codes that are not theirs."""

    id: UUID
    course_id: UUID
    title: str
    scheme: Scheme
    seed: int
    chosen: Filter
    created_at: datetime
    units: int
    coders: list[CoderView]
    mine: CoderView | None
    sees: bool
    model_status: str
    model_coded: int

    @property
    def all_in(self) -> bool:
        """Whether every coder has handed in."""
        return all(coder.done_at for coder in self.coders)


class Line(BaseModel):
    """An utterance, masked. `who` is a pseudonym or an agent's role."""

    statement_id: UUID
    class_id: UUID | None
    seq: int
    role: str
    who: str
    learner: str
    lesson: str
    page: int
    text: str


class UnitView(BaseModel):
    """An utterance to be coded, between what was said before and after it. `earlier` and `later` are positions."""

    project_id: UUID
    course_id: UUID
    title: str
    scheme: Scheme
    position: int
    total: int
    done: int
    line: Line
    before: list[Line]
    after: list[Line]
    given: str
    earlier: int
    later: int
    handed_in: bool
    may_undo: bool


class Giver(BaseModel):
    """Whose codes a column has. `key` is a person's id, "model" or "final"."""

    key: str
    name: str


class Pair(BaseModel):
    """Two givers and how far they agree."""

    first: str
    second: str
    agreement: Agreement


class CodedUnit(BaseModel):
    """An utterance with all its codes by giver; `decided` are the decisions about it, oldest first."""

    position: int
    line: Line
    codes: dict[str, str]
    agreed: str = ""
    decided: list[Given] = []

    @property
    def final(self) -> str:
        """What was decided, else what all coders gave; "" where neither is."""
        return self.decided[-1].code if self.decided else self.agreed


class Results(BaseModel):
    """What a project came to so far. `apart` are the utterances on which coders differ."""

    givers: list[Giver]
    pairs: list[Pair]
    with_model: list[Pair]
    units: list[CodedUnit]
    apart: list[CodedUnit]
    model_junk: int = 0
