"""Coming in: sign-in, sign-up by a join code, joining another course, sign-out; and the choice of colours."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel

from app.accounts import service as accounts
from app.base.settings import get_settings
from app.web.access import (
    SESSION_COOKIE,
    Changer,
    Db,
    OwnPage,
    Person,
    Visitor,
    address_of,
    keep_signed_in,
)
from app.web.pages import THEME_COOKIE, THEMES, go, inside, show
from app.web.trouble import form

router = APIRouter()

YEAR = 365 * 24 * 3600
Field = Annotated[str, Form()]


class Me(BaseModel):
    """The signed-in person for scripts: `csrf` is to be sent back as X-CSRF-Token with every change."""

    id: UUID
    name: str
    email: str
    role: str
    csrf: str


@router.get("/sign-in")
def sign_in_page(request: Request, visitor: Visitor, next: str = "/") -> Response:
    """The sign-in page, or the way on for somebody who is in already."""
    if visitor:
        return go(inside(next))
    return show(request, "accounts/sign-in.html", email="", next=inside(next), trouble="")


@router.post("/sign-in", dependencies=[OwnPage])
def sign_in(request: Request, session: Db, email: Field, password: Field, next: Field = "/") -> Response:
    """Sign in with a password."""
    with form("accounts/sign-in.html", email=email[:200], next=inside(next)):
        token = accounts.sign_in(session, email, password, address_of(request))
    response = go(inside(next))
    keep_signed_in(response, token)
    return response


@router.get("/sign-up")
def sign_up_page(request: Request, visitor: Visitor, code: str = "") -> Response:
    """The sign-up page; somebody who is in already only joins."""
    code = code[:40]
    if visitor:
        return show(request, "accounts/join.html", code=code, trouble="")
    return show(request, "accounts/sign-up.html", email="", name="", code=code, trouble="")


@router.post("/sign-up", dependencies=[OwnPage])
def sign_up(session: Db, email: Field, name: Field, password: Field, code: Field) -> Response:
    """A new student account by a join code, signed in at once."""
    with form("accounts/sign-up.html", email=email[:200], name=name[:200], code=code[:40]):
        person_id = accounts.sign_up(session, email, name, password, code)
    token = accounts.open_sign_in(session, person_id)
    response = go("/", "welcome")
    keep_signed_in(response, token)
    return response


@router.post("/join")
def join(session: Db, who: Changer, code: Field) -> Response:
    """Join another course by its code."""
    with form("accounts/join.html", code=code[:40]):
        course_id = accounts.join(session, who, code)
    return go(f"/courses/{course_id}", "joined")


@router.post("/sign-out")
def sign_out(request: Request, session: Db, who: Changer) -> Response:
    """End this browser's sign-in."""
    accounts.sign_out(session, request.cookies.get(SESSION_COOKIE, ""))
    response = go("/sign-in", "signed-out")
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.get("/me.json")
def me(who: Person) -> Me:
    """Who is signed in, for scripts."""
    return Me(id=who.id, name=who.name, email=who.email, role=who.role.value, csrf=who.csrf)


@router.post("/theme", dependencies=[OwnPage])
def choose_theme(theme: Field, next: Field = "/") -> Response:
    """Remember light or dark in a cookie; anything else follows the device again."""
    response = go(inside(next))
    if theme in THEMES:
        secure = get_settings().secure_cookies
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR, samesite="lax", httponly=True, secure=secure)
    else:
        response.delete_cookie(THEME_COOKIE)
    return response
