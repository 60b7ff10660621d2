"""Keys of the clients of /xapi: made and revoked by admins, and by researchers for the courses they are in.

A researcher's keys are bound to a course and read nothing but what they wrote: what classes leave behind is read under
pseudonyms and by consent, on the desk and in releases. Only an admin may make a key that reads it as it is.
"""

from dataclasses import dataclass, field
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.errors import Invalid, NotFound
from app.courses import service as courses
from app.courses.schema import CourseView
from app.records.lrs import service as lrs
from app.records.lrs.schema import CredentialView, NewKey, Scope
from app.web.access import Changer, Db, Person
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter()

Field = Annotated[str, Form()]
WORDS = {
    "statements/write": "write statements",
    "statements/read/mine": "read the statements it wrote itself",
    "statements/read": "read all statements, those of classes too",
    "state": "keep state documents",
    "profile": "keep profile documents",
    "define": "say what activities are called",
    "all/read": "read everything",
    "all": "do everything, also void what others wrote",
}
STAFF = (CourseRole.INSTRUCTOR, CourseRole.RESEARCHER)
OPEN = (Scope.READ, Scope.ALL_READ, Scope.ALL)
"""Scopes that show people's records as they are, whatever they consent to."""
USUAL = ("statements/write", "statements/read/mine", "state", "profile", "define")


@dataclass
class Shown:
    """What the page shows: the keys, the courses that one may be bound to, and the form as it was filled in."""

    keys: list[CredentialView]
    courses: list[CourseView]
    base: str
    name: str = ""
    course: str = ""
    chosen: tuple[str, ...] = USUAL
    made: NewKey | None = None
    words: dict[str, str] = field(default_factory=lambda: WORDS)
    said = WORDS
    everywhere: bool = True


def may_keep_keys(who: Who) -> bool:
    """Whether somebody may make and revoke keys."""
    return who.role in (SiteRole.ADMIN, SiteRole.RESEARCHER)


def _checked(who: Who) -> None:
    if not may_keep_keys(who):
        raise NotFound


def _by(who: Who) -> UUID | None:
    """Whose keys somebody sees: an admin everybody's."""
    return None if who.role is SiteRole.ADMIN else who.id


def _shown(request: Request, session: Session, who: Who) -> Shown:
    base = str(request.base_url).rstrip("/")
    mine = [one for one in courses.my_courses(session, who) if one.role in STAFF]
    shown = Shown(lrs.credentials(session, _by(who)), mine, f"{base}/xapi")
    if who.role is not SiteRole.ADMIN:
        shown.everywhere, shown.words = False, {scope: words for scope, words in WORDS.items() if scope not in OPEN}
    return shown


@router.get("/records/keys")
def keys_page(request: Request, session: Db, who: Person) -> Response:
    """The keys, and the form for a new one."""
    _checked(who)
    return show(request, "records/keys.html", shown=_shown(request, session, who), trouble="")


@router.post("/records/keys")
def add_key(
    request: Request,
    session: Db,
    who: Changer,
    name: Field = "",
    course: Field = "",
    scope: Annotated[list[str], Form()] = [],  # noqa: B006
) -> Response:
    """Make a key. Its secret is on this one answer, which nobody keeps."""
    _checked(who)
    shown = _shown(request, session, who)
    shown.name, shown.course, shown.chosen = name[:200], course, tuple(scope)
    with form("records/keys.html", shown=shown):
        _may_make(shown, course, scope)
        made = lrs.add_credential(session, name, lrs.scopes_of(scope), UUID(course) if course else None, who.id)
    shown = _shown(request, session, who)
    shown.made = made
    return show(request, "records/keys.html", shown=shown, trouble="")


def _may_make(shown: Shown, course: str, scopes: list[str]) -> None:
    if course not in [*(str(one.id) for one in shown.courses), *([""] if shown.everywhere else [])]:
        raise Invalid("Choose one of your courses.")
    if any(scope not in shown.words for scope in scopes):
        raise Invalid("Choose what the program may do from the list.")


@router.post("/records/keys/{key}/revoke")
def revoke_key(session: Db, who: Changer, key: str) -> Response:
    """End a key for good."""
    _checked(who)
    lrs.revoke_credential(session, key, _by(who))
    return go("/records/keys", "key-revoked")
