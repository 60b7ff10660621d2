"""The item bank of a course: questions are added, edited as new versions, and withdrawn, by its instructors."""

import random
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.assessment.checking import trouble
from app.assessment.models import Attempt, Component, ItemComponent, ItemRow, PaperItem, VersionRow
from app.assessment.schema import (
    ChoiceItem,
    ComponentView,
    Holder,
    Item,
    ItemCard,
    ItemView,
    MatchItem,
    NumericItem,
    Option,
    OptionView,
    OrderItem,
)
from app.base.db import new_id
from app.base.errors import Conflict, Invalid, NotFound
from app.base.text import clean_text, shorten
from app.courses.models import Module

COMPONENT_LENGTH = 80
MOST_COMPONENTS = 8


def add_item(
    session: Session,
    who: Who,
    course_id: UUID,
    item: Item,
    module_id: UUID | None = None,
    components: Iterable[str] = (),
) -> UUID:
    """A new item in the bank. Raises Invalid with what is wrong with it; NotFound for those who do not teach here."""
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    _check(session, course_id, item, module_id)
    row = ItemRow(course_id=course_id, module_id=module_id, created_by=who.id)
    session.add(row)
    session.flush()
    _add_version(session, who, row, item)
    _link(session, row, components)
    return row.id


def edit_item(
    session: Session,
    who: Who,
    item_id: UUID,
    item: Item,
    version: int,
    module_id: UUID | None = None,
    components: Iterable[str] = (),
) -> int:
    """Keep an item as it was changed from `version`; returns the newest version's number.

    Another question, key or explanation makes a new version; those who sit a test meanwhile keep the old one. Raises
    Conflict when somebody else was faster, Invalid with what is wrong.
    """
    row = _own_item(session, who, item_id)
    if row.withdrawn_at:
        raise Conflict("This question was withdrawn and cannot be changed. Make a new one.")
    if version != row.version:
        raise Conflict("This question was changed by somebody else meanwhile. Reload the page and change it again.")
    _check(session, row.course_id, item, module_id)
    row.module_id = module_id
    _link(session, row, components)
    if _without_ids(item) != _without_ids(item_of(newest(session, row))):
        row.version += 1
        _add_version(session, who, row, item)
    return row.version


def _own_item(session: Session, who: Who, item_id: UUID) -> ItemRow:
    """The item's row, locked, for an instructor of its course."""
    row = session.get(ItemRow, item_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    accounts.require(session, who, row.course_id, CourseRole.INSTRUCTOR)
    return row


def _check(session: Session, course_id: UUID, item: Item, module_id: UUID | None) -> None:
    if problem := trouble(item):
        raise Invalid(problem)
    module = session.get(Module, module_id) if module_id else None
    if module_id and (module is None or module.course_id != course_id):
        raise Invalid("That module is not in this course. Reload the page and choose again.")


def _add_version(session: Session, who: Who, row: ItemRow, item: Item) -> None:
    made = VersionRow(
        id=new_id(),
        item_id=row.id,
        number=row.version,
        kind=item.kind.value,
        item=item.model_dump(mode="json"),
        created_by=who.id,
    )
    session.add(made)
    session.flush()


def _link(session: Session, row: ItemRow, names: Iterable[str]) -> None:
    """Set the components of an item; new names make new components."""
    wanted = list(dict.fromkeys(name for one in names if (name := shorten(clean_text(one), COMPONENT_LENGTH))))
    if len(wanted) > MOST_COMPONENTS:
        raise Invalid(f"A question is about {MOST_COMPONENTS} knowledge components at most.")
    for name in sorted(wanted):
        fresh = insert(Component).values(id=new_id(), course_id=row.course_id, name=name)
        session.execute(fresh.on_conflict_do_nothing())
    ids = session.scalars(select(Component.id).where(Component.course_id == row.course_id, Component.name.in_(wanted)))
    session.execute(delete(ItemComponent).where(ItemComponent.item_id == row.id))
    session.add_all([ItemComponent(item_id=row.id, component_id=one) for one in ids])
    session.flush()


def add_components(session: Session, who: Who, course_id: UUID, names: Iterable[str]) -> None:
    """Make components of names that a course does not have yet. NotFound for those who do not teach it."""
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    for name in sorted({name for one in names if (name := shorten(clean_text(one), COMPONENT_LENGTH))}):
        fresh = insert(Component).values(id=new_id(), course_id=course_id, name=name)
        session.execute(fresh.on_conflict_do_nothing())


def _without_ids(item: Item) -> str:
    """An item's document with places for its options' random ids, so that two can be compared."""
    text = item.model_dump_json()
    for place, option in enumerate(_options(item)):
        text = text.replace(option.id, f"#{place}")
    return text


def _options(item: Item) -> list[Option]:
    if isinstance(item, MatchItem):
        return [*item.left, *item.right]
    return item.options if isinstance(item, ChoiceItem | OrderItem) else []


def newest(session: Session, row: ItemRow) -> VersionRow:
    """The newest version of an item."""
    query = select(VersionRow).where(VersionRow.item_id == row.id, VersionRow.number == row.version)
    return session.scalars(query).one()


def item_of(version: VersionRow) -> Item:
    """The item that a version holds."""
    return Holder.model_validate({"item": version.item}).item


def access_item(session: Session, who: Who, item_id: UUID) -> ItemCard:
    """An item with its key, for an instructor of its course; NotFound for everybody else."""
    row = session.get(ItemRow, item_id)
    if row is None:
        raise NotFound
    accounts.require(session, who, row.course_id, CourseRole.INSTRUCTOR)
    return _cards(session, [(row, newest(session, row))])[0]


def items_of(session: Session, course_id: UUID) -> list[ItemCard]:
    """The bank of a course, newest first, for a caller who has checked that who asks teaches it."""
    query = (
        select(ItemRow, VersionRow)
        .join(VersionRow, (VersionRow.item_id == ItemRow.id) & (VersionRow.number == ItemRow.version))
        .where(ItemRow.course_id == course_id)
        .order_by(ItemRow.created_at.desc(), ItemRow.id)
    )
    return _cards(session, [(row, version) for row, version in session.execute(query)])


def _cards(session: Session, rows: list[tuple[ItemRow, VersionRow]]) -> list[ItemCard]:
    ids = [row.id for row, _ in rows]
    names = component_names(session, ids)
    used = _counts(session, select(PaperItem.item_id).where(PaperItem.item_id.in_(ids)))
    answered = select(VersionRow.item_id).join(Attempt, Attempt.version_id == VersionRow.id)
    answers = _counts(session, answered.where(VersionRow.item_id.in_(ids), Attempt.answered_at.is_not(None)))
    return [
        ItemCard(
            id=row.id,
            course_id=row.course_id,
            module_id=row.module_id,
            version=row.version,
            version_id=version.id,
            item=item_of(version),
            components=names[row.id],
            withdrawn=row.withdrawn_at is not None,
            withdrawn_why=row.withdrawn_why,
            used=used.get(row.id, 0),
            answers=answers.get(row.id, 0),
        )
        for row, version in rows
    ]


def _counts(session: Session, query: Select[UUID]) -> dict[UUID, int]:
    inner = query.subquery()
    column = inner.c.item_id
    return dict(session.execute(select(column, func.count()).group_by(column)).all())


def component_names(session: Session, item_ids: Iterable[UUID]) -> defaultdict[UUID, list[str]]:
    """The names of the components of items, in order."""
    query = (
        select(ItemComponent.item_id, Component.name)
        .join(Component, Component.id == ItemComponent.component_id)
        .where(ItemComponent.item_id.in_(list(item_ids)))
        .order_by(Component.name)
    )
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    for item_id, name in session.execute(query):
        found[item_id].append(name)
    return found


def components_of(session: Session, course_id: UUID) -> list[ComponentView]:
    """The knowledge components of a course by name, each with how many items in use are about it."""
    live = (
        select(ItemComponent.component_id, func.count().label("number"))
        .join(ItemRow, ItemRow.id == ItemComponent.item_id)
        .where(ItemRow.withdrawn_at.is_(None))
        .group_by(ItemComponent.component_id)
        .subquery()
    )
    query = (
        select(Component.id, Component.name, func.coalesce(live.c.number, 0))
        .outerjoin(live, live.c.component_id == Component.id)
        .where(Component.course_id == course_id)
        .order_by(Component.name)
    )
    return [ComponentView(id=one, name=name, items=count) for one, name, count in session.execute(query)]


def view_of(version_id: UUID, item: Item, seed: object = "") -> ItemView:
    """What a student is given of an item. What must not stand in the key's order is shuffled, alike for one `seed`."""
    shuffled = random.Random(f"{seed}/{version_id}")
    options = [OptionView(id=one.id, text=one.text) for one in (_options(item))]
    targets: list[OptionView] = []
    if isinstance(item, MatchItem):
        options, targets = options[: len(item.left)], options[len(item.left) :]
        shuffled.shuffle(targets)
    if isinstance(item, OrderItem):
        shuffled.shuffle(options)
    return ItemView(
        version_id=version_id,
        kind=item.kind,
        stem=item.stem,
        points=item.points,
        options=options,
        targets=targets,
        unit=item.unit if isinstance(item, NumericItem) and not item.asks_unit else "",
        asks_unit=isinstance(item, NumericItem) and item.asks_unit,
    )
