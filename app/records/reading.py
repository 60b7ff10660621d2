"""What people see of the records: their own, a course's attendance, what was asked and answered."""

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Interval, cast, func, literal, select
from sqlalchemy.orm import Session

from app.accounts.models import Enrolment, Person
from app.accounts.schema import CourseRole, Who
from app.classroom.models import ClassPerson, ClassSession, held_in
from app.classroom.schema import PERSONAL, PRIVATE
from app.lessons.models import Lesson
from app.records.models import StatementRow
from app.records.privacy.keeping_back import A_STUDENT, kept_back
from app.records.profile import EXTENSION
from app.records.schema import AttendanceLine, LearnerRecord, QuestionLine, RecordLine, Statement
from app.records.shared import EXPERIENCED, LONGEST_GAP, SUSPENDED, TERMINATED, Share, happened_to, shares
from app.records.statements import ASKED, RESPONDED, plain

LINES = 1000
HIDDEN = [kind.value for kind in PRIVATE]
PERSONALLY = [kind.value for kind in PERSONAL]

Key = tuple[UUID, int]
"""A class and a seq in it."""


def class_statements(
    session: Session, class_id: UUID, private: bool = False, reader: UUID | None = None
) -> list[Statement]:
    """The statements of a class in the order of its log, for a caller who has checked who asks; those that only
    instructors may see with `private`. How somebody answered is told to that `reader` alone.
    """
    query = (
        select(StatementRow.document, StatementRow.person_id)
        .where(StatementRow.class_id == class_id)
        .order_by(StatementRow.seq)
    )
    found = [(Statement.model_validate(document), person) for document, person in session.execute(query)]
    return [one for one, person in found if private or _is_open_to(reader, one, person)]


def _is_open_to(reader: UUID | None, statement: Statement, person_id: UUID | None) -> bool:
    kind = extension(statement, "kind")
    return kind not in HIDDEN and (kind not in PERSONALLY or (reader is not None and person_id == reader))


def extension(statement: Statement, name: str) -> JsonValue:
    """An extension of a statement's context by its short name, None where it has none."""
    return statement.context.extensions.get(EXTENSION + name)


def words_of(statement: Statement) -> str:
    """What was said, "" for what was done in silence."""
    return (statement.result and statement.result.response) or ""


def page_of(statement: Statement) -> int:
    """The page it happened on, 0 where it happened on none."""
    page = extension(statement, "page")
    return page if isinstance(page, int) else 0


def learner_record(session: Session, who: Who, course_id: UUID | None = None) -> LearnerRecord:
    """What `who` did, newest first, at most 1,000 lines; of one course where given."""
    mine = [_own(who.id), StatementRow.class_id.is_not(None)] + (
        [StatementRow.course_id == course_id] if course_id else []
    )
    counted = session.execute(
        select(
            func.count(),
            func.count(StatementRow.class_id.distinct()),
            func.count().filter(StatementRow.verb == ASKED),
        ).where(*mine)
    ).one()
    found = _lines(session, *mine)
    answers = _answers(session, {row.event[0] for row, *_ in found if row.verb in (ASKED, RESPONDED)})
    lines = [_record_line(row, title, lesson_id, answers) for row, title, lesson_id in found]
    return LearnerRecord(lines=lines, classes=counted[1], questions=counted[2], more=counted[0] > len(lines))


def _own(person_id: UUID) -> ColumnElement[bool]:
    return (StatementRow.person_id == person_id) | happened_to(person_id)


def _lines(session: Session, *conditions: ColumnElement[bool]) -> list[tuple[StatementRow, str, UUID]]:
    query = (
        select(StatementRow, Lesson.title, Lesson.id)
        .join(ClassSession, ClassSession.id == StatementRow.class_id)
        .join(Lesson, Lesson.id == ClassSession.lesson_id)
        .where(*conditions)
        .order_by(StatementRow.at.desc(), StatementRow.seq.desc())
        .limit(LINES)
    )
    return list(session.execute(query))


def _record_line(row: StatementRow, lesson: str, lesson_id: UUID, answers: dict[Key, Statement]) -> RecordLine:
    statement = Statement.model_validate(row.document)
    answer = answers.get(row.event)
    return RecordLine(
        statement_id=row.id,
        at=row.at,
        verb=plain(row.verb),
        words=words_of(statement),
        page=page_of(statement),
        lesson=lesson,
        lesson_id=lesson_id,
        class_id=row.event[0],
        seq=row.event[1],
        answer=words_of(answer) if answer else "",
        answered_by=_role(answer) if answer else "",
        answer_pages=_source_pages(answer) if answer else [],
    )


def _answers(session: Session, classes: Iterable[UUID]) -> dict[Key, Statement]:
    """What the agents answered in these classes, by class and the seq of the words answered."""
    query = select(StatementRow.class_id, StatementRow.document).where(
        StatementRow.class_id.in_(list(classes)), StatementRow.verb == RESPONDED, StatementRow.person_id.is_(None)
    )
    found: dict[Key, Statement] = {}
    for class_id, document in session.execute(query.order_by(StatementRow.seq)):
        statement = Statement.model_validate(document)
        answers = extension(statement, "answers")
        if class_id is not None and isinstance(answers, int):
            found[class_id, answers] = statement
    return found


def _role(statement: Statement) -> str:
    return str(extension(statement, "role") or "")


def _source_pages(statement: Statement) -> list[int]:
    sources = extension(statement, "sources")
    pages = [one.get("page") for one in sources if isinstance(one, dict)] if isinstance(sources, list) else []
    return sorted({page for page in pages if isinstance(page, int)})


def questions_asked(session: Session, course_id: UUID) -> list[QuestionLine]:
    """What students said in a course's classes, questions and replies, newest first, at most 1,000."""
    found = _lines(
        session,
        StatementRow.course_id == course_id,
        StatementRow.verb.in_((ASKED, RESPONDED)),
        StatementRow.person_id.is_not(None),
    )
    names = _names(session, course_id, {row.person_id for row, *_ in found if row.person_id})
    answers = _answers(session, {row.event[0] for row, *_ in found})
    return [
        _question_line(row, title, lesson_id, names.get(row.person_id, "") if row.person_id else "", answers)
        for row, title, lesson_id in found
    ]


def _question_line(
    row: StatementRow, lesson: str, lesson_id: UUID, person: str, answers: dict[Key, Statement]
) -> QuestionLine:
    line = _record_line(row, lesson, lesson_id, answers)
    answer = answers.get(row.event)
    return QuestionLine(
        at=line.at,
        person=person,
        lesson=lesson,
        lesson_id=lesson_id,
        class_id=row.event[0],
        seq=row.event[1],
        page=line.page,
        text=line.words,
        answer=line.answer,
        answered_by=line.answered_by,
        answer_pages=line.answer_pages,
        fallback=bool(answer and extension(answer, "fallback")),
    )


def _names(session: Session, course_id: UUID, people: set[UUID]) -> dict[UUID, str]:
    """Names as a course's staff is shown them."""
    names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all())
    return names | dict.fromkeys(kept_back(session, people, course_id), A_STUDENT)


def attendance(session: Session, course_id: UUID) -> list[AttendanceLine]:
    """The classes that a course's students attended, newest first: one line for each student in each."""
    alone, together = _alone(session, course_id), shares(session, course_id)
    query = (
        select(ClassSession, ClassPerson, Person.name, Lesson.title)
        .join(ClassPerson, (ClassPerson.class_id == ClassSession.id) & ~ClassPerson.is_instructor)
        .join(Person, Person.id == ClassPerson.person_id)
        .join(Lesson, Lesson.id == ClassSession.lesson_id)
        .join(Enrolment, (Enrolment.person_id == Person.id) & (Enrolment.course_id == ClassSession.course_id))
        .where(held_in(course_id), Enrolment.role == CourseRole.STUDENT.value)
        .order_by(ClassSession.created_at.desc(), Person.name)
    )
    lines = [
        _attendance_line(
            row, place, name, lesson, (together.get((row.id, place.person_id)) if row.is_shared else alone.get(row.id))
        )
        for row, place, name, lesson in session.execute(query)
    ]
    hidden = kept_back(session, {line.person_id for line in lines}, course_id)
    nameless = {"person": A_STUDENT, "is_named": False}
    return [line.model_copy(update=nameless) if line.person_id in hidden else line for line in lines]


def _attendance_line(
    row: ClassSession, place: ClassPerson, person: str, lesson: str, share: Share | None
) -> AttendanceLine:
    share = share or Share()
    return AttendanceLine(
        person_id=place.person_id,
        person=person,
        lesson=lesson,
        lesson_id=row.lesson_id,
        class_id=row.id,
        started=place.joined_at if row.is_shared else row.created_at,
        ended=row.ended_at,
        is_shared=row.is_shared,
        finished=share.finished,
        minutes=round(share.minutes, 1),
        pages_seen=len(share.pages),
        questions=share.questions,
    )


def _alone(session: Session, course_id: UUID) -> dict[UUID, Share]:
    """What the classes of one student each came to."""
    query = select(
        StatementRow.class_id,
        StatementRow.verb,
        StatementRow.document["object"]["id"].astext,
        StatementRow.document["result"]["completion"].astext,
    ).where(
        StatementRow.course_id == course_id,
        StatementRow.person_id.is_not(None),
        StatementRow.verb.in_((EXPERIENCED, ASKED, TERMINATED)),
    )
    found: defaultdict[UUID, Share] = defaultdict(Share)
    for class_id, verb, thing, completion in session.execute(query):
        one = found[class_id]
        one.questions += verb == ASKED
        one.finished |= completion == "true"
        if verb == EXPERIENCED:
            one.pages.add(thing)
    for class_id, minutes in _minutes(session, course_id).items():
        found[class_id].minutes = minutes
    return found


def _minutes(session: Session, course_id: UUID) -> dict[UUID, float]:
    """Minutes each class was going: the gaps between its statements, without pauses and without absences."""
    gaps = (
        select(
            StatementRow.class_id,
            (
                StatementRow.at
                - func.lag(StatementRow.at).over(partition_by=StatementRow.class_id, order_by=StatementRow.seq)
            ).label("gap"),
            func.lag(StatementRow.verb)
            .over(partition_by=StatementRow.class_id, order_by=StatementRow.seq)
            .label("before"),
        )
        .where(StatementRow.course_id == course_id, StatementRow.class_id.is_not(None))
        .subquery()
    )
    going = (gaps.c.before != SUSPENDED) & (gaps.c.gap <= cast(literal(LONGEST_GAP), Interval))
    query = select(gaps.c.class_id, func.sum(gaps.c.gap).filter(going)).group_by(gaps.c.class_id)
    return {class_id: total.total_seconds() / 60 if total else 0.0 for class_id, total in session.execute(query)}
