"""/xapi: the learning record store over HTTP. Every answer names the version that was spoken; trouble is JSON."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from app.base.db import unit_of_work
from app.base.errors import AppError
from app.records.lrs import service as lrs
from app.records.lrs.checking import ONE, TWO
from app.records.lrs.schema import Client
from app.records.lrs.values import written
from app.records.privacy import service as privacy
from app.web import xapi_documents, xapi_statements
from app.web.xapi_answers import THROUGH, VERSION, json_answer, refusal
from app.web.xapi_calls import Call, login_of, read_call

router = APIRouter(prefix="/xapi")

Work = Callable[[Session, Client, Call], Response]
READING = ("GET", "HEAD", "POST")
"""Where only reading is meant, POST is for the alternate syntax."""
RESOURCES: dict[str, tuple[Work, tuple[str, ...]]] = {
    "statements": (xapi_statements.statements, ("GET", "HEAD", "PUT", "POST")),
    "activities": (xapi_documents.activities, READING),
    "agents": (xapi_documents.agents, READING),
    "activities/state": (xapi_documents.state, (*READING, "PUT", "DELETE")),
    "activities/profile": (xapi_documents.activity_profile, (*READING, "PUT", "DELETE")),
    "agents/profile": (xapi_documents.agent_profile, (*READING, "PUT", "DELETE")),
}
ABOUT_PEOPLE = ("statements", "agents", "activities/state", "agents/profile")
"""Where reading leaves a line in the audit log."""
FRESH_SECONDS = 0.25


class Through:
    """The last Consistent-Through that was found. An answer that reads nothing may have an older one: it is as true."""

    def __init__(self) -> None:
        self.found = datetime.fromtimestamp(0, UTC)
        self.at = 0.0

    def fresh(self, session: Session, reads: bool) -> str:
        """As of now for what is read in this transaction from here on; else of a moment ago."""
        if not reads and monotonic() - self.at < FRESH_SECONDS:
            return written(self.found)
        found = lrs.consistent_through(session)
        self.found, self.at = found, monotonic()
        return written(found)


_through = Through()
_spoken: dict[int, str] = {}
"""The version that each client spoke last, by the hash of its login: how it is answered where it names none."""
MOST_CLIENTS = 1000


def _door(path: str, work: Work) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            call = read_call(request, await request.body(), path)
            response = await run_in_threadpool(_answered, call, work)
            response.headers[VERSION] = call.version
        except AppError as error:
            response = refusal(error.sentence, error.status)
        except HTTPException as error:
            response = refusal(str(error.detail), error.status_code)
        response.headers.setdefault(VERSION, _guessed(request))
        if path == "statements":
            response.headers.setdefault(THROUGH, written(_through.found))
        return response

    return answer


def _guessed(request: Request) -> str:
    """The version in which trouble is answered."""
    if VERSION in request.headers:
        return ONE if request.headers[VERSION].startswith("1.") else TWO
    try:
        return _spoken.get(hash(login_of(request.headers)), TWO)
    except AppError:
        return TWO


def _answered(call: Call, work: Work) -> Response:
    """The work in a transaction of its own, which is committed before the answer goes out."""
    with unit_of_work() as session:
        client = lrs.client_of(session, *call.login, writes=not call.reads)
        through = _through.fresh(session, call.reads) if call.path == "statements" else ""
        who = hash(call.login)
        if who in _spoken or len(_spoken) < MOST_CLIENTS:
            _spoken[who] = call.version
        response = work(session, client, call)
        if call.reads and call.path in ABOUT_PEOPLE:
            privacy.note_reading_by_credential(session, client.name, course_id=client.course_id, details=call.path)
        if through:
            response.headers[THROUGH] = through
    return response


async def about() -> Response:
    """The versions spoken, for anybody."""
    response = json_answer({"version": [ONE, TWO], "extensions": {}})
    response.headers[VERSION] = TWO
    return response


for _path, (_work, _methods) in RESOURCES.items():
    router.add_api_route(f"/{_path}", _door(_path, _work), methods=list(_methods), include_in_schema=False)
router.add_api_route("/about", about, methods=["GET", "HEAD"], include_in_schema=False)
