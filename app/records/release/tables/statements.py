"""The table of statements: the xAPI statements of classes and of answers, by pseudonym."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.base.db import unit_of_work
from app.classroom.models import ClassSession
from app.classroom.schema import PRIVATE
from app.records.models import StatementRow
from app.records.release.answered import answer_statements
from app.records.release.columns import Column, Row, Sort, Table, Type
from app.records.release.logs import shut_seqs
from app.records.release.scope import Scope, Stretch
from app.records.release.selecting import in_the_open, included
from app.records.release.xapi import Stored, told_statement
from app.records.schema import Statement
from app.records.statements import VERBS

PRIVATE_VERBS = [VERBS[kind] for kind in PRIVATE]


def _rows(scope: Scope) -> Iterator[list[Row]]:
    for stretch in scope.stretches():
        with unit_of_work() as session:
            found, shut = _stored(session, scope, stretch), _shut(session, scope, stretch)
        told = (told_statement(scope, one, shut[one.row.id]) for one in found)
        rows = [row for row in told if row is not None]
        yield rows
        scope.beat(len(rows))
    yield from answer_statements(scope)


def _stored(session: Session, scope: Scope, stretch: Stretch) -> list[Stored]:
    rows = {row.id: row for row in stretch.classes}
    insiders = included(scope.release_id, StatementRow.person_id, ClassSession.course_id)
    query = (
        select(
            StatementRow.class_id,
            StatementRow.id,
            StatementRow.seq,
            StatementRow.verb,
            StatementRow.at,
            StatementRow.document,
        )
        .join(ClassSession, ClassSession.id == StatementRow.class_id)
        .where(
            StatementRow.class_id.in_(list(rows)),
            StatementRow.at <= scope.cut,
            StatementRow.verb.not_in(PRIVATE_VERBS),
            in_the_open(scope.release_id),
            or_(StatementRow.person_id.is_(None), insiders),
        )
    )
    if stretch.until:
        query = query.where(StatementRow.seq > stretch.after, StatementRow.seq <= stretch.until)
    found = [
        Stored(one, seq, verb, at, Statement.model_validate(document), rows[class_id])
        for class_id, one, seq, verb, at, document in session.execute(query)
        if class_id is not None and seq is not None
    ]
    order = {class_id: place for place, class_id in enumerate(rows)}
    return sorted(found, key=lambda one: (order[one.row.id], one.seq))


def _shut(session: Session, scope: Scope, stretch: Stretch) -> defaultdict[UUID, set[int]]:
    """What is not told, by class. A reply may lie in a later part than what it answers, so whole classes are asked."""
    found: defaultdict[UUID, set[int]] = defaultdict(set)
    for class_id, seq, _ in shut_seqs(session, scope, Stretch(stretch.classes)):
        found[class_id].add(seq)
    return found


TABLES = (
    Table(
        name="statements",
        meaning="One row for each xAPI statement of a class or of an answer, of people in the release and of agents.",
        columns=(
            Column("statement_id", Type.TEXT, Sort.ID, "The statement."),
            Column("class_id", Type.TEXT, Sort.ID, "The class: the statement's registration. Empty for answers."),
            Column("sitting_id", Type.TEXT, Sort.ID, "The sitting of an answer: the statement's registration."),
            Column("seq", Type.INTEGER, Sort.STRUCTURE, "Its place in the class's log, from 1. Empty for answers."),
            Column("at", Type.TIME, Sort.TIME, "When it happened."),
            Column("actor", Type.TEXT, Sort.PSEUDONYM, "The person who acted, or “agent:” and a role."),
            Column("role", Type.TEXT, Sort.STRUCTURE, "Who acted: student, instructor, an agent's role, or class."),
            Column("verb", Type.TEXT, Sort.STRUCTURE, "What was done, in a plain word."),
            Column("verb_iri", Type.TEXT, Sort.STRUCTURE, "The same as xAPI names it."),
            Column(
                "object_type",
                Type.TEXT,
                Sort.STRUCTURE,
                "Done to what: page, utterance, class, question or assessment.",
            ),
            Column("object_id", Type.TEXT, Sort.ID, "The same as an IRI."),
            Column("page", Type.INTEGER, Sort.STRUCTURE, "The page that was shown, from 1.", "page"),
            Column(
                "completed",
                Type.TRUTH,
                Sort.STRUCTURE,
                "At a class's end: whether the lesson was finished. Of a test: handed in.",
            ),
            Column("scaled", Type.NUMBER, Sort.MEASURE, "Of an answer: the marks as a share of the most.", "0 to 1"),
            Column("success", Type.TRUTH, Sort.MEASURE, "Of an answer: whether it earned all marks."),
            Column("reply_to", Type.TEXT, Sort.ID, "The statement that it answers, or marks."),
            Column("reply_withheld", Type.TRUTH, Sort.STRUCTURE, "Whether it answers somebody outside the release."),
            Column("statement", Type.TEXT, Sort.STRUCTURE, "The statement as xAPI, in JSON."),
        ),
        rows=_rows,
        about=lambda has: has.events + has.answers + has.sittings,
        place=40,
    ),
)
