"""Several people in one class at the door: opening it for a course, joining, leaving, and what an instructor does."""

from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import Response

from app.base.errors import Invalid
from app.classroom import service as classroom
from app.classroom.log.state import ClassState
from app.classroom.schema import PersonHere
from app.records.privacy import service as privacy
from app.web.access import Changer, Db, Person
from app.web.classes import Said, Sent
from app.web.pages import go

router = APIRouter()


@router.post("/lessons/{lesson_id}/together")
def teach_together(session: Db, who: Changer, lesson_id: UUID) -> Response:
    """Open the lesson as a class for everybody of the course, or enter the open one."""
    return go(f"/classes/{classroom.open_shared(session, who, lesson_id)}")


@router.post("/classes/{class_id}/join")
def join(session: Db, who: Changer, class_id: UUID) -> Response:
    """Join a shared class; instructors come into any class of their course, to watch."""
    privacy.need_open_to_staff(session, who, class_id)
    classroom.join(session, who, class_id)
    return go(f"/classes/{class_id}")


@router.post("/classes/{class_id}/leave")
def leave(session: Db, who: Changer, class_id: UUID) -> Response:
    """Go out of a class, back to its course; a shared one goes on."""
    view = classroom.access_class(session, who, class_id)
    classroom.leave(session, who, class_id)
    return go(f"/courses/{view.course_id}")


@router.get("/classes/{class_id}/people.json")
def people_json(session: Db, who: Person, class_id: UUID) -> list[PersonHere]:
    """Who is in the class, and whose page is open now."""
    classroom.access_class(session, who, class_id)
    return classroom.people(session, class_id)


@router.post("/classes/{class_id}/whisper", status_code=202)
def whisper(session: Db, who: Changer, class_id: UUID, sent: Sent) -> Said:
    """An instructor's word to the agents, which students do not hear."""
    return Said(seq=classroom.whisper(session, who, class_id, sent.get("text", "")))


@router.post("/classes/{class_id}/speak", status_code=202)
def speak(session: Db, who: Changer, class_id: UUID, sent: Sent) -> Said:
    """An instructor's words to everybody, marked as theirs."""
    return Said(seq=classroom.speak_as_teacher(session, who, class_id, sent.get("text", "")))


@router.post("/classes/{class_id}/floor", status_code=202)
def floor(session: Db, who: Changer, class_id: UUID, sent: Sent) -> ClassState:
    """Take the class over, or give it back; answers with the class as it stands then."""
    if sent.get("floor") not in ("take", "release"):
        raise Invalid("The floor can be: take, release.")
    act = classroom.take_floor if sent["floor"] == "take" else classroom.release_floor
    act(session, who, class_id)
    return classroom.state_for(session, who, class_id)
