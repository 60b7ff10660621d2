"""Notes of a class: what the note taker wrote of each page, and what somebody wrote for themselves."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import now
from app.base.errors import Conflict, Invalid
from app.base.scripts import ENDS, count_words
from app.base.text import clean_text
from app.classroom.models import ClassNote, ClassSession, EventRow
from app.classroom.papers.documents import Notes, OwnNotes, PageNotes
from app.classroom.people.opening import person_in
from app.classroom.schema import Body, Kind, Voice
from app.classroom.speech.quoting import split
from app.classroom.stage.cast import full_cast
from app.classroom.stage.lesson import Lesson, cast_of, lesson_of
from app.lessons.schema import Say

LONGEST_NOTES = 20_000
CHANGED = (
    "These notes were changed in another tab or window meanwhile. Look at both below, then save what you want to keep."
)
FEWEST_WORDS = 4
"""A shorter sentence is a greeting, or leads over."""


def class_notes(session: Session, who: Who, class_id: UUID) -> Notes:
    """The notes of a class for somebody in it: page by page as they were shown, and their own. NotFound for others."""
    person_in(session, who, class_id)
    row = session.get_one(ClassSession, class_id)
    lesson, taker = lesson_of(session, row), cast_of(session, row).get(Voice.NOTES) or full_cast()[Voice.NOTES]
    own = session.get(ClassNote, (class_id, who.id))
    return Notes(pages=_pages(session, class_id, lesson), own=_own(own) if own else OwnNotes(), taker=taker.name)


def save_notes(session: Session, who: Who, class_id: UUID, text: str, revision: int) -> OwnNotes:
    """Keep what somebody wrote for themselves. `revision` is the one that was changed; an older one is a Conflict."""
    person_in(session, who, class_id)
    words = clean_text(text).replace("\r\n", "\n")
    if len(words) > LONGEST_NOTES:
        raise Invalid(f"That is {len(words):,} characters; notes may have {LONGEST_NOTES:,}. Shorten them a little.")
    fresh = {"class_id": class_id, "person_id": who.id, "text": "", "revision": 0, "changed_at": now()}
    session.execute(insert(ClassNote).values(fresh).on_conflict_do_nothing())
    row = session.get_one(ClassNote, (class_id, who.id), with_for_update=True, populate_existing=True)
    if words != row.text:
        if revision != row.revision:
            raise Conflict(CHANGED)
        row.text, row.revision, row.changed_at = words, row.revision + 1, now()
    return _own(row)


def as_markdown(title: str, notes: Notes) -> str:
    """The notes to take away."""
    parts = [f"# {_line(title)}"]
    for page in notes.pages:
        mark = " (from the lesson's script)" if page.is_script else ""
        lines = [f"- {_line(line)}{mark}" for line in page.lines]
        parts.append("\n".join([f"## Page {page.page}: {_line(page.title)}", "", *lines]).rstrip())
    if notes.own.text.strip():
        parts.append(f"## My own notes\n\n{notes.own.text.strip()}")
    return "\n\n".join(parts) + "\n"


def _own(row: ClassNote) -> OwnNotes:
    return OwnNotes(text=row.text, revision=row.revision, changed_at=row.changed_at)


def _pages(session: Session, class_id: UUID, lesson: Lesson) -> list[PageNotes]:
    kinds = (Kind.PAGE.value, Kind.SAID.value)
    query = select(EventRow.kind, EventRow.voice, EventRow.body).where(
        EventRow.class_id == class_id, EventRow.kind.in_(kinds)
    )
    shown: dict[int, list[str]] = {}
    for kind, voice, document in session.execute(query.order_by(EventRow.seq)):
        if kind == Kind.PAGE.value:
            shown.setdefault(Body.model_validate(document).page, [])
        elif voice == Voice.NOTES.value:
            body = Body.model_validate(document)
            shown.setdefault(body.page, []).append(body.text)
    return [_page(number, lines, lesson) for number, lines in sorted(shown.items()) if number]


def _page(number: int, lines: list[str], lesson: Lesson) -> PageNotes:
    page = lesson.pages.get(number)
    title = page.title if page and page.title else f"Page {number}"
    if lines:
        return PageNotes(page=number, title=title, lines=lines)
    said = (one.text for one in lesson.script.actions if one.page == number and isinstance(one, Say))
    first = next(said, "")
    return PageNotes(page=number, title=title, lines=[telling(first)] if first else [], is_script=True)


def telling(words: str) -> str:
    """The first sentence that tells something; "Welcome." does not."""
    ended = [one for one in split(words) if one[-1] in ENDS]
    return next((one for one in ended if count_words(one) >= FEWEST_WORDS), words)


def _line(text: str) -> str:
    return " ".join(text.split())
