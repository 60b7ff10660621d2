"""A course's statements as CSV for research: one row each, pseudonyms for people, no cell that a spreadsheet runs."""

import hashlib
from collections.abc import Iterator
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import case, select, tuple_
from sqlalchemy.orm import Session

from app.base.cells import csv_line
from app.classroom.models import ClassSession
from app.lessons.models import Lesson
from app.records.models import StatementRow
from app.records.reading import extension, page_of, words_of
from app.records.schema import Statement
from app.records.statements import plain

COLUMNS = (
    "statement_id",
    "timestamp",
    "class_id",
    "seq",
    "learner",
    "actor",
    "role",
    "verb",
    "verb_iri",
    "lesson",
    "page",
    "words",
    "answers_seq",
    "asks",
    "cause",
    "completed",
    "turn",
    "source_pages",
    "source_passages",
    "model",
    "fallback",
)
"""In this order, now and later; new columns go to the end."""
BATCH = 500


def export_csv(session: Session, course_id: UUID) -> Iterator[str]:
    """CSV text in pieces, the head first, then the statements by class and seq.

    `learner` is the pseudonym of the student whose class it is, the same in every row of the course and unlike that
    person's pseudonym in any other; in a class of several people, of the one who acted, empty for what the class did.
    `actor` is the pseudonym of a person or "agent:ROLE". Read in batches while it is sent, so the session must stay
    open; what is added meanwhile may be missing.
    """
    yield csv_line(COLUMNS)
    after: tuple[UUID, int] | None = None
    while True:
        batch = _batch(session, course_id, after)
        if batch:
            yield "".join(csv_line(_cells(row, learner, lesson)) for row, learner, lesson in batch)
            after = (batch[-1][0].class_id, batch[-1][0].seq)
        session.expunge_all()
        if len(batch) < BATCH:
            return


def _batch(
    session: Session, course_id: UUID, after: tuple[UUID, int] | None
) -> list[tuple[StatementRow, UUID | None, str]]:
    learner = case((ClassSession.is_shared, StatementRow.person_id), else_=ClassSession.person_id)
    query = (
        select(StatementRow, learner, Lesson.title)
        .join(ClassSession, ClassSession.id == StatementRow.class_id)
        .join(Lesson, Lesson.id == ClassSession.lesson_id)
        .where(StatementRow.course_id == course_id)
        .order_by(StatementRow.class_id, StatementRow.seq)
        .limit(BATCH)
    )
    if after:
        query = query.where(tuple_(StatementRow.class_id, StatementRow.seq) > after)
    return list(session.execute(query))


def pseudonym(course_id: UUID, person_id: UUID) -> str:
    """A person's name in a course's export: not their id, and not the same in another course."""
    return "learner-" + hashlib.sha256(f"{course_id}/{person_id}".encode()).hexdigest()[:12]


def _cells(row: StatementRow, learner: UUID | None, lesson: str) -> tuple[str, ...]:
    statement = Statement.model_validate(row.document)
    cells = {
        "statement_id": str(row.id),
        "timestamp": statement.timestamp.isoformat(),
        "class_id": str(row.class_id),
        "seq": str(row.seq),
        "learner": pseudonym(row.course_id, learner) if learner else "",
        "actor": _actor(row.course_id, statement.actor.account.name),
        "role": _text(extension(statement, "role")),
        "verb": plain(row.verb),
        "verb_iri": row.verb,
        "lesson": lesson,
        "page": str(page_of(statement) or ""),
        "words": words_of(statement),
        "answers_seq": _text(extension(statement, "answers")),
        "asks": _text(extension(statement, "asks")),
        "cause": _text(extension(statement, "cause")),
        "completed": _text(statement.result.completion if statement.result else None),
        "turn": _text(extension(statement, "turn")),
        "source_pages": _sources(statement, "page"),
        "source_passages": _sources(statement, "passage"),
        "model": _text(extension(statement, "model")),
        "fallback": _text(extension(statement, "fallback")),
    }
    return tuple(cells[name] for name in COLUMNS)


def _actor(course_id: UUID, account: str) -> str:
    return account if account.startswith("agent:") else pseudonym(course_id, UUID(account))


def _text(value: JsonValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _sources(statement: Statement, name: str) -> str:
    sources = extension(statement, "sources")
    found = [_text(one.get(name)) for one in sources if isinstance(one, dict)] if isinstance(sources, list) else []
    return " ".join(found)
