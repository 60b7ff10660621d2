"""The researcher's desk at the door: records as a page and as an API, tokens, and classes to replay."""

from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.errors import AppError, NotFound
from app.base.settings import get_settings
from app.classroom.schema import Kind
from app.courses import service as courses
from app.courses.schema import CourseView
from app.records.desk import service as desk
from app.records.desk.filtering import HIDDEN, ROLES
from app.records.desk.reading import LIMIT, MOST
from app.records.desk.schema import DESK, Filter, RecordPage
from app.records.desk.tokens import NotKnown
from app.records.privacy import service as privacy
from app.records.privacy.schema import What
from app.records.profile import profile
from app.web.access import Changer, Db, Person, address_of
from app.web.pages import go, show

router = APIRouter()

Words = Annotated[str, Query(max_length=8000)]
Field = Annotated[str, Form()]
KINDS = [kind.value for kind in Kind if kind.value not in HIDDEN]


class Choices(NamedTuple):
    """What the form offers."""

    agents: tuple[str, ...] = ROLES
    verbs: tuple[str, ...] = tuple(profile().verbs)
    kinds: tuple[str, ...] = tuple(KINDS)


def _filter(
    learner_group: Words = "all",
    agent: Words = "",
    page: Words = "",
    verb: Words = "",
    kind: Words = "",
    since: Words = "",
    until: Words = "",
) -> Filter:
    """The filter in an address; the same for the page and the API."""
    told = {"agent": agent, "page": page, "verb": verb, "kind": kind, "since": since, "until": until}
    return Filter(learners=learner_group.strip() or "all", **{name: value.strip() for name, value in told.items()})


Wanted = Annotated[Filter, Depends(_filter)]


@router.get("/api/records")
def records_api(
    request: Request,
    session: Db,
    course: UUID,
    wanted: Wanted,
    cursor: Words = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = LIMIT,
) -> Response:
    """Records of a course for a program with a token; answers in JSON, also in trouble."""
    try:
        reader = desk.reader_by(session, _token(request), course)
    except NotKnown as error:
        return JSONResponse({"error": error.sentence}, 401, headers={"WWW-Authenticate": 'Bearer realm="records"'})
    found: RecordPage = desk.read_records(session, reader, wanted, cursor, limit)
    by, address = reader.person_id, address_of(request)
    privacy.note_reading(session, by, What.DESK, course_id=course, details="API", address=address)
    headers = {"Cache-Control": "no-store"}
    return Response(found.model_dump_json(), media_type="application/json", headers=headers)


def _token(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


@router.get("/courses/{course_id}/desk")
def desk_page(
    request: Request,
    session: Db,
    who: Person,
    course_id: UUID,
    wanted: Wanted,
    cursor: Words = "",
) -> Response:
    """A course's records as a table, filtered by the address."""
    course = courses.access_course(session, who, course_id, *DESK)
    reader = desk.reader_of(session, who, course_id)
    trouble = ""
    try:
        found = desk.read_records(session, reader, wanted, cursor)
        count = desk.count_records(session, reader, wanted)
    except AppError as error:
        found, count, trouble = RecordPage(course=course_id, records=[]), 0, error.sentence
    privacy.note_reading(session, who, What.DESK, course_id=course_id, address=address_of(request))
    base = get_settings().public_url.rstrip("/")
    return show(
        request,
        "desk/records.html",
        status=400 if trouble else 200,
        course=course,
        wanted=wanted,
        choices=Choices(),
        records=found.records,
        count=count,
        is_later=bool(cursor),
        following=wanted.query(cursor=found.next) if found.next else "",
        first=wanted.query(),
        api=f"{base}/api/records?{wanted.query(course=course_id)}",
        is_researcher=reader.is_researcher,
        trouble=trouble,
    )


@router.get("/desk/classes/{class_id}")
def replay_page(request: Request, session: Db, who: Person, class_id: UUID) -> Response:
    """A class as a transcript beside its slides."""
    told = desk.replay(session, who, class_id)
    place, address = told.course_id, address_of(request)
    privacy.note_reading(session, who, What.DESK, class_id=class_id, course_id=place, details="class", address=address)
    return show(request, "desk/replay.html", told=told)


@router.get("/desk")
def home(request: Request, session: Db, who: Person) -> Response:
    """All the courses at whose desk somebody has a place, and their tokens."""
    return _home(request, session, who)


def _places(session: Session, who: Who) -> list[CourseView]:
    found = [one for one in courses.my_courses(session, who) if one.role in DESK]
    if not found:
        raise NotFound
    return found


def _home(
    request: Request, session: Session, who: Who, secret: str = "", trouble: str = "", status: int = 200
) -> Response:
    places = _places(session, who)
    return show(
        request,
        "desk/home.html",
        status=status,
        courses=places,
        titles={one.id: one.title for one in places},
        tokens=desk.my_tokens(session, who),
        secret=secret,
        api=f"{get_settings().public_url.rstrip('/')}/api/records",
        trouble=trouble,
    )


@router.post("/desk/tokens")
def new_token(
    request: Request,
    session: Db,
    who: Changer,
    name: Field = "",
    course: Annotated[list[UUID] | None, Form()] = None,
    days: Annotated[int, Form()] = 90,
) -> Response:
    """Make a token and show its secret, this once; the page is not kept anywhere."""
    _places(session, who)
    try:
        secret = desk.new_token(session, who, name, course or [], days)
    except NotFound:
        raise
    except AppError as error:
        return _home(request, session, who, trouble=error.sentence, status=error.status)
    return _home(request, session, who, secret=secret)


@router.post("/desk/tokens/{token_id}/revoke")
def revoke(session: Db, who: Changer, token_id: UUID) -> Response:
    """Take a token back."""
    desk.revoke(session, who, token_id)
    return go("/desk", "token-revoked")
