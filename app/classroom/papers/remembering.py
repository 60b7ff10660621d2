"""What is remembered of a learner from class to class: what was hard, and what helped.

Made by rule from the log, so that anybody can say where a note comes from; the learner corrects and deletes them.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from uuid import UUID, uuid5

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import now
from app.base.errors import Invalid, NotFound
from app.base.text import clean_text, shorten
from app.classroom.log.writing import read_event
from app.classroom.models import ClassSession, EventRow, LearnerNote
from app.classroom.papers.documents import LearnerNoteView, NoteKind
from app.classroom.schema import ClassEvent, Intent, Kind, Verdict
from app.classroom.stage.lesson import Lesson, lesson_of
from app.courses.models import Course
from app.lessons.models import Lesson as LessonRow

HARD = (Intent.SIMPLER, Intent.CONFUSED)
EASED = (*HARD, Intent.EXAMPLE)
"""Wishes whose fulfilment may have helped."""
WRONG_TIMES = 2
LONGEST = 300
MOST_LISTED = 500
ASKED_SIMPLER = "“{title}” was hard: a simpler explanation was wanted."
ANSWERED_WRONG = "“{title}” was hard: answers about it were wrong more than once."
EXAMPLE_HELPED = "“{title}”: an example helped, the answer after it was right."
SIMPLER_HELPED = "“{title}”: a simpler explanation helped, the answer after it was right."


class Found(BaseModel):
    """A note that a log gives: whose, what kind, on which page, and its words with a place for the page's title."""

    person: UUID
    kind: NoteKind
    page: int
    words: str


def found_in(events: Iterable[ClassEvent]) -> list[Found]:
    """The notes that a class's events give, one for a person, kind and page. Pure: the same log, the same notes."""
    notes: dict[tuple[UUID, NoteKind, int], Found] = {}
    asked: dict[int, ClassEvent] = {}
    eased: dict[tuple[UUID, int], Intent] = {}
    wrong: Counter[tuple[UUID, int]] = Counter()

    def note(person: UUID, kind: NoteKind, page: int, words: str) -> None:
        notes.setdefault((person, kind, page), Found(person=person, kind=kind, page=page, words=words))

    for event in events:
        body = event.body
        if event.kind is Kind.ASKED and event.person_id and body.page:
            asked[event.seq] = event
            if body.intent in HARD:
                note(event.person_id, NoteKind.HARD, body.page, ASKED_SIMPLER)
        elif event.kind is Kind.SAID and (before := asked.get(body.answers or 0)):
            place = (before.person_id or UUID(int=0), before.body.page)
            if before.body.intent in EASED and not body.verdict:
                eased.setdefault(place, before.body.intent or Intent.EXAMPLE)
            wrong[place] += body.verdict is Verdict.WRONG
            if wrong[place] >= WRONG_TIMES:
                note(place[0], NoteKind.HARD, place[1], ANSWERED_WRONG)
            if body.verdict is Verdict.RIGHT and place in eased:
                note(*_helped(place, eased[place]))
    return list(notes.values())


def _helped(place: tuple[UUID, int], wish: Intent) -> tuple[UUID, NoteKind, int, str]:
    words = EXAMPLE_HELPED if wish is Intent.EXAMPLE else SIMPLER_HELPED
    return place[0], NoteKind.HELPED, place[1], words


def tells_of_a_learner(event: ClassEvent) -> bool:
    """Whether an event may give a note, so that the log is read again only where it matters."""
    return bool(event.body.verdict) or event.body.intent in EASED or event.kind is Kind.ENDED


def remember(session: Session, class_id: UUID, who_may: Callable[[set[UUID]], set[UUID]] | None = None) -> int:
    """Keep the notes that a class's log gives; returns how many are new. What is kept or deleted already stays so.

    `who_may` says of whom of these people notes may be made; without it, of all.
    """
    row = session.get(ClassSession, class_id)
    kinds = (Kind.ASKED.value, Kind.SAID.value)
    query = select(EventRow).where(EventRow.class_id == class_id, EventRow.kind.in_(kinds)).order_by(EventRow.seq)
    found = found_in(map(read_event, session.scalars(query)))
    if who_may and found:
        allowed = who_may({one.person for one in found})
        found = [one for one in found if one.person in allowed]
    if row is None or not found:
        return 0
    lesson = lesson_of(session, row)
    values = [_values(row, one, lesson) for one in found]
    made = insert(LearnerNote).values(values).on_conflict_do_nothing().returning(LearnerNote.id)
    return len(session.scalars(made).all())


def _values(row: ClassSession, found: Found, lesson: Lesson) -> dict[str, object]:
    page, moment = lesson.pages.get(found.page), now()
    title = shorten(page.title, 120) if page and page.title else f"Page {found.page}"
    return {
        "id": uuid5(row.id, f"{found.person}/{found.kind.value}/{found.page}"),
        "person_id": found.person,
        "course_id": row.course_id,
        "class_id": row.id,
        "kind": found.kind.value,
        "page": found.page,
        "text": found.words.format(title=title),
        "created_at": moment,
        "changed_at": moment,
    }


def learner_notes(session: Session, who: Who) -> list[LearnerNoteView]:
    """Somebody's own long-term notes, newest first."""
    query = (
        select(LearnerNote, Course.title, LessonRow.title)
        .join(Course, Course.id == LearnerNote.course_id)
        .join(ClassSession, ClassSession.id == LearnerNote.class_id)
        .join(LessonRow, LessonRow.id == ClassSession.lesson_id)
        .where(LearnerNote.person_id == who.id, LearnerNote.deleted_at.is_(None))
        .order_by(LearnerNote.created_at.desc(), LearnerNote.page, LearnerNote.kind)
        .limit(MOST_LISTED)
    )
    return [_view(row, course, lesson) for row, course, lesson in session.execute(query)]


def _view(row: LearnerNote, course: str, lesson: str) -> LearnerNoteView:
    return LearnerNoteView(
        id=row.id,
        kind=NoteKind(row.kind),
        text=row.text,
        course_id=row.course_id,
        course=course,
        lesson=lesson,
        class_id=row.class_id,
        page=row.page,
        changed_at=row.changed_at,
        is_own=row.changed_at != row.created_at,
    )


def _own_note(session: Session, who: Who, note_id: UUID) -> LearnerNote:
    row = session.get(LearnerNote, note_id, with_for_update=True)
    if row is None or row.person_id != who.id or row.deleted_at:
        raise NotFound
    return row


def correct_note(session: Session, who: Who, note_id: UUID, text: str) -> None:
    """A learner's own words for a note. NotFound for anybody else's note."""
    row = _own_note(session, who, note_id)
    words = " ".join(clean_text(text).split())
    if not words:
        raise Invalid("A note needs words. Delete it if it should not be there.")
    if len(words) > LONGEST:
        raise Invalid(f"That is {len(words):,} characters; a note may have {LONGEST}. Shorten it.")
    row.text, row.changed_at = words, now()


def delete_note(session: Session, who: Who, note_id: UUID) -> None:
    """Take a note out for good: its words are gone, and the same class does not give it again."""
    row = _own_note(session, who, note_id)
    row.text, row.deleted_at = "", now()
