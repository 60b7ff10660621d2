"""In what context a line was said: what the model was given, by which model, and whether it may be learnt from."""

from collections.abc import Callable, Iterable
from pathlib import Path
from uuid import UUID, uuid5

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Enrolment, Person
from app.alignment.schema import Message, Role
from app.alignment.signals.schema import ExampleKind
from app.base.marks import data, without_marks
from app.base.prompts import fill
from app.classroom import service as classroom
from app.classroom.models import ClassSession, EventRow, TurnPrompt
from app.classroom.schema import CLASSMATES, ClassEvent, Kind, Voice
from app.classroom.stage.lesson import Lesson, lesson_of
from app.inference.models import ModelCall
from app.records.privacy.transcripts import veil
from app.records.release.scrubbing import PHONE, Scrubber

PROMPTS = Path(__file__).parent / "prompts"
PAGE_CHARACTERS = 900
NAMESPACE = UUID("6f6c2f5b-5f1c-4e0e-9d6a-3c1f0c7b1a55")
Scrub = Callable[[str], str]


class Context(BaseModel):
    """What a line was said on. `source` is the turn's id, or the place of a line of the script."""

    prompt: list[Message]
    role: Role
    source: str
    model: str = ""
    adapter: str = ""
    prompt_hash: str = ""


def role_of(voice: Voice | None) -> Role:
    """Whose adapter speaks with a voice."""
    if voice in CLASSMATES:
        return Role.CLASSMATE
    return Role.TUTOR if voice is Voice.TUTOR else Role.TEACHER


def example_id(kind: ExampleKind, *sources: object) -> UUID:
    """An example's id, made of where it comes from."""
    return uuid5(NAMESPACE, "/".join([kind.value, *map(str, sources)]))


def event_at(session: Session, class_id: UUID, seq: int) -> ClassEvent | None:
    """The event at a place of a log."""
    found = classroom.events_after(session, class_id, seq - 1, 1)
    return found[0] if found and found[0].seq == seq else None


def context_of(session: Session, row: ClassSession, line: ClassEvent) -> Context | None:
    """The context of a line, None where it is not known any more. One told in other words has that of the first."""
    if line.kind is Kind.RETOLD and line.body.answers:
        first = event_at(session, row.id, line.body.answers)
        context = context_of(session, row, first) if first else None
        return context.model_copy(update=_spoken(session, row, line)) if context else None
    if line.body.action is not None:
        return _on_page(lesson_of(session, row), line)
    prompt = session.get(TurnPrompt, line.body.turn) if line.body.turn else None
    if prompt is None or not line.body.model:
        return None
    messages = [Message(role="system", content=prompt.system), Message(role="user", content=prompt.words)]
    told = {"prompt": messages, "role": role_of(line.voice), "source": str(line.body.turn)}
    return Context.model_validate({**told, **_spoken(session, row, line)})


def _spoken(session: Session, row: ClassSession, line: ClassEvent) -> dict[str, str]:
    call = session.get(ModelCall, line.body.call_id) if line.body.call_id else None
    adapter = str(row.adapters.get(role_of(line.voice).value, ""))
    return {"model": line.body.model, "adapter": adapter, "prompt_hash": call.prompt_hash if call else ""}


def _on_page(lesson: Lesson, line: ClassEvent) -> Context | None:
    """A line of the script: it was written for its page."""
    if line.body.page not in lesson.pages or line.body.action is None:
        return None
    page = lesson.pages[line.body.page]
    kind = lesson.script.actions[line.body.action].kind.value
    prompt = page_prompt(lesson.course_title, lesson.script.title, page.number, page.title, page.text, kind)
    return Context(prompt=prompt, role=Role.TEACHER, source=f"{lesson.script.lesson_id}#{line.body.action}")


def page_prompt(course: str, lesson: str, number: int, title: str, words: str, kind: str) -> list[Message]:
    """What a teacher's line on a page follows from."""
    told = {"course": data(course, 200), "lesson": data(lesson, 200), "page": number, "title": data(title, 200)}
    told["words"] = without_marks(words[:PAGE_CHARACTERS])
    return [
        Message(role="system", content=fill(PROMPTS, "page.txt.j2", **told)),
        Message(role="user", content=fill(PROMPTS, "point.txt.j2", kind=kind)),
    ]


def scrubber(session: Session, course_id: UUID) -> Scrub:
    """Takes the names of a course's people, addresses and telephone numbers out of words."""
    query = select(Person.id, Person.name, Person.email).join(Enrolment, Enrolment.person_id == Person.id)
    people = {one: (name, email) for one, name, email in session.execute(query.where(Enrolment.course_id == course_id))}
    known = Scrubber(people, [])
    return lambda text: known.scrub(text, PHONE)


def is_own(session: Session, row: ClassSession, person_id: UUID, texts: Iterable[str]) -> bool:
    """Whether words tell of nobody but this person: not in a class that others' words or names are repeated from."""
    if not row.is_shared:
        return row.person_id == person_id or not _spoke(session, row)
    hide = veil(session, row.id, person_id)
    return all(hide(text) == text for text in texts)


def _spoke(session: Session, row: ClassSession) -> bool:
    """Whether the student of a class attended alone said anything in it."""
    said = select(EventRow.seq).where(EventRow.class_id == row.id, EventRow.kind == Kind.ASKED.value)
    return session.scalar(said.limit(1)) is not None
