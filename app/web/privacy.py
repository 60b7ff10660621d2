"""A person's privacy: what they allow, who looked, everything about them to take away, and the way out."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response, StreamingResponse

from app.accounts.schema import CourseRole
from app.analysis.learners import service as learners
from app.base.db import unit_of_work
from app.base.errors import Invalid
from app.courses import service as courses
from app.records.privacy import service as privacy
from app.records.privacy.schema import GuardianWord, Purpose, What
from app.web.access import SESSION_COOKIE, Changer, Db, Person, address_of
from app.web.pages import go, inside, show
from app.web.trouble import form

router = APIRouter()

Field = Annotated[str, Form()]


def _wanted(teaching: str, research: str, alignment: str) -> dict[Purpose, bool]:
    given = {Purpose.TEACHING: teaching, Purpose.RESEARCH: research, Purpose.ALIGNMENT: alignment}
    return {purpose: bool(word) for purpose, word in given.items()}


@router.get("/privacy/ask")
def ask_page(request: Request, session: Db, who: Person, next: str = "/") -> Response:
    """The three questions, each by itself."""
    return show(request, "privacy/ask.html", choices=privacy.choices(session, who.id), next=inside(next))


@router.post("/privacy/ask")
def answer(
    request: Request,
    session: Db,
    who: Changer,
    teaching: Field = "",
    research: Field = "",
    alignment: Field = "",
    next: Field = "/",
) -> Response:
    """Keep the answers and go on to where the person was going."""
    privacy.choose(session, who, _wanted(teaching, research, alignment), address_of(request))
    learners.heed(session, who.id)
    return go(inside(next), "choices-kept")


@router.get("/privacy")
def privacy_page(request: Request, session: Db, who: Person) -> Response:
    """The switches, their history, who looked, and what else a person can do about their data."""
    return show(
        request,
        "privacy/mine.html",
        choices=privacy.choices(session, who.id),
        history=privacy.history(session, who.id),
        looks=privacy.who_looked(session, who.id),
        releases=privacy.releases_of(session, who.id),
    )


@router.post("/privacy")
def change(
    request: Request, session: Db, who: Changer, teaching: Field = "", research: Field = "", alignment: Field = ""
) -> Response:
    """Keep the switches as they stand on the page."""
    privacy.choose(session, who, _wanted(teaching, research, alignment), address_of(request))
    learners.heed(session, who.id)
    return go("/privacy", "choices-kept")


@router.get("/privacy/everything.zip")
def everything(request: Request, session: Db, who: Person) -> StreamingResponse:
    """All that is held about the person, sent while it is read, in a session of its own that ends with it."""
    privacy.note(session, who, What.DOWNLOAD, person_id=who.id, address=address_of(request))

    def parts() -> Iterator[bytes]:
        with unit_of_work() as reading:
            yield from privacy.everything(reading, who.id)

    headers = {"Content-Disposition": 'attachment; filename="my-lyceum.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(parts(), media_type="application/zip", headers=headers)


@router.get("/privacy/erase")
def erase_page(request: Request, session: Db, who: Person) -> Response:
    """What goes and what stays, and the password once more."""
    return show(request, "privacy/erase.html", releases=privacy.releases_of(session, who.id), trouble="")


@router.post("/privacy/erase")
def erase(request: Request, session: Db, who: Changer, password: Field = "") -> Response:
    """Take the account out of use at once; a job erases it."""
    with form("privacy/erase.html", releases=privacy.releases_of(session, who.id)):
        privacy.ask_to_be_erased(session, who, password, address_of(request))
    learners.forget(session, who.id)
    request.state.who = None
    response = show(request, "privacy/gone.html")
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.post("/courses/{course_id}/guardians")
def write_down(
    request: Request,
    session: Db,
    who: Changer,
    course_id: UUID,
    person_id: Annotated[UUID, Form()],
    purpose: Annotated[Purpose, Form()],
    granted: Field = "",
    guardian: Field = "",
    said_on: Field = "",
) -> Response:
    """What a guardian said about a student, as an instructor writes it down."""
    courses.access_course(session, who, course_id, CourseRole.INSTRUCTOR)
    if granted not in ("yes", "no"):
        raise Invalid("Choose whether the guardian agreed or not.")
    word = GuardianWord(
        person_id=person_id, purpose=purpose, granted=granted == "yes", guardian=guardian, said_on=_day(said_on)
    )
    privacy.write_down(session, who, course_id, word, address_of(request))
    return go(f"/courses/{course_id}/people#guardians", "guardian-kept")


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise Invalid("Give the day on which the guardian said it, like 2026-11-22.") from error
