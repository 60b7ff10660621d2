"""The live class at the door: its page, its state, its event stream, and what the student does in it."""

from enum import StrEnum
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.assessment import service as assessment
from app.assessment.documents import PaperLine, Purpose
from app.base.errors import Invalid
from app.classroom import service as classroom
from app.classroom.log.state import ClassState
from app.classroom.people.attending import LONGEST_WORDS, SPEEDS
from app.classroom.people.instructing import LONGEST_WHISPER
from app.classroom.schema import Activity, ClassView, Control, Cut, Mode
from app.classroom.stage.cast import Cast, Speech
from app.courses import service as courses
from app.courses.schema import Page
from app.lessons import service as lessons
from app.records.privacy import service as privacy
from app.records.privacy.schema import What
from app.web import live
from app.web.access import Changer, Db, Person, address_of, change_at_once
from app.web.asking import ask_first
from app.web.event_stream import EventStream, Pen
from app.web.pages import show

router = APIRouter()

Word = TypeVar("Word", bound=StrEnum)

PAGE_WORDS = 1500
WISHES = (
    ("Simpler, please", "Can you explain that again more simply, please?"),
    ("An example", "Can you give me an example, please?"),
    ("Go deeper", "Can you go deeper into that, please?"),
)
"""What is often wanted, with the words that are said for it."""
WISHES_WHEN_ASKED = (
    ("A hint, please", "I am stuck. A hint, please."),
    ("Tell me the answer", "Please tell me the answer."),
)
"""The same while a question to the student is open."""
SHORT = {"curious": "asks", "thinker": "thinks", "notes": "notes", "clown": "jokes"}
"""What a classmate does, in a word; teacher and tutor are called what they are."""
KEYS = (
    ("/", "go to the text box"),
    ("Enter", "send what you wrote"),
    ("Shift Enter", "a new line"),
    ("Esc", "leave the text box"),
    ("Space", "pause or resume the class"),
    ("c", "continue, without waiting"),
    ("h", "raise your hand, or lower it"),
    ("s", "stop whoever speaks"),
    ("m", "flow on, or wait after each point"),
    ("←", "back a page"),
    ("→", "on to the next page"),
    ("b", "write on your own board"),
    ("v", "voices on or off"),
    ("?", "these keys"),
)


class Said(BaseModel):
    """The number of the event that the student's words became."""

    seq: int


class Seat(BaseModel):
    """One of the room on the page: voice, name, duty, the duty in a word for under the face, and how they sound."""

    voice: str
    name: str
    duty: str
    short: str
    speech: Speech = Speech()


class ClassDocument(BaseModel):
    """A class as a script sees it: what it is, how it stands, and who is in it."""

    view: ClassView
    state: ClassState
    cast: list[Seat]


def seats(who: Who, cast: Cast) -> list[Seat]:
    """Everybody in the room, the student last."""
    agents = [
        Seat(
            voice=one.voice.value,
            name=one.name,
            duty=one.duty,
            short=SHORT.get(one.voice.value, one.voice.value),
            speech=one.speech,
        )
        for one in cast.values()
    ]
    return [*agents, Seat(voice="student", name="You", duty=who.name, short="student")]


def _size(pages: list[Page]) -> tuple[int, int] | None:
    """Width and height of the first page that has them, so that the browser reserves the room."""
    return next(((round(one.width), round(one.height)) for one in pages if one.width and one.height), None)


@router.get("/classes/{class_id}.json")
def class_json(session: Db, who: Person, class_id: UUID) -> ClassDocument:
    """View, state and cast, for scripts."""
    view = classroom.access_class(session, who, class_id)
    cast = seats(who, classroom.members(session, class_id))
    return ClassDocument(view=view, state=classroom.state_for(session, who, class_id), cast=cast)


@router.get("/classes/{class_id}")
def class_page(request: Request, session: Db, who: Person, class_id: UUID) -> Response:
    """The class page. Its conversation comes over the stream, from the first event on."""
    view = classroom.access_class(session, who, class_id)
    ask_first(request, session, who, view.course_id)
    if view.is_instructor:
        _note_watching(request, session, who, view)
    state = classroom.state(session, class_id)
    pages = courses.pages(session, view.material_id)
    return show(
        request,
        "classes/class.html",
        view=view,
        state=state,
        pages=pages,
        shown=next((page for page in pages if page.number == state.page), None),
        size=_size(pages),
        cast=seats(who, classroom.members(session, class_id)),
        activities=list(Activity),
        modes=list(Mode),
        wishes=WISHES,
        wishes_when_asked=WISHES_WHEN_ASKED,
        speeds=SPEEDS,
        limit=LONGEST_WORDS,
        page_words=PAGE_WORDS,
        keys=KEYS,
        people=classroom.people(session, class_id),
        tests=_tests_of(session, who, view),
        whisper_limit=LONGEST_WHISPER,
    )


def _tests_of(session: Session, who: Who, view: ClassView) -> list[PaperLine]:
    """The quizzes and tests of the lesson's module that its student may begin or go on with now."""
    if view.is_instructor or view.is_preview:
        return []
    module_id = lessons.access_lesson(session, who, view.lesson_id).module_id
    here = [one for one in assessment.my_papers(session, who, view.course_id) if one.module_id == module_id]
    return [one for one in here if one.state in ("open", "going") and one.purpose is not Purpose.PRACTICE]


def _note_watching(request: Request, session: Session, who: Who, view: ClassView) -> None:
    """An instructor comes into a class of others: the audit log has it, under the student who attends it alone."""
    students = [one.id for one in classroom.people(session, view.id) if not one.is_instructor]
    alone = None if view.is_shared else next(iter(students), None)
    address = address_of(request)
    privacy.note(session, who, What.CLASS, person_id=alone, class_id=view.id, course_id=view.course_id, address=address)


def _position(given: str | None, after: int) -> int:
    """The seq to go on after: the browser's own memory first, then the address."""
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 10 else max(0, after)


@router.get("/classes/{class_id}/events")
def events(
    session: Db, who: Person, class_id: UUID, after: int = 0, last_event_id: Annotated[str | None, Header()] = None
) -> Response:
    """The class as server-sent events. 204 tells a browser that a finished class has nothing more for it.

    The request's session is closed when this returns; the stream itself holds none.
    """
    view = classroom.access_class(session, who, class_id)
    position = _position(last_event_id, after)
    if view.ended and position >= view.last_seq:
        return Response(status_code=204)
    if view.is_shared and not view.is_instructor:
        classroom.come_back(session, who, class_id)
    pen = Pen()
    return EventStream(live.stream(class_id, who.id, position, view.is_instructor, pen), pen)


async def _sent(request: Request) -> dict[str, str]:
    """The fields that were sent, as JSON or as a form; only text counts."""
    if "json" not in request.headers.get("content-type", ""):
        return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    try:
        found = await request.json()
    except ValueError as error:
        raise Invalid("What was sent cannot be read. Reload the page and try again.") from error
    fields = found if isinstance(found, dict) else {}
    return {name: value for name, value in fields.items() if isinstance(value, str)}


Sent = Annotated[dict[str, str], Depends(_sent)]


@router.post("/classes/{class_id}/say", status_code=202)
async def say(request: Request, class_id: UUID, sent: Sent) -> Said:
    """The student's words. `key` is the browser's own name for them: sent twice, they are said once."""
    words, key, cut = sent.get("text", ""), sent.get("key", ""), _cut(sent)
    return await change_at_once(
        request, lambda session, who: Said(seq=classroom.say(session, who, class_id, words, key, cut))
    )


def _cut(sent: dict[str, str]) -> Cut | None:
    """Where the student broke in, when the page says so: `cut` is the utterance's seq, `heard` its heard characters."""
    seq, heard = sent.get("cut", ""), sent.get("heard", "")
    is_given = seq.isascii() and heard.isascii() and seq.isdigit() and heard.isdigit() and len(seq + heard) < 18
    return Cut(seq=int(seq), heard=int(heard)) if is_given else None


def _one_of(kind: type[Word], given: str, lead: str) -> Word:
    """What was sent as one of a kind's words; for anything else a sentence that lists them."""
    try:
        return kind(given)
    except ValueError as error:
        raise Invalid(f"{lead}: {', '.join(one.value for one in kind)}.") from error


@router.post("/classes/{class_id}/control", status_code=202)
def control(session: Db, who: Changer, class_id: UUID, sent: Sent) -> ClassState:
    """Pause, resume, continue, interrupt, hand, back, forward or end; answers with the class as it stands then."""
    verb = _one_of(Control, sent.get("verb", ""), "A class can do this")
    classroom.control(session, who, class_id, verb, _cut(sent))
    return classroom.state_for(session, who, class_id)


@router.post("/classes/{class_id}/activity", status_code=202)
def activity(session: Db, who: Changer, class_id: UUID, sent: Sent) -> ClassState:
    """How much the classmates say from now on; answers with the class as it stands then."""
    level = _one_of(Activity, sent.get("activity", ""), "Classmates can be")
    classroom.set_activity(session, who, class_id, level)
    return classroom.state_for(session, who, class_id)


@router.post("/classes/{class_id}/mode", status_code=202)
def mode(session: Db, who: Changer, class_id: UUID, sent: Sent) -> ClassState:
    """Whether the class flows on or pauses after each point; answers with the class as it stands then."""
    wanted = _one_of(Mode, sent.get("mode", ""), "A class can be")
    classroom.set_mode(session, who, class_id, wanted)
    return classroom.state_for(session, who, class_id)


@router.post("/classes/{class_id}/speed", status_code=202)
def speed(session: Db, who: Changer, class_id: UUID, sent: Sent) -> ClassState:
    """How fast the class goes on, 1 as usual; answers with the class as it stands then."""
    try:
        wanted = float(sent.get("speed", ""))
    except ValueError as error:
        raise Invalid(f"The speed can be {', '.join(str(one) for one in SPEEDS)}.") from error
    classroom.set_speed(session, who, class_id, wanted)
    return classroom.state_for(session, who, class_id)
