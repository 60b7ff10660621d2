"""A course's limits and care: what its classes may spend on the language model, and what is done about trouble."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from app.accounts.schema import CourseRole
from app.base.errors import Invalid
from app.base.languages import LANGUAGES
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.classroom.directing.policy import LONGEST_HELP, Policy
from app.courses import service as courses
from app.web.access import Changer, Db, Person
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter()

Field = Annotated[str, Form()]
HINTS = {
    "class_tokens": "One class, over all its days.",
    "student_tokens": "All classes of one student, in a day.",
    "course_tokens": "All classes of this course, in a day.",
}


@dataclass
class Shown:
    """What the form shows: the limits as written, the installation's own, and the policy's care."""

    own: dict[str, str]
    usual: dict[str, int]
    tells: bool
    help: str
    minors: bool = False
    offers: bool = False
    language: str = ""
    hints = HINTS
    languages = LANGUAGES


def _shown(own: dict[str, str], policy: Policy, language: str) -> Shown:
    settings = get_settings()
    usual = {name: getattr(settings, name) for name in HINTS}
    cares = (policy.tells_instructor, policy.help, policy.with_minors, policy.offers_choice)
    return Shown(own, usual, *cares, language)


@router.get("/courses/{course_id}/policy")
def policy_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """The form, for the course's instructors."""
    course = courses.access_course(session, who, course_id, CourseRole.INSTRUCTOR)
    policy = classroom.policy_of(session, course_id)
    own = {name: f"{tokens:,}" if (tokens := getattr(policy, name)) else "" for name in HINTS}
    shown = _shown(own, policy, course.language)
    return show(request, "courses/policy.html", course=course, shown=shown, trouble="")


@router.post("/courses/{course_id}/policy")
def set_policy(
    session: Db,
    who: Changer,
    course_id: UUID,
    class_tokens: Field = "",
    student_tokens: Field = "",
    course_tokens: Field = "",
    help: Field = "",
    tells: Field = "",
    minors: Field = "",
    offers: Field = "",
    language: Field = "",
) -> Response:
    """Set the policy. An empty limit is the installation's own, an empty language that of the decks."""
    course = courses.access_course(session, who, course_id, CourseRole.INSTRUCTOR)
    given = {"class_tokens": class_tokens, "student_tokens": student_tokens, "course_tokens": course_tokens}
    cares = Policy.model_construct(
        tells_instructor=bool(tells), help=help, with_minors=bool(minors), offers_choice=bool(offers)
    )
    with form("courses/policy.html", course=course, shown=_shown(given, cares, language)):
        policy = _read(given, bool(tells), help, bool(minors))
        classroom.set_policy(session, who, course_id, policy.model_copy(update={"offers_choice": bool(offers)}))
        courses.set_language(session, who, course_id, language)
    return go(f"/courses/{course_id}/policy", "policy-set")


def _read(given: dict[str, str], tells: bool, help: str, minors: bool) -> Policy:
    limits = {name: _number(words) for name, words in given.items()}
    if len(help) > LONGEST_HELP:
        raise Invalid(f"The sentence with help nearby may have {LONGEST_HELP} characters; shorten it.")
    return Policy(
        class_tokens=limits["class_tokens"],
        student_tokens=limits["student_tokens"],
        course_tokens=limits["course_tokens"],
        tells_instructor=tells,
        help=help,
        with_minors=minors,
    )


def _number(words: str) -> int:
    """Tokens as people write them: "400,000", "400 000" or nothing."""
    plain = "".join(words.split()).replace(",", "").replace(".", "")
    if plain and not (plain.isascii() and plain.isdigit() and len(plain) <= 12):
        raise Invalid("A limit is a whole number of tokens, such as 400,000; leave it empty for the usual one.")
    return int(plain or 0)
