"""Tests as instructors set them, and as students find them in their list."""

import math
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.assessment.documents import Feedback, PaperLine, PaperPlan, PaperView, Purpose
from app.assessment.items import component_names, items_of
from app.assessment.models import ItemRow, Paper, PaperItem, Sitting
from app.base.db import now
from app.base.errors import Conflict, Invalid, NotFound
from app.base.text import shorten
from app.courses.models import Module

TITLE_LENGTH = 160
LONGEST_MINUTES = 24 * 60
MOST_SITTINGS = 100
MOST_ITEMS = 100


def make_paper(session: Session, who: Who, course_id: UUID, plan: PaperPlan) -> UUID:
    """A new test without questions, not published. Raises Invalid with what is wrong with the plan."""
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    row = Paper(course_id=course_id, created_by=who.id)
    _apply(session, row, plan)
    session.add(row)
    session.flush()
    return row.id


def change_paper(session: Session, who: Who, paper_id: UUID, plan: PaperPlan) -> None:
    """Set a test's title, times and weight anew. Sittings under way keep their own end."""
    _apply(session, own_paper(session, who, paper_id), plan)


def own_paper(session: Session, who: Who, paper_id: UUID) -> Paper:
    """The test's row, locked, for an instructor of its course."""
    row = session.get(Paper, paper_id, with_for_update=True, populate_existing=True)
    if row is None or row.lesson_id:
        raise NotFound
    accounts.require(session, who, row.course_id, CourseRole.INSTRUCTOR)
    return row


def _apply(session: Session, row: Paper, plan: PaperPlan) -> None:
    title = shorten(plan.title, TITLE_LENGTH)
    if not title:
        raise Invalid("Give the test a title.")
    module = session.get(Module, plan.module_id) if plan.module_id else None
    if plan.module_id and (module is None or module.course_id != row.course_id):
        raise Invalid("That module is not in this course. Reload the page and choose again.")
    if module is None and plan.purpose in (Purpose.PRE, Purpose.POST):
        raise Invalid("Say which module a test before or after it belongs to; its gain is worked out from the two.")
    if plan.opens_at and plan.closes_at and plan.opens_at >= plan.closes_at:
        raise Invalid("The test closes before it opens. Change one of the two times.")
    if not 0 <= plan.minutes <= LONGEST_MINUTES:
        raise Invalid(f"Minutes allowed: 1 to {LONGEST_MINUTES:,}, or 0 for no limit.")
    if not 0 <= plan.sittings <= MOST_SITTINGS:
        raise Invalid(f"Attempts allowed: 1 to {MOST_SITTINGS}, or 0 for no limit.")
    if not (math.isfinite(plan.weight) and 0 <= plan.weight <= 100):
        raise Invalid("A weight is a number from 0 to 100.")
    is_practice = plan.purpose is Purpose.PRACTICE
    row.title, row.module_id, row.purpose = title, plan.module_id, plan.purpose.value
    row.opens_at, row.closes_at = plan.opens_at, plan.closes_at
    row.minutes, row.sittings = (0, 0) if is_practice else (plan.minutes, plan.sittings)
    row.weight = 0.0 if is_practice else plan.weight
    row.feedback = (Feedback.AT_ONCE if is_practice else _feedback(plan)).value


def _feedback(plan: PaperPlan) -> Feedback:
    """Only practice tells at once, as answers there are given one by one."""
    chosen = plan.feedback or Feedback.AFTER_SUBMIT
    if chosen is Feedback.AFTER_CLOSE and plan.closes_at is None:
        raise Invalid("Answers can be shown after the test closes only if it has a time at which it closes.")
    return Feedback.AFTER_SUBMIT if chosen is Feedback.AT_ONCE else chosen


def set_items(session: Session, who: Who, paper_id: UUID, item_ids: Sequence[UUID]) -> None:
    """The questions of a test, in this order. Refused once somebody sat it: their marks would change under them."""
    row = own_paper(session, who, paper_id)
    wanted = list(dict.fromkeys(item_ids))
    if len(wanted) > MOST_ITEMS:
        raise Invalid(f"A test has at most {MOST_ITEMS} questions.")
    old = list(session.scalars(select(PaperItem.item_id).where(PaperItem.paper_id == row.id).order_by("position")))
    if wanted == old:
        return
    if session.scalar(select(Sitting.id).where(Sitting.paper_id == row.id).limit(1)):
        raise Conflict("Somebody has begun this test already. Withdraw a question instead, or make a new test.")
    query = select(ItemRow.id).where(
        ItemRow.id.in_(wanted), ItemRow.course_id == row.course_id, ItemRow.withdrawn_at.is_(None)
    )
    if set(session.scalars(query)) != set(wanted):
        raise Invalid("One of these questions is not in the bank any more. Reload the page and choose again.")
    session.execute(delete(PaperItem).where(PaperItem.paper_id == row.id))
    session.add_all([PaperItem(paper_id=row.id, item_id=one, position=at) for at, one in enumerate(wanted, 1)])
    session.flush()


def publish(session: Session, who: Who, paper_id: UUID, on: bool = True) -> None:
    """Let students find a test, or take it out of their list again. Without a question it cannot be published."""
    row = own_paper(session, who, paper_id)
    items = live_items(session, row.id)
    if on and not items:
        raise Invalid("Put at least one question on the test before you publish it.")
    if on and row.purpose == Purpose.PRACTICE.value and len(component_names(session, items)) < len(items):
        raise Invalid("Practice goes by knowledge components: name at least one for each question of this test.")
    row.published_at = now() if on else None


def live_items(session: Session, paper_id: UUID) -> list[UUID]:
    """The questions of a test that were not withdrawn, in order."""
    query = (
        select(PaperItem.item_id)
        .join(ItemRow, ItemRow.id == PaperItem.item_id)
        .where(PaperItem.paper_id == paper_id, ItemRow.withdrawn_at.is_(None))
        .order_by(PaperItem.position)
    )
    return list(session.scalars(query))


def access_paper(session: Session, who: Who, paper_id: UUID) -> PaperView:
    """A test with its questions and their keys, for an instructor of its course; NotFound for everybody else."""
    row = session.get(Paper, paper_id)
    if row is None or row.lesson_id:
        raise NotFound
    accounts.require(session, who, row.course_id, CourseRole.INSTRUCTOR)
    placed = select(PaperItem.item_id, PaperItem.position).where(PaperItem.paper_id == row.id)
    places = dict(session.execute(placed).all())
    cards = [card for card in items_of(session, row.course_id) if card.id in places]
    cards.sort(key=lambda card: places[card.id])
    view = _view(row, _taken(session, [row.id]).get(row.id, 0))
    live = [card for card in cards if not card.withdrawn]
    points = sum(card.item.points for card in live)
    return view.model_copy(update={"items": cards, "item_count": len(live), "points": points})


def papers_of(session: Session, course_id: UUID) -> list[PaperView]:
    """All tests of a course in the order they were made, without their questions; for a caller who checked who asks."""
    query = select(Paper).where(Paper.course_id == course_id, Paper.lesson_id.is_(None))
    rows = list(session.scalars(query.order_by(Paper.created_at)))
    taken, counts = _taken(session, [row.id for row in rows]), _item_counts(session, [row.id for row in rows])
    return [_view(row, taken.get(row.id, 0)).model_copy(update={"item_count": counts.get(row.id, 0)}) for row in rows]


def _taken(session: Session, ids: list[UUID]) -> dict[UUID, int]:
    query = select(Sitting.paper_id, func.count()).where(Sitting.paper_id.in_(ids)).group_by(Sitting.paper_id)
    return dict(session.execute(query).all())


def _item_counts(session: Session, ids: list[UUID]) -> dict[UUID, int]:
    query = (
        select(PaperItem.paper_id, func.count())
        .join(ItemRow, ItemRow.id == PaperItem.item_id)
        .where(PaperItem.paper_id.in_(ids), ItemRow.withdrawn_at.is_(None))
        .group_by(PaperItem.paper_id)
    )
    return dict(session.execute(query).all())


def _view(row: Paper, taken: int) -> PaperView:
    return PaperView(
        id=row.id,
        course_id=row.course_id,
        module_id=row.module_id,
        title=row.title,
        purpose=Purpose(row.purpose),
        feedback=Feedback(row.feedback),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        minutes=row.minutes,
        sittings=row.sittings,
        weight=row.weight,
        published=row.published_at is not None,
        taken=taken,
    )


def my_papers(session: Session, who: Who, course_id: UUID) -> list[PaperLine]:
    """The published tests of a course as its student finds them; practice has a page of its own."""
    query = (
        select(Paper)
        .where(
            Paper.course_id == course_id,
            Paper.published_at.is_not(None),
            Paper.purpose != Purpose.PRACTICE.value,
        )
        .order_by(Paper.opens_at.nulls_first(), Paper.created_at)
    )
    rows = list(session.scalars(query))
    ids = [row.id for row in rows]
    counts = _item_counts(session, ids)
    mine = select(Sitting).where(Sitting.person_id == who.id, Sitting.paper_id.in_(ids)).order_by(Sitting.number)
    sat: dict[UUID, list[Sitting]] = {one: [] for one in ids}
    for sitting in session.scalars(mine):
        sat[sitting.paper_id].append(sitting)
    return [_line(row, sat[row.id], counts.get(row.id, 0)) for row in rows]


def _line(row: Paper, sat: list[Sitting], items: int) -> PaperLine:
    going = next((one for one in sat if is_going(one)), None)
    ended = [one for one in sat if not is_going(one)]
    return PaperLine(
        id=row.id,
        module_id=row.module_id,
        title=row.title,
        purpose=Purpose(row.purpose),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        minutes=row.minutes,
        sittings=row.sittings,
        taken=len(sat),
        items=items,
        state="going" if going else state_of(row, len(sat)),
        sitting_id=going.id if going else None,
        last_id=ended[-1].id if ended else None,
    )


def is_going(sitting: Sitting) -> bool:
    """Whether a sitting is under way: not handed in, and not past its time."""
    return sitting.submitted_at is None and not (sitting.due_at and sitting.due_at <= now())


def state_of(row: Paper, taken: int, moment: datetime | None = None) -> str:
    """Whether a new sitting may begin ("open"), or why not: "soon", "closed" or "done"."""
    at = moment or now()
    if row.opens_at and at < row.opens_at:
        return "soon"
    if row.closes_at and at >= row.closes_at:
        return "closed"
    return "done" if row.sittings and taken >= row.sittings else "open"
