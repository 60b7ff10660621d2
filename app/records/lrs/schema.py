"""Documents that the learning record store takes and gives."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel

from app.records.lrs.values import Json


class Scope(StrEnum):
    """What a client may do, in the standard's words."""

    WRITE = "statements/write"
    READ_MINE = "statements/read/mine"
    READ = "statements/read"
    STATE = "state"
    PROFILE = "profile"
    DEFINE = "define"
    ALL_READ = "all/read"
    ALL = "all"


class Client(BaseModel):
    """Who asks: a credential that is good. `began` is the database's clock at the start of the request."""

    id: UUID
    name: str
    key: str
    scopes: frozenset[Scope]
    course_id: UUID | None = None
    began: datetime

    def may(self, *scopes: Scope) -> bool:
        """Whether any of these, or all, was granted."""
        return Scope.ALL in self.scopes or any(scope in self.scopes for scope in scopes)


class CredentialView(BaseModel):
    """A credential as it is listed; the secret is known to nobody but the client."""

    id: UUID
    name: str
    key: str
    scopes: list[str]
    course: str = ""
    created_by: str = ""
    created_at: datetime
    revoked_at: datetime | None = None


class NewKey(BaseModel):
    """A credential just made: the only time that its secret is shown."""

    name: str
    key: str
    secret: str


@dataclass
class NewStatement:
    """A row of `statement` to be stored, with its keys in the index."""

    id: UUID
    verb: str
    document: Json
    direct: list[UUID]
    related: list[UUID]
    at: datetime | None = None
    registration: UUID | None = None
    target: UUID | None = None
    voids: UUID | None = None
    course_id: UUID | None = None
    class_id: UUID | None = None
    seq: int | None = None
    person_id: UUID | None = None
    credential_id: UUID | None = None
    n: int = 0


class Format(StrEnum):
    """How much of agents, activities and verbs is told."""

    IDS = "ids"
    EXACT = "exact"
    CANONICAL = "canonical"


class Query(BaseModel):
    """What statements are asked for. `after` is the last of the page before: its time and id; `agent` and `activity`
    are keys, `authority` a credential.
    """

    agent: UUID | None = None
    authority: UUID | None = None
    activity: UUID | None = None
    verb: str | None = None
    registration: UUID | None = None
    related_agents: bool = False
    related_activities: bool = False
    since: datetime | None = None
    until: datetime | None = None
    limit: int = 0
    ascending: bool = False
    format: Format = Format.EXACT
    attachments: bool = False
    after: tuple[datetime, UUID] | None = None


@dataclass
class Found:
    """Statements as they are told, and where the next page begins; None after the last."""

    statements: list[Json]
    after: tuple[datetime, UUID] | None = None
    files: dict[str, bytes] = field(default_factory=dict)
    latest: datetime | None = None
    """When the last of them was stored."""


class Shelf(BaseModel):
    """What a document belongs to: a kind of resource with an activity, an agent, or both."""

    kind: str
    activity: str = ""
    agent: str = ""
    registration: UUID | None = None


@dataclass
class Document:
    """A document as it was given."""

    content: bytes
    content_type: str
    etag: str = ""
    updated_at: datetime | None = None


class Conditions(BaseModel):
    """The ETags of a request's If-Match and If-None-Match, "" where it has none."""

    match: str = ""
    none_match: str = ""
