"""Rewriting a step or a page as somebody instructs the author model: a step of a run proposes, a person accepts.

What the model says is held against the page, the words that stood there, and the instruction: an instructor may bring
in facts, the model may not. Refused words are a pair for alignment as accepted ones are.
"""

from functools import lru_cache, partial
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, Field, create_model
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import lock_rows, now, unit_of_work
from app.base.errors import Conflict, Invalid, NotFound
from app.base.marks import data
from app.base.prompts import fill
from app.base.text import clean_text
from app.courses import service as courses
from app.courses.schema import Page
from app.inference.schema import ModelJunk, Prompt, Role
from app.inference.service import draft
from app.lessons.draft.asked import UNSETTLED, RewriteState, is_failed
from app.lessons.draft.changes import ChangeKind
from app.lessons.draft.editing import LONGEST, change_page, locked
from app.lessons.faithfulness.faithful import check, ground_of
from app.lessons.models import Lesson, LessonEdit, LessonRewrite
from app.lessons.runs import running
from app.lessons.runs.kinds import Done, Planned, Step, StepKind, add_kind, nothing
from app.lessons.schema import ACTIONS, Ask, PageState, Spoken, TeachingAction
from app.lessons.words import is_meta, tidy, words

PROMPTS = Path(__file__).with_name("prompts")
INSTRUCTION = 400
"""The most characters of an instruction."""
PAGE_CHARACTERS = 2500
TOKENS_A_STEP, TOKENS = 130, 60

HELD_NOT = "What the author made of it did not hold against the page, twice. Your words stay as they are."
UNCHANGED = "The author left the words as they are."
OF_BANK = "This is a question of the bank, which is judged by its key there, so it is not rewritten here."

Steps = list[TeachingAction]


class Rewording(BaseModel):
    """What the author model is asked for: the steps' words, in order; also the JSON schema of its reply."""

    texts: list[str]


# ------------------------------------------------------------------------------------------------------- the asking


def ask_for_rewrite(session: Session, who: Who, lesson_id: UUID, number: int, place: int, instruction: str) -> UUID:
    """Have a step (or, with place 0, all that is said on a page) rewritten as instructed. The caller has checked `who`.

    Raises Conflict while the page is being written, Invalid without an instruction or words to rewrite.
    """
    told = " ".join(clean_text(instruction).split())
    if not told or len(told) > INSTRUCTION:
        raise Invalid(f"Say in up to {INSTRUCTION} characters how it is to be rewritten, such as: simpler.")
    row = locked(session, lesson_id, number)
    if row.status != PageState.READY.value:
        raise Conflict("This page is being written. Wait for it, then have it rewritten.")
    steps = ACTIONS.validate_python(row.actions)
    if _of_bank(steps, place) and place:
        raise Invalid(f"{OF_BANK} Change it in the question bank.")
    if not _spoken(steps, place):
        raise Invalid("There are no words to rewrite. Load the page again.")
    asked = LessonRewrite(
        lesson_id=lesson_id,
        page_id=row.page_id,
        asked_by=who.id,
        number=number,
        place=place,
        instruction=told,
        before=row.actions,
    )
    session.add(asked)
    session.flush()
    asked.run_id = running.begin(session, lesson_id, who.id, {asked.id}, is_fresh=True)
    return asked.id


def _spoken(steps: Steps, place: int) -> list[int]:
    """The places of the steps that are to be rewritten. Not questions of the bank: learners are judged by their keys,
    which new words may not fit.
    """
    return [at for at in _wanted(steps, place) if isinstance(steps[at], Spoken) and not _is_of_bank(steps[at])]


def _of_bank(steps: Steps, place: int) -> list[int]:
    return [at for at in _wanted(steps, place) if _is_of_bank(steps[at])]


def _wanted(steps: Steps, place: int) -> range:
    return range(len(steps)) if not place else range(place, min(place + 1, len(steps)))


def _is_of_bank(step: TeachingAction) -> bool:
    return isinstance(step, Ask) and step.item is not None


# -------------------------------------------------------------------------------------------------------- the step


class RewordingCheck:
    """Holds reworded steps against what they may say, and keeps the last ones that hold."""

    def __init__(self, olds: list[Spoken], page: Page, instruction: str, language: str) -> None:
        known = "\n".join([page.notes, instruction, *(old.text for old in olds)])
        self.ground = ground_of([page.model_copy(update={"notes": known})])
        self.olds, self.language = olds, language
        self.news: list[Spoken] = []

    def __call__(self, document: Rewording) -> str:
        """ "" when all steps hold, else what is wrong with the first that does not."""
        news = [
            old.model_copy(update={"text": tidy(text)}) for old, text in zip(self.olds, document.texts, strict=True)
        ]
        trouble = next(filter(None, map(self._trouble, news)), "")
        if not trouble:
            self.news = news
        return trouble

    def _trouble(self, new: Spoken) -> str:
        if not words(new.text) or len(new.text) > LONGEST:
            return "Each step needs words, and not too many."
        if is_meta(new.text):
            return "Say the words of the lesson, and nothing about slides, pages or your task."
        flags = check(new, self.ground, self.language)
        return f"{flags[0].words} ({flags[0].sentence})" if flags else ""


@lru_cache(maxsize=32)
def _form(count: int) -> type[Rewording]:
    form: type[Rewording] = create_model(
        "Rewording", __base__=Rewording, texts=(list[str], Field(min_length=count, max_length=count))
    )
    return form


def _plan(session: Session, lesson_id: UUID) -> list[Planned]:
    query = select(LessonRewrite).where(
        LessonRewrite.lesson_id == lesson_id, LessonRewrite.state == RewriteState.WAITING.value
    )
    return [_planned(row) for row in session.scalars(query.order_by(LessonRewrite.asked_at))]


def _planned(row: LessonRewrite) -> Planned:
    count = len(_spoken(ACTIONS.validate_python(row.before), row.place))
    return Planned(about=row.id, number=row.number, guess_in=400 + 60 * count, guess_out=30 + 50 * count)


def _work(step: Step) -> Done:
    with unit_of_work() as session:
        row = session.get(LessonRewrite, step.about)
        if row is None or row.state != RewriteState.WAITING.value:
            return Done(nothing)
        lesson = session.get_one(Lesson, row.lesson_id)
        page, instruction = courses.page(session, row.page_id), row.instruction
        language = courses.teaching_language(session, lesson.course_id)
        steps, title = ACTIONS.validate_python(row.before), lesson.title
    places = _spoken(steps, row.place)
    olds = [old for at in places if isinstance(old := steps[at], Spoken)]
    if not olds:
        return _failed(step, OF_BANK)
    judge = RewordingCheck(olds, page, instruction, language)
    prompt = rewrite_prompt(title, page, [one.text for one in olds], instruction)
    try:
        most = TOKENS + TOKENS_A_STEP * len(olds)
        _, reply = draft(Role.AUTHOR, prompt, _form(len(olds)), about=step.about, max_tokens=most, check=judge)
    except ModelJunk:
        return _failed(step, HELD_NOT)
    news = dict(zip(places, judge.news, strict=True))
    after: Steps = [news.get(at, one) for at, one in enumerate(steps)]
    if after == steps:
        return _failed(step, UNCHANGED)
    return Done(partial(_keep, step.about, after, reply.call_id))


def rewrite_prompt(title: str, page: Page, olds: list[str], instruction: str) -> Prompt:
    """What the author model reads for a rewriting."""
    return Prompt(
        system=fill(PROMPTS, "rewrite_system.txt.j2"),
        turn=fill(
            PROMPTS,
            "rewrite_turn.txt.j2",
            lesson=data(title, 160),
            title=data(page.title, 160),
            page=data("\n".join(filter(None, (page.text, page.notes))), PAGE_CHARACTERS),
            steps=[data(one, LONGEST) for one in olds],
            instruction=data(instruction, INSTRUCTION),
        ),
    )


def _keep(about: UUID, after: Steps, call_id: UUID | None, session: Session) -> None:
    row = session.get(LessonRewrite, about, with_for_update=True, populate_existing=True)
    if row is not None and row.state == RewriteState.WAITING.value:
        row.state, row.call_id, row.problem = RewriteState.READY.value, call_id, ""
        row.after = ACTIONS.dump_python(after, mode="json")


def _failed(step: Step, problem: str) -> Done:
    """The words stay as they are, and it is said why."""
    return Done(partial(_fail, step.about, problem), problem)


def _fail(about: UUID, problem: str, session: Session) -> None:
    row = session.get(LessonRewrite, about, with_for_update=True, populate_existing=True)
    if row is not None and row.state == RewriteState.WAITING.value:
        row.state, row.problem = RewriteState.FAILED.value, problem


def _set(state: RewriteState, session: Session, abouts: list[UUID]) -> None:
    query = select(LessonRewrite).where(LessonRewrite.id.in_(abouts), LessonRewrite.state.in_([*UNSETTLED, "off"]))
    for row in lock_rows(session, query.order_by(LessonRewrite.id)):
        row.state, row.problem = state.value, ""


def _unsettled(session: Session, abouts: list[UUID]) -> set[UUID]:
    """Which of them somebody has still to look at."""
    return set(session.scalars(select(LessonRewrite.id).where(LessonRewrite.id.in_(abouts), is_failed())))


REWRITE = StepKind(
    name="rewrite",
    words="Rewrite words of page {number}",
    order=30,
    plan=_plan,
    work=_work,
    give_up=_failed,
    again=partial(_set, RewriteState.WAITING),
    rest=partial(_set, RewriteState.OFF),
    unsettled=_unsettled,
)
add_kind(REWRITE)


# ----------------------------------------------------------------------------------------------------- the settling


def accept(session: Session, who: Who, lesson_id: UUID, rewrite_id: UUID) -> int:
    """Put the proposed words into the draft, as a change that can be undone; returns the page's number. The caller has
    checked `who`. Raises Conflict where the words that were to be rewritten are not there any more.
    """
    row = _asked(session, lesson_id, rewrite_id, RewriteState.READY)
    before, after = ACTIONS.validate_python(row.before), ACTIONS.validate_python(row.after)
    if any(before[at].words != after[at].words for at in _of_bank(before, row.place)):
        raise Conflict(f"{OF_BANK} Refuse this, and ask again.")
    page = locked(session, lesson_id, row.number)
    if page.page_id != row.page_id:
        raise Conflict("The deck has changed since this was asked for. Refuse it, and ask again.")

    def rewritten(steps: Steps) -> Steps:
        places = {at: _found(steps, before[at], at) for at in _spoken(before, row.place)}
        news = {places[at]: after[at] for at in places}
        return [news.get(at, one) for at, one in enumerate(steps)]

    change_page(session, who, lesson_id, row.number, page.revision, ChangeKind.REWRITTEN, rewritten)
    _settle(session, who, row, RewriteState.ACCEPTED)
    page.by_model = [*page.by_model, *(after[at].words for at in _spoken(after, row.place))]
    return row.number


def _found(steps: Steps, old: TeachingAction, at: int) -> int:
    """Where a step is now: in its place, or in the only other one that says the same."""
    same = [here for here, one in enumerate(steps) if (one.kind, one.words) == (old.kind, old.words)]
    if at in same:
        return at
    if len(same) != 1:
        raise Conflict("These words were changed since the author was asked. Refuse it, and ask again.")
    return same[0]


def refuse(session: Session, who: Who, lesson_id: UUID, rewrite_id: UUID) -> int:
    """Leave the draft as it is; returns the page's number. The caller has checked `who`."""
    row = _asked(session, lesson_id, rewrite_id, RewriteState.READY, RewriteState.FAILED)
    if row.state == RewriteState.READY.value:
        _settle(session, who, row, RewriteState.REFUSED)
    row.state, row.settled_at = RewriteState.REFUSED.value, now()
    return row.number


def call_rewrite_off(session: Session, lesson_id: UUID, rewrite_id: UUID) -> int:
    """Stop a rewriting; returns the page's number. The caller has checked who asks. Conflict where it is over."""
    found = session.get(LessonRewrite, rewrite_id)
    if found is None or found.lesson_id != lesson_id:
        raise NotFound
    if found.run_id and found.state == RewriteState.WAITING.value:
        running.cancel(session, lesson_id, found.run_id)
    session.refresh(found, with_for_update=True)
    if found.state not in (RewriteState.WAITING.value, RewriteState.OFF.value):
        raise Conflict("This is done already. Reload the page to see it.")
    found.state, found.settled_at = RewriteState.OFF.value, now()
    return found.number


def _asked(session: Session, lesson_id: UUID, rewrite_id: UUID, *states: RewriteState) -> LessonRewrite:
    row = session.get(LessonRewrite, rewrite_id, with_for_update=True)
    if row is None or row.lesson_id != lesson_id:
        raise NotFound
    if row.state not in states:
        raise Conflict("This is settled already, or not ready yet. Reload the page to see where it stands.")
    return row


def _settle(session: Session, who: Who, row: LessonRewrite, state: RewriteState) -> None:
    """Keep what was wanted and what not, line by line."""
    before, after = ACTIONS.validate_python(row.before), ACTIONS.validate_python(row.after)
    for at in _spoken(before, row.place):
        old, new = before[at], after[at]
        if old.words != new.words:
            about = {"lesson_id": row.lesson_id, "page_id": row.page_id, "edited_by": who.id, "call_id": row.call_id}
            told = {"kind": old.kind.value, "before": old.words, "after": new.words}
            session.add(LessonEdit(**about, **told, verdict=state.value, instruction=row.instruction))
    row.state, row.settled_at = state.value, now()
