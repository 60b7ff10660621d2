"""The cast of a course: who of the six agents is in its classes, what they are called, and how they are."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, ValidationError

from app.accounts.schema import CourseRole
from app.base.errors import Invalid
from app.classroom import service as classroom
from app.classroom.schema import AGENTS, Voice
from app.classroom.stage.cast import Choice, Member, full_cast
from app.courses import service as courses
from app.web.access import Changer, Db, Person
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)
MOST_SENTENCES = 12
PRESETS = {
    "one-to-one": ("One to one", "the tutor only", (Voice.TUTOR,)),
    "two": ("Teacher and tutor", "without classmates", (Voice.TEACHER, Voice.TUTOR)),
    "all": ("All six", "the whole room", AGENTS),
}
"""Ready-made rooms: a name, what it means, and who is in it. Names and characters stay as they are."""
TOO_LONG = {
    "name": "A name can have 40 characters at most.",
    "persona": "A character can have 400 characters at most; a sentence or two is best.",
    "sentences": f"Sentences at most: a number from 1 to {MOST_SENTENCES}, or 0 for as usual.",
}

Fields = Annotated[list[str], Form()]
Boxes = Annotated[list[str], Form(default_factory=list)]


class Row(BaseModel):
    """One agent on the page: its file, and what was chosen for it, as it was typed."""

    member: Member
    on: bool
    name: str
    persona: str
    sentences: str


@router.get("/courses/{course_id}/cast")
def cast_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """The six agents, each with its switch and its words."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    rows = [
        Row(
            member=full_cast()[one.voice],
            on=one.on,
            name=one.name,
            persona=one.persona,
            sentences=str(one.sentences),
        )
        for one in classroom.choices(session, course_id)
    ]
    return show(request, "courses/cast.html", course=course, rows=rows, presets=PRESETS, trouble="")


@router.post("/courses/{course_id}/cast")
def choose_cast(
    session: Db,
    who: Changer,
    course_id: UUID,
    name: Fields,
    persona: Fields,
    sentences: Fields,
    on: Boxes,
    preset: Annotated[str, Form()] = "",
) -> Response:
    """Keep the cast as the form has it; a preset's button sets who is in, whatever the boxes say.

    The fields come once for each of the six, in their order.
    """
    course = courses.access_course(session, who, course_id, *TEACHING)
    if not len(name) == len(persona) == len(sentences) == len(AGENTS):
        raise Invalid("This form is not complete. Reload the page and send it again.")
    inside = PRESETS[preset][2] if preset in PRESETS else on
    rows = [
        Row(member=full_cast()[voice], on=voice in inside, name=called, persona=character, sentences=most)
        for voice, called, character, most in zip(AGENTS, name, persona, sentences, strict=True)
    ]
    with form("courses/cast.html", course=course, rows=rows, presets=PRESETS):
        classroom.choose_cast(session, who, course_id, [_choice(row) for row in rows])
    return go(f"/courses/{course_id}/cast", "cast-chosen")


def _choice(row: Row) -> Choice:
    """What was typed as a choice, or a sentence that says what to change. The file's own words count as none."""
    own = row.member
    try:
        return Choice.model_validate(
            {
                "voice": own.voice,
                "on": row.on,
                "name": "" if row.name.strip() == own.name else row.name,
                "persona": "" if row.persona.strip() == own.persona else row.persona,
                "sentences": row.sentences.strip() or 0,
            }
        )
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise Invalid(f"{own.name}: {TOO_LONG.get(field, 'something cannot be read.')}") from error
