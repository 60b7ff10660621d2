"""The table of items: the questions of tests as far as a release may tell them.

An item's words are its instructor's, who may use it again: they are told only where words are, and scrubbed as all
others. Its key is never told, and of items that nobody in the release was asked nothing is.
"""

from collections.abc import Iterator, Sequence
from uuid import UUID

from sqlalchemy import func, select

from app.assessment.models import ItemRow, Paper, Sitting, SittingItem, VersionRow
from app.assessment.schema import ChoiceItem, MatchItem, OpenItem, OrderItem
from app.base.db import unit_of_work
from app.records.release.answers import Asked, Bank, scrubbed, told_sittings
from app.records.release.columns import Column, Row, Sort, Table, Type
from app.records.release.scope import Scope
from app.records.release.tables.attempts import COMPONENTS, KINDS, PURPOSES, listed

BATCH = 200


def _rows(scope: Scope) -> Iterator[list[Row]]:
    found, bank = _used(scope), Bank()
    order = sorted(found, key=lambda one: scope.names.thing("version of item", one))
    for at in range(0, len(order), BATCH):
        some = order[at : at + BATCH]
        with unit_of_work() as session:
            asked = bank.of(session, set(some))
        yield [_row(scope, asked[one], found[one]) for one in some]
        scope.beat(len(some))


def _used(scope: Scope) -> dict[UUID, tuple[UUID, UUID | None, Sequence[str]]]:
    """The versions that people in the release were asked, each with course, module and purposes of its tests."""
    query = (
        select(SittingItem.version_id, ItemRow.course_id, ItemRow.module_id, func.array_agg(Paper.purpose.distinct()))
        .join(Sitting, Sitting.id == SittingItem.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .join(VersionRow, VersionRow.id == SittingItem.version_id)
        .join(ItemRow, ItemRow.id == VersionRow.item_id)
        .where(told_sittings(scope))
        .group_by(SittingItem.version_id, ItemRow.course_id, ItemRow.module_id)
    )
    with unit_of_work() as session:
        return {version: (course, module, uses) for version, course, module, uses in session.execute(query)}


def _row(scope: Scope, asked: Asked, where: tuple[UUID, UUID | None, Sequence[str]]) -> Row:
    course, module, uses = where
    item = asked.item
    options = item.options if isinstance(item, ChoiceItem | OrderItem) else None
    return {
        "item_id": scope.names.thing("item", asked.item_id),
        "version": asked.number,
        "course_id": scope.names.thing("course", course),
        "module_id": scope.names.thing("module", module) if module else None,
        "kind": asked.kind.value,
        "components": listed(asked.components),
        "purposes": "; ".join(one for one in PURPOSES if one in uses),
        "points": item.points,
        "options": len(options) if options else len(item.left) if isinstance(item, MatchItem) else None,
        "criteria": len(item.criteria) if isinstance(item, OpenItem) else None,
        "stem": scrubbed(scope, item.stem),
    }


TABLES = (
    Table(
        name="items",
        meaning="One row for each version of an item that somebody in the release was asked.",
        columns=(
            Column("item_id", Type.TEXT, Sort.ID, "The item; the same for all its versions."),
            Column("version", Type.INTEGER, Sort.STRUCTURE, "The version, from 1."),
            Column("course_id", Type.TEXT, Sort.ID, "The course whose bank it is in."),
            Column("module_id", Type.TEXT, Sort.ID, "The module it belongs to; empty for the whole course."),
            Column("kind", Type.TEXT, Sort.STRUCTURE, "What it asks for.", values=KINDS),
            Column("components", Type.TEXT, Sort.STRUCTURE, COMPONENTS),
            Column(
                "purposes",
                Type.TEXT,
                Sort.STRUCTURE,
                "What the tests were for in which it was asked, with semicolons between.",
                values=PURPOSES,
            ),
            Column("points", Type.NUMBER, Sort.MEASURE, "The marks it is worth.", "points"),
            Column("options", Type.INTEGER, Sort.MEASURE, "Things to choose, to order, or to find partners for."),
            Column("criteria", Type.INTEGER, Sort.MEASURE, "Criteria of the rubric, where it is open."),
            Column("stem", Type.TEXT, Sort.WORDS, "The question in words, without names, addresses and long numbers."),
        ),
        rows=_rows,
        about=lambda has: has.items,
        place=70,
    ),
)
