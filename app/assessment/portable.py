"""A course's items, components and tests as a document, and back again. Answers of people are no part of it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.assessment.checking import trouble
from app.assessment.documents import Feedback, PaperPlan, Purpose
from app.assessment.items import COMPONENT_LENGTH, component_names, item_of
from app.assessment.models import Component, ItemComponent, ItemRow, Paper, PaperItem, VersionRow
from app.assessment.papers import make_paper
from app.assessment.schema import Item
from app.base.db import new_id
from app.base.errors import Invalid
from app.base.mapping import NewIds
from app.base.text import Storable, shorten


class PackedItemVersion(BaseModel):
    """An item as it was written at one time."""

    number: int
    item: Item
    created_at: datetime


class PackedItem(BaseModel):
    """An item with all its versions; `version` is the number of the one in use."""

    id: UUID
    module_id: UUID | None = None
    version: int
    versions: list[PackedItemVersion]
    components: list[Storable] = []
    created_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_why: Storable = ""


class PackedTest(BaseModel):
    """A test: its plan and its items in order."""

    plan: PaperPlan
    published_at: datetime | None = None
    created_at: datetime
    items: list[UUID] = []


class PackedBank(BaseModel):
    """All that is asked in a course."""

    components: list[Storable] = []
    items: list[PackedItem] = []
    tests: list[PackedTest] = []


def pack(session: Session, course_id: UUID) -> PackedBank:
    """The bank of a course, for a caller who has checked who asks."""
    rows = session.scalars(
        select(ItemRow).where(ItemRow.course_id == course_id).order_by(ItemRow.created_at, ItemRow.id)
    ).all()
    names = component_names(session, [row.id for row in rows])
    papers = session.scalars(
        select(Paper)
        .where(Paper.course_id == course_id, Paper.lesson_id.is_(None))
        .order_by(Paper.created_at, Paper.id)
    ).all()
    known = session.scalars(select(Component.name).where(Component.course_id == course_id).order_by(Component.name))
    return PackedBank(
        components=list(known),
        items=[_item(session, row, names[row.id]) for row in rows],
        tests=[_test(session, row) for row in papers],
    )


def _item(session: Session, row: ItemRow, components: list[str]) -> PackedItem:
    versions = session.scalars(select(VersionRow).where(VersionRow.item_id == row.id).order_by(VersionRow.number))
    return PackedItem(
        id=row.id,
        module_id=row.module_id,
        version=row.version,
        versions=[
            PackedItemVersion(number=one.number, item=item_of(one), created_at=one.created_at) for one in versions
        ],
        components=components,
        created_at=row.created_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_why=row.withdrawn_why,
    )


def _test(session: Session, row: Paper) -> PackedTest:
    plan = PaperPlan(
        title=row.title,
        purpose=Purpose(row.purpose),
        module_id=row.module_id,
        feedback=Feedback(row.feedback),
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        minutes=row.minutes,
        sittings=row.sittings,
        weight=row.weight,
    )
    items = session.scalars(select(PaperItem.item_id).where(PaperItem.paper_id == row.id).order_by(PaperItem.position))
    return PackedTest(plan=plan, published_at=row.published_at, created_at=row.created_at, items=list(items))


# ---------------------------------------------------------------------------------------------------------- bring in


def unpack(session: Session, who: Who, course_id: UUID, bank: PackedBank, ids: NewIds) -> list[str]:
    """The bank in a course whose modules are there already; returns a sentence for everything that was left out."""
    components = _components(session, course_id, bank)
    notes: list[str] = []
    kept: set[UUID] = set()
    for item in bank.items:
        if problem := _wrong_with(item):
            notes.append(f"A question was left out: {problem}")
            continue
        kept.add(item.id)
        _unpack_item(session, who, course_id, item, components, ids)
    for test in bank.tests:
        try:
            with session.begin_nested():
                _unpack_test(session, who, course_id, test, kept, ids)
        except Invalid as problem:
            notes.append(f"The test “{test.plan.title[:80]}” was left out: {problem.sentence}")
    return notes


def _components(session: Session, course_id: UUID, bank: PackedBank) -> dict[str, UUID]:
    """The components' ids by name, made anew."""
    names = {name for one in [*bank.components, *(name for item in bank.items for name in item.components)]
             if (name := shorten(one, COMPONENT_LENGTH))}  # fmt: skip
    made = {name: new_id() for name in sorted(names)}
    if made:
        session.execute(
            insert(Component), [{"id": one, "course_id": course_id, "name": name} for name, one in made.items()]
        )
    return made


def _wrong_with(item: PackedItem) -> str:
    """Why an item cannot come in, or ""."""
    numbers = [one.number for one in item.versions]
    if item.version not in numbers or len(set(numbers)) < len(numbers):
        return "its versions are not whole."
    return next((problem for one in item.versions if (problem := trouble(one.item))), "")


def _unpack_item(
    session: Session, who: Who, course_id: UUID, item: PackedItem, components: dict[str, UUID], ids: NewIds
) -> None:
    row = ItemRow(
        id=ids.of(item.id),
        course_id=course_id,
        module_id=ids.of(item.module_id) if item.module_id and ids.known(item.module_id) else None,
        version=item.version,
        created_by=who.id,
        created_at=item.created_at,
        withdrawn_at=item.withdrawn_at,
        withdrawn_why=item.withdrawn_why,
    )
    session.add(row)
    session.flush()
    for one in item.versions:
        session.add(
            VersionRow(
                item_id=row.id,
                number=one.number,
                kind=one.item.kind.value,
                item=one.item.model_dump(mode="json"),
                created_by=who.id,
                created_at=one.created_at,
            )
        )
    for name in dict.fromkeys(shorten(one, COMPONENT_LENGTH) for one in item.components):
        if name in components:
            session.add(ItemComponent(item_id=row.id, component_id=components[name]))
    session.flush()


def _unpack_test(session: Session, who: Who, course_id: UUID, test: PackedTest, kept: set[UUID], ids: NewIds) -> None:
    module_id = test.plan.module_id
    is_known = module_id is not None and ids.known(module_id)
    plan = test.plan.model_copy(update={"module_id": ids.of(module_id) if module_id and is_known else None})
    paper_id = make_paper(session, who, course_id, plan)
    row = session.get_one(Paper, paper_id)
    row.published_at, row.created_at = test.published_at, test.created_at
    wanted = [one for one in dict.fromkeys(test.items) if one in kept]
    session.add_all(
        [PaperItem(paper_id=paper_id, item_id=ids.of(one), position=at) for at, one in enumerate(wanted, 1)]
    )
    session.flush()
