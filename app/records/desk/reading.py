"""Records page by page, as documents, and how many there are."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import Who
from app.base.errors import Invalid
from app.records.desk.filtering import Told, chosen, everybody, told
from app.records.desk.masking import Mask, mask_of
from app.records.desk.pseudonyms import Pseudonyms
from app.records.desk.schema import DESK, DeskRecord, Filter, Reader, RecordPage, SourceRef
from app.records.models import StatementRow
from app.records.reading import extension, words_of
from app.records.schema import Statement
from app.records.statements import plain

LIMIT, MOST = 100, 1000
"""How many records a page has by itself, and at most."""


def reader_of(session: Session, who: Who, course_id: UUID) -> Reader:
    """Who reads in a course. NotFound for everybody but its researchers and instructors."""
    role = accounts.require(session, who, course_id, *DESK)
    return Reader(person_id=who.id, course_id=course_id, role=role)


def read_records(session: Session, reader: Reader, wanted: Filter, cursor: str = "", limit: int = LIMIT) -> RecordPage:
    """At most `limit` records after the cursor, by time. Raises Invalid for a filter or cursor that is none."""
    query = told(reader.course_id, reader.is_researcher).where(*chosen(session, reader, wanted))
    if cursor:
        query = query.where(tuple_(StatementRow.at, StatementRow.id) > _place(cursor))
    limit = min(max(1, limit), MOST)
    rows = session.execute(query.order_by(StatementRow.at, StatementRow.id).limit(limit + 1)).all()
    found = [Told(*row) for row in rows[:limit]]
    show = Shown(session, reader)
    last = found[-1].row if len(rows) > limit else None
    return RecordPage(
        course=reader.course_id,
        records=[show.record(one) for one in found],
        next=_cursor(last.at, last.id) if last else None,
    )


def count_records(session: Session, reader: Reader, wanted: Filter) -> int:
    """How many records the filter leaves."""
    query = told(reader.course_id, reader.is_researcher).where(*chosen(session, reader, wanted))
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _cursor(at: datetime, statement_id: UUID) -> str:
    return urlsafe_b64encode(f"{at.isoformat()} {statement_id}".encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, _, statement_id = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().partition(" ")
        return datetime.fromisoformat(at), UUID(statement_id)
    except (ValueError, binascii.Error) as error:
        raise Invalid("This cursor is none of ours; begin again without one.") from error


class Shown:
    """Statements as one reader in one course may see them: pseudonyms for people, masked words."""

    def __init__(self, session: Session, reader: Reader) -> None:
        self.names = Pseudonyms(reader.course_id, reader.person_id)
        self.mask = course_mask(session, reader.course_id)

    def record(self, one: Told) -> DeskRecord:
        """The document of a statement."""
        statement = Statement.model_validate(one.row.document)
        account = statement.actor.account.name
        text, withheld = self.words(statement, one.is_open)
        return DeskRecord(
            id=one.row.id,
            at=one.row.at,
            class_id=one.row.class_id,
            seq=one.row.seq,
            learner=self.names.of(one.learner),
            actor=self.names.of(one.actor) if one.actor else account if account.startswith("agent:") else "",
            role=_text(extension(statement, "role")) or "",
            verb=plain(one.row.verb),
            kind=_text(extension(statement, "kind")) or "",
            lesson=one.lesson,
            page=_number(extension(statement, "page")),
            text=text,
            withheld=withheld,
            completed=statement.result.completion if statement.result else None,
            **_more(statement),
        )

    def words(self, statement: Statement, is_open: bool) -> tuple[str | None, bool]:
        """The words that may be shown, and whether there are others. The script's were there before anybody came."""
        words = words_of(statement)
        if words and not is_open and extension(statement, "action") is None:
            return None, True
        return (self.mask.clean(words) if words else None), False


def course_mask(session: Session, course_id: UUID) -> Mask:
    """What takes the names of a course's people out of words."""
    return mask_of(tuple(sorted(set(session.scalars(select(Person.name).where(everybody(course_id)))))))


def _more(statement: Statement) -> "dict[str, JsonValue | list[SourceRef]]":
    sources = extension(statement, "sources")
    refs = [one for one in sources if isinstance(one, dict)] if isinstance(sources, list) else []
    return {
        "answers": _number(extension(statement, "answers")),
        "asks": extension(statement, "asks") is True,
        "cause": _text(extension(statement, "cause")),
        "turn": _text(extension(statement, "turn")),
        "action": _number(extension(statement, "action")),
        "sources": [SourceRef(passage=str(one.get("passage")), page=_number(one.get("page")) or 0) for one in refs],
        "model": _text(extension(statement, "model")),
        "fallback": extension(statement, "fallback"),
        "intent": _text(extension(statement, "intent")),
        "verdict": _text(extension(statement, "verdict")),
        "tutor_action": _text(extension(statement, "tutor-action")),
    }


def _number(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None
