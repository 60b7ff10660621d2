"""Two releases compared: what they hold and how much, never who."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.records.release.models import Release
from app.records.release.papers import moves
from app.records.release.schema import Change, Difference, Manifest
from app.records.release.tables import registry


def compare(session: Session | None, before: Manifest, after: Manifest) -> Difference:
    """What is new in the second, what is gone. Who came and went is counted where `session` knows both releases."""
    old, new = set(_columns(before)), set(_columns(after))
    came, went = _moves(session, before.release, after.release)
    return Difference(
        before=before.release,
        after=after.release,
        columns_added=[one for one in _columns(after) if one not in old],
        columns_removed=[one for one in _columns(before) if one not in new],
        rows=[
            Change(name=name, before=before.rows.get(name), after=after.rows.get(name))
            for name in dict.fromkeys([*before.rows, *after.rows])
        ],
        learners=Change(name="learners", before=before.learners, after=after.learners),
        came=came,
        went=went,
        means=list(_means(before, after)),
    )


def _columns(manifest: Manifest) -> list[str]:
    tables = registry()
    known = (tables[name] for name in manifest.rows if name in tables)
    return [f"{table.name}.{column.name}" for table in known for column in table.told(manifest.spec)]


def _means(before: Manifest, after: Manifest) -> Iterable[Change]:
    old = {one.name: one.mean_after for one in before.suppression.measures}
    new = {one.name: one.mean_after for one in after.suppression.measures}
    for name in dict.fromkeys([*old, *new]):
        yield Change(name=name, before=old.get(name), after=new.get(name))


def _moves(session: Session | None, before: UUID, after: UUID) -> tuple[int | None, int | None]:
    if session is None:
        return None, None
    known = session.scalar(select(func.count()).where(Release.id.in_((before, after))))
    return moves(session, before, after) if known == len({before, after}) else (None, None)
