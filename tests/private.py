"""Somebody with something in every table: a class alone, a class with others, notes, prompts, and words to look for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from making import Made, make_lesson, make_person
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    Numeric,
    Table,
    Uuid,
    and_,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import Base, unit_of_work
from app.base.personal import Personal, links_to_person, said_of
from app.classroom import service as classroom
from app.classroom.log import OpenLog
from app.classroom.models import ClassNote, GuardPair, LearnerNote, TurnPrompt
from app.classroom.schema import Body, Draft, Kind, Voice
from app.inference.models import ModelCall, TokenDay
from app.records import service as records
from app.records.privacy.belonging import belongs

OWN = "I wonder whether vacuoles whistle"
OTHERS = "My grandmother calls them powerhouses"
NAME = "Zelda Quirk"
ENUMS = {"class_event.kind", "consent.purpose", "guardian_consent.purpose"}
"""Columns of fixed words, in which no other can be planted."""


@dataclass
class World:
    """Zelda, whose data it is; Kim, who is in a class with her; and their classes."""

    made: Made
    zelda: Who
    kim: Who
    alone: UUID
    shared: UUID


def make_world() -> World:
    """Two classes with words of both, and everything else that is kept of a learner."""
    made = make_lesson()
    zelda, kim = (_named(name) for name in (NAME, "Kim Hollow"))
    with unit_of_work() as session:
        for who in (zelda, kim):
            accounts.enrol(session, made.course_id, who.id, CourseRole.STUDENT)
        alone = classroom.open_class(session, zelda, made.lesson_id, pace=0)
        shared = classroom.open_shared(session, made.instructor, made.lesson_id)
        for who in (zelda, kim):
            classroom.join(session, who, shared)
    with unit_of_work() as session:
        _talk(session, zelda, kim, alone, shared)
    for class_id in (alone, shared):
        records.project(class_id)
    return World(made, zelda, kim, alone, shared)


def _named(name: str) -> Who:
    who = make_person(f"{name.split()[0].lower()}@school.test")
    with unit_of_work() as session:
        table = Base.metadata.tables["person"]
        session.execute(update(table).where(table.c.id == who.id).values(name=name))
    return who.model_copy(update={"name": name})


def _talk(session: Session, zelda: Who, kim: Who, alone: UUID, shared: UUID) -> None:
    one = classroom.say(session, zelda, alone, OWN)
    two = classroom.say(session, zelda, shared, OWN)
    three = classroom.say(session, kim, shared, OTHERS)
    for class_id, answers in ((alone, one), (shared, two), (shared, three)):
        turn = uuid4()
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=turn, page=1, answers=answers)))
        others = f" Kim said: {OTHERS}." if class_id == shared else ""
        words = f"Good thought, {NAME}.{others} You said: {OWN}."
        log.append(Draft(kind=Kind.SAID, voice=Voice.TUTOR, body=Body(text=words, turn=turn, page=1, answers=answers)))
        about = {"class_id": class_id, "turn": turn, "voice": "tutor"}
        session.add(TurnPrompt(**about, system="the page", words=f"Zelda says: {OWN}.{others}"))
        session.add(GuardPair(**about, reason="off the page", refused=f"{OWN}.{others}", shown="the page"))
    session.add(ClassNote(class_id=alone, person_id=zelda.id, text="Vacuoles, mine"))
    course = OpenLog.lock(session, alone).row.course_id
    note = {"person_id": zelda.id, "course_id": course, "class_id": alone}
    session.add(LearnerNote(id=uuid4(), **note, kind="hard", page=1, text="Vacuoles were hard"))
    session.add(ModelCall(role="tutor", model="stub", about=alone, prompt_hash="0" * 16, outcome="ok"))
    session.add(TokenDay(about=alone, day=date(2026, 1, 1), tokens=7))


# --------------------------------------------------------------------------------------------------------- canaries


def plant(session: Session, person_id: UUID) -> dict[str, str]:
    """Put a word to look for into every text and JSON column of the person's rows; returns them by "table.column".

    A table without a row of theirs is given one; so a new table is looked after without a word about it here.
    """
    planted: dict[str, str] = {}
    for table in Base.metadata.sorted_tables:
        condition = belongs(table, person_id)
        columns = [column for column in table.columns if _may_hold_words(column)]
        if condition is None or not columns:
            continue
        canaries = {column.name: f"canary-{table.name}-{column.name}" for column in columns}
        if not session.scalar(select(func.count()).select_from(table).where(condition)) or table.name == "audit":
            _insert(session, table, person_id, canaries)
        else:
            _overwrite(session, table, and_(condition), canaries)
        planted |= {f"{table.name}.{name}": word for name, word in canaries.items()}
    return planted


def _may_hold_words(column: Column) -> bool:
    kind = said_of(column)
    plain = isinstance(column.type, Uuid | Integer | Numeric | Float | Boolean | DateTime | Date)
    is_free = not plain and f"{column.table.name}.{column.name}" not in ENUMS and not column.foreign_keys
    return is_free and kind not in (Personal.NONE, Personal.SECRET, Personal.LINK)


def _overwrite(session: Session, table: Table, condition, canaries: dict[str, str]) -> None:
    key = list(table.primary_key)
    row = session.execute(select(table).where(condition).order_by(*key).limit(1)).mappings().one()
    if table.name == "class_event":  # a line of the person's own that has words
        text = table.c.body["text"].astext
        row = session.execute(select(table).where(condition, text == OWN).limit(1)).mappings().one()
    values = {name: _worded(table.c[name], row[name], word) for name, word in canaries.items()}
    this = and_(*(column == row[column.name] for column in key))
    session.execute(update(table).where(this).values(values))


def _worded(column: Column, before: object, word: str) -> object:
    if column.name == "email":
        return f"{word}@school.test"
    if not isinstance(column.type, JSON):
        return word
    field = {"class_session.state": "greeting", "class_event.body": "text"}.get(f"{column.table.name}.{column.name}")
    if column.table.name == "statement":
        return {**before, "result": {"response": word}}
    return {**before, field or "text": word} if isinstance(before, dict) else [word]


def _insert(session: Session, table: Table, person_id: UUID, canaries: dict[str, str]) -> None:
    values = {}
    for column in table.columns:
        if column.name in canaries:
            values[column.name] = _worded(column, {}, canaries[column.name])
        elif links_to_person(column) or said_of(column) is Personal.LINK:
            values[column.name] = person_id
        elif column.foreign_keys:
            other = next(iter(column.foreign_keys)).column
            values[column.name] = session.scalar(select(other).limit(1))
        elif not column.nullable and column.name not in values:
            values[column.name] = _something(column)
    session.execute(insert(table).values(values))


def _something(column: Column) -> object:
    kinds = ((Uuid, uuid4()), (Boolean, False), (Integer, 1), (Numeric, 1.0), (Float, 1.0), (JSON, {}))
    times = ((DateTime, datetime.now(UTC)), (Date, date(2026, 1, 1)))
    return next((value for kind, value in (*kinds, *times) if isinstance(column.type, kind)), uuid4().hex)


def everywhere(session: Session) -> dict[str, str]:
    """All text of the database, by table."""
    found = {}
    for table in Base.metadata.sorted_tables:
        rows = session.execute(select(func.to_jsonb(table.table_valued())).select_from(table)).scalars()
        found[table.name] = "\n".join(str(row) for row in rows)
    return found
