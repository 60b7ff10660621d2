"""The questions of a lesson's sections: a row a section, written by a step of a run, taken to the bank by a person."""

from datetime import datetime
from functools import partial
from uuid import UUID

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.assessment.items import add_item
from app.assessment.models import SectionQuestions
from app.assessment.proposing import Proposed, SectionWork, facts_of, propose, with_gaps
from app.assessment.schema import ChoiceItem
from app.base.db import lock_rows, new_id, now, unit_of_work
from app.base.errors import Conflict, NotFound
from app.base.text import clean_tree
from app.courses import service as courses
from app.lessons.deck.structure import Section, structure_of
from app.lessons.draft.editing import add_action, locked
from app.lessons.models import Lesson, LessonPage
from app.lessons.runs import running
from app.lessons.runs.kinds import Done, Planned, Step, StepKind, add_kind, nothing
from app.lessons.schema import ACTIONS, Ask, Discuss, Pause, Spoken, Summarise
from app.lessons.words import sentences

PROPOSED: TypeAdapter[list[Proposed]] = TypeAdapter(list[Proposed])
GUESS_IN, GUESS_OUT = 520, 260
WAITING, READY = "waiting", "ready"


class SectionView(BaseModel):
    """A section and its questions. `id` is None where none were asked for yet; `waits`: they are being written."""

    id: UUID | None
    title: str
    pages: list[int]
    components: list[str]
    questions: list[Proposed] = []
    waits: bool = False
    made_at: datetime | None = None


def sections_of(session: Session, lesson_id: UUID) -> list[SectionView]:
    """A lesson's sections with their questions, for a caller who has checked who asks."""
    rows = session.scalars(select(SectionQuestions).where(SectionQuestions.lesson_id == lesson_id))
    known = {row.first_page: row for row in rows}
    return [_view(one, known.get(one.pages[0])) for one in _sections(session, session.get_one(Lesson, lesson_id))]


def _view(section: Section, row: SectionQuestions | None) -> SectionView:
    told = {"title": section.title, "pages": section.pages, "components": section.components}
    if row is None:
        return SectionView.model_validate({"id": None, **told})
    questions = PROPOSED.validate_python(row.questions)
    more = {"questions": questions, "waits": row.state == WAITING, "made_at": row.made_at}
    return SectionView.model_validate({"id": row.id, **told, **more})


def _sections(session: Session, lesson: Lesson) -> list[Section]:
    return [one for part in structure_of(session, lesson.material_id).parts for one in part.sections]


def ask_for_questions(session: Session, who: Who, lesson_id: UUID) -> None:
    """Have questions written for every section; what is in the bank stays there. The caller has checked `who`."""
    lesson = session.get_one(Lesson, lesson_id, with_for_update={"key_share": True})  # one at a time, also the first
    rows = session.scalars(select(SectionQuestions).where(SectionQuestions.lesson_id == lesson_id).with_for_update())
    known = {row.first_page: row for row in rows}
    for section in _sections(session, lesson):
        row = known.get(section.pages[0]) or SectionQuestions(
            id=new_id(), lesson_id=lesson_id, first_page=section.pages[0], questions=[]
        )
        row.last_page, row.state = section.pages[-1], WAITING
        session.add(row)
        known[section.pages[0]] = row
    session.flush()
    running.begin(session, lesson_id, who.id, {row.id for row in known.values()})


def take_and_ask(session: Session, who: Who, lesson_id: UUID, section_id: UUID, at: int, seen: datetime | None) -> UUID:
    """`take`, and have it asked in the lesson where its section ends, before what is said there by rule."""
    item_id = take(session, who, lesson_id, section_id, at, seen)
    row = session.get_one(SectionQuestions, section_id)
    chosen = PROPOSED.validate_python(row.questions)[at]
    page = locked(session, lesson_id, row.last_page)
    steps = ACTIONS.validate_python(page.actions)
    place = next((at for at, one in enumerate(steps) if isinstance(one, (Discuss, Pause, Summarise))), len(steps))
    passages = [chosen.fact.passage] if chosen.fact.passage else []
    asked = Ask(page=row.last_page, text=_aloud(chosen), item=item_id, passages=passages)
    add_action(session, who, lesson_id, row.last_page, page.revision, place, asked)
    return item_id


def _aloud(question: Proposed) -> str:
    """A question as it is put aloud, with what there is to choose from."""
    options = question.item.options if isinstance(question.item, ChoiceItem) else []
    return f"{question.words} ({'; '.join(one.text for one in options)})" if options else question.words


def take(session: Session, who: Who, lesson_id: UUID, section_id: UUID, at: int, seen: datetime | None) -> UUID:
    """Put a proposed question into the bank, in its section's components; returns the item's id. NotFound for those who
    do not teach here; Conflict for one that was refused, or is there already, and where these are not those
    that were `seen`, told by when they were made.
    """
    lesson = session.get(Lesson, lesson_id)
    row = session.get(SectionQuestions, section_id, with_for_update=True)
    if lesson is None or row is None or row.lesson_id != lesson_id:
        raise NotFound
    accounts.require(session, who, lesson.course_id, CourseRole.INSTRUCTOR)
    questions = PROPOSED.validate_python(row.questions)
    if row.state == WAITING or row.made_at != seen or not 0 <= at < len(questions):
        raise Conflict("These questions were written anew meanwhile. Reload the page and choose again.")
    chosen = questions[at]
    if chosen.item is None or chosen.reason or chosen.taken:
        raise Conflict("This question was refused, or is in the bank already. Reload the page.")
    section = next((one for one in _sections(session, lesson) if one.pages[0] == row.first_page), None)
    names = section.components if section else []
    chosen.taken = add_item(session, who, lesson.course_id, chosen.item, lesson.module_id, names)
    row.questions = PROPOSED.dump_python(questions, mode="json")
    return chosen.taken


# ------------------------------------------------------------------------------------------------------- the step


def _plan(session: Session, lesson_id: UUID) -> list[Planned]:
    query = select(SectionQuestions).where(SectionQuestions.lesson_id == lesson_id, SectionQuestions.state == WAITING)
    return [Planned(row.id, row.last_page, GUESS_IN, GUESS_OUT) for row in session.scalars(query)]


def _work(step: Step) -> Done:
    work = _gathered(step)
    return Done(partial(_keep, step.about, propose(work))) if work else Done(nothing)


def _give_up(step: Step, problem: str) -> Done:
    """Gaps by rule, until the step is done again."""
    work = _gathered(step)
    if work is None:
        return Done(nothing, problem)
    return Done(partial(_keep, step.about, with_gaps(work, facts_of(work.pages))), problem)


def _gathered(step: Step) -> SectionWork | None:
    with unit_of_work() as session:
        row = session.get(SectionQuestions, step.about)
        if row is None:
            return None
        lesson = session.get_one(Lesson, step.lesson_id)
        section = next((one for one in _sections(session, lesson) if one.pages[0] == row.first_page), None)
        if section is None:
            return None
        pages = [one for one in courses.pages(session, lesson.material_id) if one.number in section.pages]
        return SectionWork(row.id, section.title, tuple(pages), _said_last(session, lesson.id, section.pages[-1]))


def _said_last(session: Session, lesson_id: UUID, number: int) -> tuple[str, ...]:
    """The sentences said on a section's last page, after which its questions are asked."""
    query = select(LessonPage.actions).where(LessonPage.lesson_id == lesson_id, LessonPage.number == number)
    actions = ACTIONS.validate_python(session.scalar(query) or [])
    return tuple(part for one in actions if isinstance(one, Spoken) for part in sentences(one.text))


def _keep(about: UUID, found: list[Proposed], session: Session) -> None:
    row = session.get(SectionQuestions, about, with_for_update=True, populate_existing=True)
    if row is not None:
        row.questions = clean_tree(PROPOSED.dump_python(found, mode="json"))
        row.state, row.made_at = READY, now()


def _set(state: str, session: Session, abouts: list[UUID]) -> None:
    query = select(SectionQuestions).where(SectionQuestions.id.in_(abouts)).order_by(SectionQuestions.id)
    for row in lock_rows(session, query):
        row.state = state


add_kind(
    StepKind(
        name="write questions",
        words="Questions about the section up to page {number}",
        order=60,
        plan=_plan,
        work=_work,
        give_up=_give_up,
        again=partial(_set, WAITING),
        rest=partial(_set, READY),
    )
)
