"""Documents of a release: what is asked for, what was made, and what was changed for the sake of privacy."""

from datetime import date, datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from app.base.text import Storable

LEAST_K = 5
MOST_COURSES = 50


class Format(StrEnum):
    """How a release's tables are written. The last three each have contents of their own."""

    PARQUET = "parquet"
    CSV = "csv"
    XAPI = "xapi"
    TRANSACTIONS = "datashop-transactions"
    STEPS = "datashop-steps"


class KeyFate(StrEnum):
    """What becomes of the key of the pseudonyms: gone with the publication, or kept locked for the operator."""

    DESTROYED = "destroyed"
    ESCROWED = "escrowed"


class Status(StrEnum):
    """Where the making of a release stands."""

    WAITING = "waiting"
    MAKING = "making"
    PUBLISHED = "published"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Quasi(StrEnum):
    """What is said of a learner in bands, because together it could tell who they are."""

    ROLE = "role"
    COURSES = "courses"
    FIRST_ACTIVE = "first_active"
    ACTIVITY = "activity"


class ReleaseSpec(BaseModel):
    """What a release is to hold. Classes that began from `since` to `until` (days in UTC, both included) come whole.

    `words`: what students and agents said, scrubbed. `shift`: each learner's times are moved by whole weeks. `quasi`:
    the bands told of a learner, of which every combination holds for at least `k` people.
    """

    courses: list[UUID] = Field(min_length=1, max_length=MOST_COURSES)
    since: date | None = None
    until: date | None = None
    tables: list[str] = Field(min_length=1)
    formats: list[Format] = Field(min_length=1)
    purpose: Storable = Field(min_length=10, max_length=2000)
    words: bool = False
    shift: bool = True
    quasi: list[Quasi] = list(Quasi)
    k: int = Field(LEAST_K, ge=LEAST_K, le=100)
    key: KeyFate = KeyFate.DESTROYED

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since and self.until and self.since > self.until:
            raise ValueError("The first day lies after the last.")
        for name in ("courses", "tables", "formats", "quasi"):
            setattr(self, name, list(dict.fromkeys(getattr(self, name))))
        return self


class FileEntry(BaseModel):
    """A file of a release: its table ("" for papers), rows and bytes, and the SHA-256 of its content in hex."""

    name: str
    table: str = ""
    format: str = ""
    rows: int = 0
    bytes: int
    sha256: str


class BandChange(BaseModel):
    """A quasi-identifier: the bands it was told in, how many people's were told as "other", and its entropy in bits."""

    name: str
    bands: str
    generalised: int
    entropy_before: float
    entropy_after: float


class MeasureChange(BaseModel):
    """A measure of the learners, its mean and standard deviation, of all who consent and of those in the release."""

    name: str
    unit: str
    mean_before: float
    sd_before: float
    mean_after: float
    sd_after: float


class Suppression(BaseModel):
    """What anonymity cost. `consenting` and `released` count people; `rows` were dropped, `cells` told as "other".

    Where fewer than k people were dropped the figures have two digits, lest theirs be had by subtraction.
    """

    k: int
    reached: int
    consenting: int
    released: int
    rows: int
    cells: int
    bands: list[BandChange] = []
    measures: list[MeasureChange] = []
    rounded: bool = False


class Manifest(BaseModel):
    """What a release is, in one document. `consent_texts` counts learners by the version of the text they agreed to.

    `came` and `went` count learners who are in this release and not in `previous`, and the other way round.
    """

    release: UUID
    made_at: datetime
    software: str
    spec: ReleaseSpec
    learners: int
    rows: dict[str, int]
    consent_texts: dict[int, int]
    suppression: Suppression
    previous: UUID | None = None
    came: int | None = None
    went: int | None = None
    notes: list[str] = []
    files: list[FileEntry] = []


class ColumnEntry(BaseModel):
    """A column in the code book. `values` maps each value that may stand there to its meaning, where they are few."""

    name: str
    type: str
    meaning: str
    kind: str
    unit: str = ""
    values: dict[str, str] = {}
    source: str = ""


class TableEntry(BaseModel):
    """A table in the code book."""

    name: str
    meaning: str
    columns: list[ColumnEntry]


class CodeBook(BaseModel):
    """What every column of a release means."""

    release: UUID
    tables: list[TableEntry]
    notes: list[str] = []


class ReleaseView(BaseModel):
    """A release in a list or on its page. `stage` names the table being written, `stage_rows` how far it is."""

    id: UUID
    status: Status
    problem: str
    spec: ReleaseSpec
    course_titles: list[str]
    made_by: str
    created_at: datetime
    published_at: datetime | None
    tables: int
    tables_done: int
    stage: str
    stage_rows: int
    manifest: Manifest | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still being made."""
        return self.status in (Status.WAITING, Status.MAKING)


class TableCount(BaseModel):
    """About how many rows a table would have: a count before suppression."""

    name: str
    meaning: str
    rows: int


class Preview(BaseModel):
    """What a spec would give now. `people` are all in the selection, `consenting` those who allow research."""

    people: int
    consenting: int
    classes: int
    suppression: Suppression
    tables: list[TableCount]
    problem: str = ""


class Change(BaseModel):
    """A figure in two releases."""

    name: str
    before: float | None
    after: float | None


class Difference(BaseModel):
    """Two releases compared: columns ("table.column") that came and went, rows by table, means of the measures.

    `came` and `went` count learners, where the database knows both releases.
    """

    before: UUID
    after: UUID
    columns_added: list[str]
    columns_removed: list[str]
    rows: list[Change]
    learners: Change
    came: int | None
    went: int | None
    means: list[Change]
