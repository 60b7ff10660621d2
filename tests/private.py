"""Somebody with something in every table: a class alone, a class with others, notes, prompts, and words to look for."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from uuid import UUID, uuid4

from examining import OPEN, TEXT, Room, make_test
from making import Made, make_lesson, make_person
from pydantic import JsonValue
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
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
from app.analysis.logs.reading import course_lines
from app.assessment import service as assessment
from app.assessment.documents import PaperPlan
from app.assessment.models import AnswerSave, Attempt
from app.assessment.schema import Response
from app.base.db import Base, unit_of_work
from app.base.personal import Personal, links_to_person, said_of
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassNote, GuardPair, LearnerNote, TurnPrompt
from app.classroom.schema import Body, Draft, Kind, Voice
from app.courses import service as courses
from app.inference.models import ModelCall, TokenDay
from app.lessons.schema import BoardItem, BoardKind
from app.records import service as records
from app.records.desk.models import CodingCode, CodingProject, CodingUnit, DeskToken
from app.records.lrs import service as lrs
from app.records.lrs.credentials import home
from app.records.lrs.documents import AGENT_PROFILE, Care
from app.records.lrs.keys import identifier
from app.records.lrs.schema import Client, Conditions, Document, Scope, Shelf
from app.records.models import StatementRow
from app.records.privacy.belonging import belongs
from app.records.release.models import Release, ReleasePerson

OWN = "I wonder whether vacuoles whistle"
OTHERS = "My grandmother calls them powerhouses"
NAME = "Zelda Quirk"
ENUMS = {
    "class_event.kind",
    "consent.purpose",
    "guardian_consent.purpose",
    "attempt.state",
    "grade.state",
    "answer_save.outcome",
}
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
    world = World(made, zelda, kim, alone, shared)
    answer_questions(world)
    be_researched(world)
    write_from_outside(world)
    with unit_of_work() as session:
        course_lines(session, made.course_id)  # keeps what the logs come to in figures
    return world


def answer_questions(world: World) -> None:
    """Zelda hands a test in: one answer that code marked, one that the instructor marked, a save that came late."""
    room = Room(world.made.instructor, world.zelda, world.made.course_id, UUID(int=0), [], UUID(int=0))
    with unit_of_work() as session:
        room.module_id = courses.access_course(session, room.instructor, room.course_id).modules[0].id
    room.item_ids, room.paper_id = make_test(room, [TEXT, OPEN], PaperPlan(title="A quiz", sittings=0))
    sitting_id = room.start()
    given = [one.view.version_id for one in room.sitting(sitting_id).questions]
    for version_id in given:
        room.save(sitting_id, version_id, Response(text=OWN))
    room.submit(sitting_id)
    with unit_of_work() as session:
        late = session.scalars(select(AnswerSave).order_by(AnswerSave.sitting_id, AnswerSave.key)).first()
        late.outcome, late.response = "late", Response(text=f"{OWN}, too late").model_dump()
        row = session.scalars(select(Attempt).where(Attempt.state == "waiting")).one()
        row.state = "queued"
        attempt_id, seen = row.id, 0
    with unit_of_work() as session:
        assessment.overrule(session, room.instructor, attempt_id, [2.0, 0.0], f"Zelda wrote: {OWN}", seen)
    records.follow_answers()


def be_researched(world: World) -> None:
    """Zelda is in a published release, an utterance of hers was coded, and she has a token with her name on it."""
    with unit_of_work() as session:
        spec = {"courses": [str(world.made.course_id)], "tables": ["events"], "formats": ["csv"]}
        release = Release(spec={**spec, "purpose": "What people ask"}, status="published", published_at=func.now())
        project = CodingProject(
            course_id=world.made.course_id,
            title="Asking",
            scheme="questions",
            chosen={},
            seed=1,
            created_by=world.made.instructor.id,
        )
        session.add_all([release, project])
        session.flush()
        place = {"person_id": world.zelda.id, "course_id": world.made.course_id}
        session.add(ReleasePerson(release_id=release.id, **place, bands={"role": "student"}))
        said = session.scalars(select(StatementRow.id).where(StatementRow.person_id == world.zelda.id)).first()
        unit = CodingUnit(project_id=project.id, position=1, statement_id=said)
        session.add(unit)
        session.flush()
        coder = world.made.instructor.id
        session.add(CodingCode(unit_id=unit.id, giver=str(coder), person_id=coder, code="deep"))
        until = datetime(2100, 1, 1, tzinfo=UTC)
        name = "Quirk's notebook"
        session.add(DeskToken(token_hash="0" * 64, person_id=world.zelda.id, name=name, courses=[], expires_at=until))


def client() -> Client:
    """A program that may do all in the record store."""
    with unit_of_work() as session:
        key = lrs.add_credential(session, "A program", [Scope.ALL])
        return lrs.client_of(session, key.key, key.secret, writes=True)


def write_from_outside(world: World) -> None:
    """A program writes about Zelda, by address and by account, with a file, and keeps a document of hers."""
    zelda, kim = ({"mbox": f"mailto:{who.email}", "name": who.name} for who in (world.zelda, world.kim))
    account = {"account": {"homePage": home(), "name": str(world.zelda.id)}}
    verb, thing = {"id": "https://lms.test/wrote"}, {"id": "https://lms.test/essay"}
    content = f"{OWN}, in a file".encode()
    sha2 = sha256(content).hexdigest()
    about = {"usageType": "https://lms.test/essay", "display": {"en": "Essay"}, "contentType": "text/plain"}
    file = {**about, "length": len(content), "sha2": sha2}
    told: list[JsonValue] = [
        {"actor": zelda, "verb": verb, "object": thing, "result": {"response": OWN}},
        {"actor": account, "verb": verb, "object": thing, "context": {"instructor": kim}, "attachments": [file]},
        {"actor": kim, "verb": verb, "object": {"objectType": "Agent", **zelda}},
    ]
    by, shelves = client(), [Shelf(kind=AGENT_PROFILE, agent=identifier(one)) for one in (zelda, account)]
    with unit_of_work() as session:
        lrs.write(session, by, told, "2.0.0", {sha2: content})
        held = Document(f"{NAME} likes green".encode(), "text/plain")
        for shelf in shelves:
            lrs.put_document(session, by, shelf, "colours", held, Conditions(), Care.NONE)


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
    for class_id in (alone, shared):
        classroom.write_own(session, zelda, class_id, BoardItem(kind=BoardKind.TEXT, text=OWN))
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
    for table in sorted(Base.metadata.sorted_tables, key=lambda table: table.name != "person"):
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
        return word.encode() if isinstance(column.type, LargeBinary) else word
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
            values[column.name] = _pointed_at(session, column)
        elif not column.nullable and column.name not in values:
            values[column.name] = _something(column)
    session.execute(insert(table).values(values))


def _pointed_at(session: Session, column: Column) -> object:
    """A row to point to; one that nothing points to yet, where two may not."""
    other = next(iter(column.foreign_keys)).column
    query = select(other).limit(1)
    alone = list(column.table.primary_key) == [column]
    return session.scalar(query.where(other.not_in(select(column))) if alone else query)


def _something(column: Column) -> object:
    kinds = ((Uuid, uuid4()), (Boolean, False), (Integer, 1), (Numeric, 1.0), (Float, 1.0), (JSON, {}))
    times = ((DateTime, datetime.now(UTC)), (Date, date(2026, 1, 1)))
    return next((value for kind, value in (*kinds, *times) if isinstance(column.type, kind)), uuid4().hex)


def everywhere(session: Session) -> dict[str, str]:
    """All text of the database, by table."""
    found = {}
    for table in Base.metadata.sorted_tables:
        rows = session.execute(select(func.to_jsonb(table.table_valued())).select_from(table)).scalars()
        held = [column for column in table.columns if isinstance(column.type, LargeBinary)]
        files = session.execute(select(*held)) if held else ()
        found[table.name] = "\n".join([*(str(row) for row in rows), *(str(one) for one in files)])
    return found
