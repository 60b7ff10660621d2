"""The door's checks: one session a request, who is asking, and whether a change was really meant.

The session dependency has the scope "function": FastAPI then closes it when the endpoint has returned and before the
response goes out, so that a redirect never outruns its row and a failed commit is still an error page.
"""

from collections.abc import Callable, Iterator
from hmac import compare_digest
from typing import Annotated, TypeVar
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from app.accounts import service as accounts
from app.accounts.schema import Who
from app.base.db import unit_of_work
from app.base.errors import AppError, SignedOut
from app.base.settings import get_settings

R = TypeVar("R")

SESSION_COOKIE = "lyceum_session"
SESSION_SECONDS = 14 * 24 * 3600


class NotMeant(AppError):
    """A change that did not come from one of our own pages."""

    status = 403


def _session() -> Iterator[Session]:
    with unit_of_work() as session:
        yield session


Db = Annotated[Session, Depends(_session, scope="function")]


def _visitor(request: Request, session: Db) -> Who | None:
    token = request.cookies.get(SESSION_COOKIE, "")
    request.state.who = accounts.who_is(session, token) if token else None
    return request.state.who  # type: ignore[no-any-return]


Visitor = Annotated[Who | None, Depends(_visitor)]


async def _person(visitor: Visitor) -> Who:  # on the loop, as it waits for nothing: a thread would cost more
    if visitor is None:
        raise SignedOut
    return visitor


Person = Annotated[Who, Depends(_person)]
"""The signed-in person; nobody signed in raises SignedOut."""


async def _given(request: Request) -> str:
    """The csrf word that a request shows."""
    given = request.headers.get("x-csrf-token", "")
    if given or "form" not in request.headers.get("content-type", ""):
        return given
    field = (await request.form()).get("csrf", "")
    return field if isinstance(field, str) else ""


def _meant(person: Who, given: str) -> Who:
    if not compare_digest(given.encode("utf-8", "replace"), person.csrf.encode()):
        raise NotMeant("This page is from an earlier sign-in. Reload it and do that again; nothing was changed.")
    return person


async def _changer(request: Request, person: Person) -> Who:
    return _meant(person, await _given(request))


Changer = Annotated[Who, Depends(_changer)]
"""The signed-in person, once the request has shown this sign-in's csrf word (form field or X-CSRF-Token)."""


async def change_at_once(request: Request, work: Callable[[Session, Who], R]) -> R:
    """What an endpoint with `Db` and `Changer` does, in one thread from the sign-in to the commit.

    FastAPI sends each sync dependency, the endpoint and the commit to a thread of its own: where people wait for each
    millisecond, the ways there and back are most of it.
    """
    given = await _given(request)

    def change() -> R:
        with unit_of_work() as session:
            who = _visitor(request, session)
            if who is None:
                raise SignedOut
            return work(session, _meant(who, given))

    return await run_in_threadpool(change)


def _own_page(request: Request) -> None:
    origin = request.headers.get("origin", "")
    foreign = bool(origin) and urlsplit(origin).netloc != request.headers.get("host", "")
    if foreign or request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise NotMeant("This form was sent from another site. Open it here and send it again.")


OwnPage = Depends(_own_page)
"""For forms of people who are not signed in: refuses a post that another site made."""


def address_of(request: Request) -> str:
    """Where the request came from, for throttling."""
    return request.client.host if request.client else "unknown"


def keep_signed_in(response: Response, token: str) -> None:
    """Put the session's token into the browser's cookie."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="lax",
        secure=get_settings().secure_cookies,
    )


async def _sent(request: Request) -> FormData:
    return await request.form()


Sent = Annotated[FormData, Depends(_sent)]
"""The fields of a form whose names are not known beforehand."""


def texts(sent: FormData, name: str) -> list[str]:
    """The words of all fields of one name, in order, with plain line ends; files are left out."""
    return [one.replace("\r\n", "\n") for one in sent.getlist(name) if isinstance(one, str)]


def text(sent: FormData, name: str) -> str:
    """The words of the first field of a name, "" where there is none."""
    return next(iter(texts(sent, name)), "")
