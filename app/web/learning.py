"""How somebody likes to be taught: said in a short talk or in a form, changed and deleted by them alone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.errors import Invalid
from app.classroom import service as classroom
from app.courses import service as courses
from app.inference import service as inference
from app.inference.schema import Role
from app.lessons import service as lessons
from app.lessons.personal import service as personal
from app.lessons.personal.dialogue import QUESTIONS, Answer, heard
from app.lessons.personal.schema import PersonalState, Profile
from app.records.privacy import service as privacy
from app.records.privacy.schema import Purpose
from app.web.access import Changer, Db, Person
from app.web.pages import Work, go, show
from app.web.trouble import form

router = APIRouter()

MOST_COURSES = 10
"""In so many courses the next lesson is begun when somebody says how they like to learn."""

Field = Annotated[str, Form()]
Given = Annotated[str, Query(max_length=200)]


def personal_version(session: Session, who: Who, lesson_id: UUID) -> UUID | None:
    """The personal version that this person's class begins with, for those who allow their records to teach them."""
    if not privacy.standing(session, who.id)[Purpose.TEACHING]:
        return None
    return personal.version_for(session, who.id, lesson_id)


def prepare(session: Session, who: Who, course_id: UUID, after: UUID | None = None) -> None:
    """Have the lesson that comes next put in other words before its class is opened: the one `after` a lesson, or the
    first that was not attended to its end."""
    attended = {one.lesson_id for one in classroom.classes_of(session, who) if one.ended_at}
    waiting = [one.id for one in lessons.lessons_of(session, course_id) if one.version]
    if after in waiting:
        waiting = waiting[waiting.index(after) + 1 :]
    ahead = next((one for one in waiting if one not in attended), None)
    if ahead is not None:
        personal_version(session, who, ahead)


def _values(session: Session, who: Who, profile: Profile) -> dict[str, object]:
    versions = personal.versions_for(session, who)
    return {
        "profile": profile,
        "questions": QUESTIONS,
        "is_kept": personal.profile_of(session, who.id) is not None,
        "allows": privacy.standing(session, who.id)[Purpose.TEACHING],
        "versions": versions,
        "busy": any(one.state in (PersonalState.WAITING, PersonalState.WRITING) for one in versions),
        "done": sum(one.done for one in versions),
        "total": sum(one.total for one in versions),
        "model": inference.known_model(Role.AUTHOR),
    }


@router.get("/learning")
def learning_page(request: Request, session: Db, who: Person) -> Response:
    """The form, what becomes of it, and the lessons that are put in other words for its sake."""
    profile = personal.profile_of(session, who.id) or Profile()
    return show(request, "learning/profile.html", status=200, trouble="", **_values(session, who, profile))


@router.get("/learning.json")
def learning_json(session: Db, who: Person) -> Work:
    """How far the lessons are, for the page's script."""
    versions = personal.versions_for(session, who)
    done, total = sum(one.done for one in versions), sum(one.total for one in versions)
    return Work(done=done, total=total, busy=any(one.state in ("waiting", "writing") for one in versions))


@router.post("/learning")
def keep(
    session: Db, who: Changer, goal: Field = "", level: Field = "", depth: Field = "", language: Field = ""
) -> Response:
    """Keep the profile."""
    given = {"goal": goal, "level": level, "depth": depth, "language": language}
    known = {one.name: value for one in QUESTIONS if (value := given[one.name]) in one.answers}
    values = _values(session, who, Profile.model_validate(known))
    with form("learning/profile.html", **values):
        if len(known) < len(QUESTIONS):
            raise Invalid("Choose one of the answers that are offered; the others are still as you set them.")
        personal.keep_profile(session, who, Profile.model_validate(known))
    for course in courses.my_courses(session, who)[:MOST_COURSES]:
        prepare(session, who, course.id)
    return go("/learning", "profile-kept")


@router.post("/learning/forget")
def forget(session: Db, who: Changer) -> Response:
    """Delete the profile; the person's classes say the approved words again."""
    personal.forget_profile(session, who.id)
    classroom.use_approved_words(session, who.id)
    return go("/learning", "profile-gone")


@router.get("/learning/talk")
def talk_page(
    request: Request,
    session: Db,
    who: Person,
    goal: Given | None = None,
    level: Given | None = None,
    depth: Given | None = None,
    language: Given | None = None,
) -> Response:
    """The talk: one question after the other, answered with a button or in words. Nothing is kept before its end."""
    given = {"goal": goal, "level": level, "depth": depth, "language": language}
    talk = heard(given)
    settled = {name: value for name, value in talk.items() if isinstance(value, Answer)}
    ahead = next((one for one in QUESTIONS if one.name not in settled), None)
    return show(
        request,
        "learning/talk.html",
        turns=[(one, settled[one.name]) for one in QUESTIONS if one.name in settled],
        ahead=ahead,
        missed=talk.get(ahead.name) if ahead else None,
        profile=Profile.model_validate({name: one.value for name, one in settled.items()}),
    )
