"""What the author is told of a page besides its words: the page's description, where a model made one."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.db import unit_of_work
from app.courses import service as courses
from app.courses.description import Source, way
from app.inference.schema import Role
from app.inference.service import takes_pictures
from app.lessons.author import Assignment
from app.lessons.models import Lesson, LessonPage
from app.lessons.planning.points import is_bare, points
from app.lessons.runs.kinds import Done, Planned, Step, StepKind, add_kind, nothing
from app.lessons.schema import PageState


def seen(work: Assignment) -> Assignment:
    """The assignment of somebody who has looked at the page: it is described first, if it is not yet.

    What a model saw on the picture of a page without words of its own is taken for the page's words, as nothing else
    could be taught there; in all other cases it stands beside them. What is made by rule tells an author nothing new,
    and is not waited for.
    """
    if way(work.page, takes_pictures(Role.READER)) is Source.RULE:
        return work
    courses.describe(work.page.id)
    with unit_of_work() as session:
        found = courses.description_of(session, work.page.id)
        page = courses.page(session, work.page.id)
    if found is None or not found.is_new:
        return work
    if found.source is not Source.PICTURE:
        return replace(work, shown=found.text)
    if all(is_bare(one) for one in points(page)):
        return replace(work, page=page.model_copy(update={"text": f"{page.text}\n{found.text}"}))
    return replace(work, page=page, shown=found.text, heard=f"{work.heard}\n{found.text}")


# ------------------------------------------------------------------------------------------------------ the step

PROMPT_TOKENS, REPLY_TOKENS, PICTURE_TOKENS = 500, 90, 1000
"""Of a description's prompt and reply, and of a picture in it; guesses."""


def _plan(session: Session, lesson_id: UUID) -> list[Planned]:
    """Pages that are about to be written and that a model describes before."""
    lesson = session.get_one(Lesson, lesson_id)
    waits = (LessonPage.lesson_id == lesson_id, LessonPage.status == PageState.WAITING.value)
    wanted = set(session.scalars(select(LessonPage.page_id).where(*waits)))
    tokens = PROMPT_TOKENS + (PICTURE_TOKENS if takes_pictures(Role.READER) else 0)
    return [
        Planned(about=page_id, number=number, guess_in=tokens, guess_out=REPLY_TOKENS)
        for page_id, number in courses.undescribed_pages(session, lesson.material_id)
        if page_id in wanted
    ]


def _describe(step: Step) -> Done:
    courses.describe(step.about, must=True)
    return Done(nothing)


def _by_rule(step: Step, problem: str) -> Done:
    """The page is written without: by rule, until the step is done again."""
    return Done(nothing, problem)


add_kind(
    StepKind(
        name="describe page", words="Look at page {number}", order=10, plan=_plan, work=_describe, give_up=_by_rule
    )
)
