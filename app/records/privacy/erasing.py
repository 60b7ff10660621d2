"""Erasing an account: asked for on a page, done by a job that may be killed at any moment and begun again.

What is done for one class is one transaction, and every step done twice is as good as once. Who the person was goes
last, as the steps before look for the name; from the first moment nobody can sign in to the account.
"""

from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import Who
from app.assessment import service as assessment
from app.base.db import now, unit_of_work
from app.base.errors import Conflict
from app.base.personal import goes_with_person, links
from app.base.queue import ring_after_commit
from app.base.redaction import FORMER, REMOVED, Redaction, redact_tree, redaction
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.courses.models import Course
from app.exchange import service as exchange
from app.records.answers import answer_id
from app.records.desk import tokens
from app.records.following import hold_answers
from app.records.lrs import forgetting
from app.records.models import Projection, StatementRow
from app.records.privacy.audit import note
from app.records.privacy.consent import declare, standing
from app.records.privacy.models import Erasure, GuardianConsent
from app.records.privacy.register import tables
from app.records.privacy.schema import What
from app.records.privacy.wording import newest
from app.records.release.roster import forget_bands

BELL = "records.erase"


def ask_to_be_erased(session: Session, who: Who, password: str, address: str = "") -> None:
    """Take the account out of use at once and have it erased. Raises Conflict where others would be left without
    an instructor or an admin, and an AppError for a wrong password.
    """
    accounts.prove(session, who, password, address)
    _may_go(session, who)
    for purpose, granted in standing(session, who.id).items():
        if granted:
            declare(session, who.id, purpose, False, newest(purpose).version)
    session.execute(insert(Erasure).values(person_id=who.id, asked_at=now()).on_conflict_do_nothing())
    note(session, who, What.ERASE, person_id=who.id, address=address)
    accounts.close_account(session, who.id)
    ring_after_commit(session, BELL, who.id)


def _may_go(session: Session, who: Who) -> None:
    if alone := accounts.teaches_alone(session, who.id):
        titles = ", ".join(session.scalars(select(Course.title).where(Course.id.in_(alone)).order_by(Course.title)))
        raise Conflict(f"Nobody else teaches {titles}. Make somebody else its instructor first, then come back.")
    if accounts.is_last_admin(session, who):
        raise Conflict("You are the only admin here. Have another one made first, then come back.")


def overdue(session: Session) -> list[UUID]:
    """Accounts that wait to be erased, for the clock."""
    query = select(Erasure.person_id).where(Erasure.finished_at.is_(None)).order_by(Erasure.asked_at).limit(100)
    return list(session.scalars(query))


def erase(person_id: UUID) -> None:
    """The job. Does nothing for an account that nobody asked to have erased, or that is erased already."""
    with unit_of_work() as session:
        row = session.get(Erasure, person_id)
        if row is None or row.finished_at:
            return
        name, email = accounts.name_and_address(session, person_id)
        running = classroom.classes_with(session, person_id, is_open=True)
        everywhere = classroom.classes_with(session, person_id)
    for class_id in running:
        with unit_of_work() as session:
            classroom.go_for_good(session, person_id, class_id)
    for class_id in everywhere:
        with unit_of_work() as session:
            _erase_in_class(session, class_id, person_id, name)
    with unit_of_work() as session:
        _finish(session, person_id, name, email)


def _erase_in_class(session: Session, class_id: UUID, person_id: UUID, name: str) -> None:
    """The log and what was projected from it in one transaction: a projection under way waits, and reads it after."""
    session.execute(insert(Projection).values(class_id=class_id, seq=0).on_conflict_do_nothing())
    session.get_one(Projection, class_id, with_for_update=True)
    hush = classroom.redact(session, class_id, person_id, name)
    of_agents = StatementRow.person_id.is_(None)
    for row in session.scalars(select(StatementRow).where(StatementRow.class_id == class_id, of_agents)):
        row.document = _redacted(row.document, hush)
    erase_statements(session, person_id, name, class_id=class_id)


def _finish(session: Session, person_id: UUID, name: str, email: str) -> None:
    row = session.get_one(Erasure, person_id, with_for_update=True, populate_existing=True)
    if row.finished_at:
        return
    hold_answers(session)
    assessment.erase_person(session, person_id)
    erase_statements(session, person_id, name, email)
    forgetting.drop_documents(session, person_id, email)
    tokens.erase_person(session, person_id)
    forget_bands(session, person_id)
    session.execute(delete(GuardianConsent).where(GuardianConsent.person_id == person_id))
    classroom.erase_person(session, person_id)
    exchange.erase_person(session, person_id)
    _erase_rows(session, person_id)
    accounts.erase_person(session, person_id)
    row.finished_at = now()
    note(session, None, What.ERASED, person_id=person_id)


def _erase_rows(session: Session, person_id: UUID) -> None:
    """Rows of tables that say so themselves, also of rooms above this one."""
    for table in tables():
        named = [column == person_id for column in links(table)]
        if goes_with_person(table) and named:
            session.execute(delete(table).where(or_(*named)))


# ---------------------------------------------------------------------------------------------------- the statements


def erase_statements(
    session: Session, person_id: UUID, name: str, email: str = "", class_id: UUID | None = None
) -> None:
    """Take a person's words and name out of their statements, of one class or of all; a statement itself stays.

    Theirs are those that name them in `person_id`, or as their actor: by account name, or by e-mail address. The
    actor becomes the account of the tombstone, which is the random id alone.
    """
    actor = StatementRow.document["actor"]
    theirs = [StatementRow.person_id == person_id, actor["account"]["name"].astext == str(person_id)]
    if email:
        theirs.append(actor["mbox"].astext == f"mailto:{email}")
    query = select(StatementRow).where(or_(*theirs))
    if class_id:
        query = query.where(StatementRow.class_id == class_id)
    names = {one: FORMER for one in (name, email) if one and one != FORMER}
    hush = redaction(names, {})
    own = session.scalars(query).all()
    for row in own:
        forgetting.change(session, row, erased_statement(row.document, person_id, hush))
    if email:
        forgetting.drop_files(session, [row.id for row in own])
        _leave_others_statements(session, person_id, email, {row.id for row in own}, hush)


def _leave_others_statements(session: Session, person_id: UUID, email: str, own: set[UUID], hush: Redaction) -> None:
    """In statements of others that name the person, they are nobody; what the others said stands."""
    touched = [one for one in forgetting.touching(session, person_id, email) if one not in own]
    for row in session.scalars(select(StatementRow).where(StatementRow.id.in_(touched))):
        document = forgetting.without(row.document, person_id, email)
        forgetting.change(session, row, _redacted(document, hush))


def erased_statement(document: dict[str, JsonValue], person_id: UUID, hush: Redaction) -> dict[str, JsonValue]:
    """A statement of an erased person: a nameless actor, no words of theirs, their name nowhere in it."""
    home: JsonValue = get_settings().public_url.rstrip("/")
    before = document.get("actor")
    kept = before.get("account") if isinstance(before, dict) else None
    if isinstance(kept, dict) and kept.get("name") == str(person_id):
        home = kept.get("homePage", home)
    actor: dict[str, JsonValue] = {"objectType": "Agent", "account": {"homePage": home, "name": str(person_id)}}
    after: dict[str, JsonValue] = {**document, "actor": actor}
    after.pop("attachments", None)
    if isinstance(result := document.get("result"), dict):
        spoken = {"response": REMOVED} if result.get("response") else {}
        after["result"] = {name: value for name, value in {**result, **spoken}.items() if name != "extensions"}
    return _redacted(after, hush)


def _redacted(document: dict[str, JsonValue], hush: Redaction) -> dict[str, JsonValue]:
    redacted = redact_tree(document, hush)
    return redacted if isinstance(redacted, dict) else document


def remove_words(session: Session, class_id: UUID) -> None:
    """Take all people's words out of a class and of its statements, after the time for keeping."""
    session.execute(insert(Projection).values(class_id=class_id, seq=0).on_conflict_do_nothing())
    session.get_one(Projection, class_id, with_for_update=True)
    classroom.remove_words(session, class_id)
    words = StatementRow.document["result"]["response"].astext.is_not(None)
    theirs = (StatementRow.class_id == class_id) & StatementRow.person_id.is_not(None) & words
    for row in session.scalars(select(StatementRow).where(theirs)):
        row.document = _unsaid(row.document)


def remove_answers(session: Session, before: datetime, most: int) -> int:
    """Take the words out of at most so many answers older than a time, and of their statements; returns how many."""
    hold_answers(session)
    gone = assessment.remove_words(session, before, most)
    of_them = StatementRow.id.in_([answer_id(one) for one in gone])
    for row in session.scalars(select(StatementRow).where(of_them)):
        row.document = _unsaid(row.document)
    return len(gone)


def _unsaid(document: dict[str, JsonValue]) -> dict[str, JsonValue]:
    result = document.get("result")
    return {**document, "result": {**result, "response": REMOVED}} if isinstance(result, dict) else document
