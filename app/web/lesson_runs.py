"""The writing of a lesson: what it will take, the word to begin, how far it is, and single steps once more."""

from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.accounts.schema import CourseRole, Who
from app.lessons import service as lessons
from app.lessons.runs.reading import Panel
from app.lessons.runs.schema import Cost, Estimate
from app.web import lesson_stream
from app.web.access import Changer, Db, Person
from app.web.event_stream import EventStream
from app.web.pages import go, plural, show

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)
MINUTE, HOUR = 60, 3600


class Taken(NamedTuple):
    """A line of what something takes: its name, what was expected, what it took so far."""

    name: str
    expected: str
    taken: str


class RunPage(NamedTuple):
    """What the panel shows: where the runs stand, and in words what the newest takes and what the rest would."""

    panel: Panel
    taken: list[Taken]
    sentence: str


def run_page(session: Session, lesson_id: UUID) -> RunPage:
    """The panel of a lesson, for a caller who has checked who asks."""
    panel = lessons.panel(session, lesson_id)
    run, expected = panel.run, panel.estimate
    taken = _taken(run.estimate, run.actual, run.hits) if run else []
    return RunPage(panel, taken, in_words(expected) if expected else "")


def in_words(one: Estimate) -> str:
    """An estimate as a sentence."""
    pages, calls = plural(one.pages, "page"), plural(one.calls, "call")
    if not one.calls:
        return f"{pages} of few words, made from the pages themselves without the language model: free."
    tokens = thousands(one.tokens_in + one.tokens_out)
    cost = money(one.money, one.currency) if one.money else "free"
    return f"{pages}: about {calls} of the language model with {tokens} tokens, {duration(one.seconds)}, {cost}."


def _taken(expected: Estimate, actual: Cost, hits: int) -> list[Taken]:
    currency, is_free = expected.currency, not (expected.money or actual.money)
    calls = f"{actual.calls:,}" + (f" ({hits:,} from the cache, for free)" if hits else "")
    return [
        Taken("Calls of the model", f"{expected.calls:,}", calls),
        Taken("Tokens it read", thousands(expected.tokens_in), thousands(actual.tokens_in)),
        Taken("Tokens it wrote", thousands(expected.tokens_out), thousands(actual.tokens_out)),
        Taken("Time", duration(expected.seconds), duration(actual.seconds)),
        Taken("Cost", *("free" if is_free else money(one.money, currency) for one in (expected, actual))),
    ]


def thousands(count: int) -> str:
    """A number of tokens, to two digits from a hundred on, as it is only known roughly."""
    if count < 100:
        return str(count)
    step = 10 ** (len(str(count)) - 2)
    return f"{round(count / step) * step:,}"


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < MINUTE:
        return f"{max(1, round(seconds))} s" if seconds else "no time"
    if seconds < HOUR:
        return f"{round(seconds / MINUTE)} min"
    return f"{seconds / HOUR:.1f} h"


def money(amount: float, currency: str) -> str:
    """An amount, to the hundredth."""
    return f"less than 0.01 {currency}" if 0 < amount < 0.01 else f"{amount:.2f} {currency}"


@router.get("/lessons/{lesson_id}/run")
def run_part(request: Request, session: Db, who: Person, lesson_id: UUID) -> Response:
    """The panel by itself, which the page's script puts in place when a run begins or ends."""
    lesson = lessons.access_lesson(session, who, lesson_id, *TEACHING)
    return show(request, "lessons/run.html", lesson=lesson, run_page=run_page(session, lesson_id))


@router.get("/lessons/{lesson_id}/run/events")
def events(
    session: Db, who: Person, lesson_id: UUID, after: int = 0, last_event_id: Annotated[str | None, Header()] = None
) -> Response:
    """How the writing goes, as server-sent events from after an entry of the log on."""
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
    known = last_event_id if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else ""
    position = int(known) if known and len(known) < 18 else max(0, after)
    lines = lesson_stream.stream(lesson_id, who.id, position)
    return EventStream(lines)


@router.post("/lessons/{lesson_id}/run")
def write(session: Db, who: Changer, lesson_id: UUID) -> Response:
    """Write what is not written yet; while the deck is read still, as soon as it is."""
    _teaches(session, who, lesson_id)
    return go(f"/lessons/{lesson_id}", "writing" if lessons.begin_writing(session, who, lesson_id) else "writing-soon")


@router.post("/lessons/{lesson_id}/runs/{run_id}/cancel")
def cancel(session: Db, who: Changer, lesson_id: UUID, run_id: UUID) -> Response:
    """Call a run off."""
    _teaches(session, who, lesson_id)
    lessons.cancel_run(session, lesson_id, run_id)
    return go(f"/lessons/{lesson_id}", "writing-off")


@router.post("/lessons/{lesson_id}/runs/{run_id}/go-on")
def go_on(session: Db, who: Changer, lesson_id: UUID, run_id: UUID) -> Response:
    """Go on with a run that was called off."""
    _teaches(session, who, lesson_id)
    lessons.take_up_run(session, lesson_id, run_id)
    return go(f"/lessons/{lesson_id}", "writing")


@router.post("/lessons/{lesson_id}/steps/{step_id}/retry")
def retry(session: Db, who: Changer, lesson_id: UUID, step_id: UUID) -> Response:
    """Do one step again that failed."""
    _teaches(session, who, lesson_id)
    lessons.retry_step(session, lesson_id, step_id)
    return go(f"/lessons/{lesson_id}", "step-again")


def _teaches(session: Session, who: Who, lesson_id: UUID) -> None:
    lessons.access_lesson(session, who, lesson_id, *TEACHING)
