"""Errors at the door: a page for people, JSON for scripts, and the same answer for unknown and forbidden."""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from app.base.db import is_held
from app.base.errors import AppError, Invalid, NotFound, SignedOut
from app.web.asking import AskFirst
from app.web.pages import show, wants_json
from app.web.shield import HEADERS

log = logging.getLogger(__name__)

TITLES = {
    400: "That did not work",
    403: "That was not done",
    404: "Nothing here",
    409: "Somebody was faster",
    413: "Too large",
    429: "One moment",
    503: "One moment",
}
AWAY = "The database does not answer at this moment. Nothing you did is lost; try again in a few seconds."
HELD = "Something else is at work on this and has not let go of it. Nothing was changed; try again in a few seconds."


class FormTrouble(AppError):
    """Trouble with a form whose page is shown again, filled in as it was, with the sentence above it."""

    def __init__(self, error: AppError, template: str, values: dict[str, object]) -> None:
        super().__init__(error.sentence, status=error.status)
        self.template = template
        self.values = values


@contextmanager
def form(template: str, **values: object) -> Iterator[None]:
    """Trouble inside shows `template` again. The exception still leaves the endpoint, so nothing is committed."""
    try:
        yield
    except (NotFound, SignedOut):
        raise
    except AppError as error:
        raise FormTrouble(error, template, values) from error


def answer(request: Request, error: AppError) -> Response:
    """Expected trouble as a response: JSON `{"error": sentence}` for scripts, else a page."""
    if wants_json(request):
        return JSONResponse({"error": error.sentence}, error.status)
    if isinstance(error, SignedOut):
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(here if request.method == 'GET' else '/')}", 303)
    if isinstance(error, AskFirst):
        return RedirectResponse(f"/privacy/ask?next={quote(request.url.path)}", 303)
    if isinstance(error, FormTrouble):
        return show(request, error.template, status=error.status, trouble=error.sentence, **error.values)
    title = TITLES.get(error.status, "That did not work")
    return show(request, "error.html", status=error.status, title=title, sentence=error.sentence, code="")


def from_http(error: HTTPException) -> AppError:
    """What the framework refuses, in this project's words."""
    if error.status_code == 404:
        return NotFound()
    if error.status_code == 405:
        return AppError("This address cannot be used that way.", status=405)
    return AppError(str(error.detail), status=error.status_code)


def from_validation(error: RequestValidationError) -> AppError:
    """A malformed id is an unknown id; anything else names the fields to look at."""
    problems = error.errors()
    if any(problem["loc"][0] == "path" for problem in problems):
        return NotFound()
    names = sorted({str(problem["loc"][-1]).replace("_", " ") for problem in problems})
    return Invalid(f"Something is missing or not in its right form: {', '.join(names)}. Go back and check it.")


def unexpected(request: Request, error: Exception) -> Response:
    """A bug: logged whole under an id, which is all the page says of it."""
    code = uuid.uuid4().hex[:8]
    log.error("unexpected trouble %s at %s %s", code, request.method, request.url.path, exc_info=error)
    sentence = "Something broke on our side. Nothing you did is lost; try again, and if it stays, tell your operator"
    if wants_json(request):
        return JSONResponse({"error": f"{sentence} ({code}).", "code": code}, 500, headers=HEADERS)
    page = show(request, "error.html", status=500, title="Our mistake", sentence=f"{sentence}:", code=code)
    page.headers.update(HEADERS)
    return page


def database_away(request: Request, error: Exception) -> Response:
    """The database is restarting, or has no connection left, or what is to be changed is held: no bug of ours, and over
    soon.
    """
    log.warning("the database is away at %s %s: %s", request.method, request.url.path, error)
    response = answer(request, AppError(HELD if is_held(error) else AWAY, status=503))
    response.headers["Retry-After"] = "3"
    return response


def install(app: FastAPI) -> None:
    """Hang the handlers up."""

    def on_app_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, AppError)
        return answer(request, error)

    def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return answer(request, from_http(error))

    def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return answer(request, from_validation(error))

    app.add_exception_handler(AppError, on_app_error)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(kind, database_away)
    app.add_exception_handler(Exception, unexpected)
