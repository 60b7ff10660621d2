"""Taking somebody out of the learning record store: who they were is replaced wherever a statement names them."""

from collections.abc import Sequence
from copy import deepcopy
from hashlib import sha1
from uuid import UUID

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.records.lrs import keys
from app.records.lrs.credentials import home
from app.records.lrs.models import Attachment, LrsDocument, StatementAttachment, StatementLink
from app.records.lrs.values import Json
from app.records.models import StatementRow


def names_of(person_id: UUID, email: str) -> list[Json]:
    """The agents that a person is known as: by account at this installation, and by address."""
    known: list[Json] = [{"account": {"homePage": home(), "name": str(person_id)}}]
    if email:
        mbox = f"mailto:{email}"
        known += [{"mbox": mbox}, {"mbox_sha1sum": sha1(mbox.encode(), usedforsecurity=False).hexdigest()}]
    return known


def touching(session: Session, person_id: UUID, email: str) -> list[UUID]:
    """The statements in which a person stands anywhere, as actor, object, instructor or member."""
    known = [keys.agent_key(one) for one in names_of(person_id, email)]
    return list(session.scalars(select(StatementLink.statement_id).where(StatementLink.key.in_(known)).distinct()))


def without(document: Json, person_id: UUID, email: str) -> Json:
    """A statement in which a person stands, wherever they do, as the account of their random id alone."""
    known = {keys.identifier(one) for one in names_of(person_id, email)}
    after = deepcopy(document)
    for agent in keys.agents(after):
        if keys.identifier(agent) in known:
            agent.clear()
            agent.update({"objectType": "Agent", "account": {"homePage": home(), "name": str(person_id)}})
    return after


def others_left_out(document: Json, person_id: UUID, email: str) -> Json:
    """A statement of a person as they may take it away: whoever else stands in it is somebody."""
    known = {keys.identifier(one) for one in names_of(person_id, email)}
    after = deepcopy(document)
    for agent in list(keys.agents(after)):
        account = agent.get("account")
        is_own = keys.identifier(agent) in known or (type(account) is dict and account.get("name") == str(person_id))
        if not is_own and "member" not in agent:
            kind = agent.get("objectType", "Agent")
            agent.clear()
            agent.update({"objectType": kind, "name": "somebody else"})
    return after


def change(session: Session, row: StatementRow, document: Json) -> None:
    """Put another document in a statement's place, and move its links in the index: those alone that differ."""
    before, after = _links(row.document), _links(document)
    row.document = document
    place = {"stored_at": row.stored_at, "statement_id": row.id}
    if gone := before - after:
        here = (StatementLink.stored_at == row.stored_at) & (StatementLink.statement_id == row.id)
        session.execute(delete(StatementLink).where(here, tuple_(StatementLink.key, StatementLink.direct).in_(gone)))
    if new := [{"key": key, "direct": direct, **place} for key, direct in after - before]:
        session.execute(insert(StatementLink).on_conflict_do_nothing(), new)


def _links(document: Json) -> set[tuple[UUID, bool]]:
    direct, related = keys.links(document)
    return {(key, True) for key in direct} | {(key, False) for key in related}


def drop_files(session: Session, ids: Sequence[UUID]) -> None:
    """Delete what came with these statements, unless another statement came with the same bytes."""
    own = StatementAttachment.statement_id.in_(ids)
    hashes = set(session.scalars(delete(StatementAttachment).where(own).returning(StatementAttachment.sha2)))
    still = select(StatementAttachment.sha2).where(StatementAttachment.sha2 == Attachment.sha2)
    session.execute(delete(Attachment).where(Attachment.sha2.in_(hashes), ~still.exists()))


def drop_documents(session: Session, person_id: UUID, email: str) -> None:
    """Delete the documents of state and profile that are about a person."""
    known = [keys.agent_key(one) for one in names_of(person_id, email)]
    session.execute(delete(LrsDocument).where(LrsDocument.agent.in_(known)))
