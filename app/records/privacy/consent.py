"""Who allowed what."""

from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.records.privacy.models import Consent
from app.records.privacy.schema import Purpose


def declare(session: Session, person_id: UUID, purpose: Purpose, granted: bool, text_version: int) -> None:
    """Keep a person's word on a purpose. Their earlier words stay in the history."""
    session.add(Consent(person_id=person_id, purpose=purpose.value, granted=granted, text_version=text_version))


def consented(
    purpose: Purpose, person_id: ColumnElement[UUID | None] | InstrumentedAttribute[UUID | None]
) -> ColumnElement[bool]:
    """The condition that the person of a column stands by a purpose at the moment the query runs; no word means no."""
    newest = (
        select(Consent.granted)
        .where(Consent.person_id == person_id, Consent.purpose == purpose.value)
        .order_by(Consent.at.desc(), Consent.id.desc())
        .limit(1)
    )
    return newest.scalar_subquery().is_(True)


def standing(session: Session, person_id: UUID) -> dict[Purpose, bool]:
    """What a person allows at present, for each purpose."""
    query = select(Consent).where(Consent.person_id == person_id).order_by(Consent.at, Consent.id)
    said = {Purpose(row.purpose): row.granted for row in session.scalars(query)}
    return {purpose: said.get(purpose, False) for purpose in Purpose}
