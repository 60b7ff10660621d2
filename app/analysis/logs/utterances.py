"""The words behind a figure, as whoever reads may see them: those who teach by name where that is allowed, researchers
under pseudonyms, with names masked, and only of classes in which everybody consents.
"""

from datetime import UTC, datetime
from uuid import UUID

import numpy as np
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.schema import Who
from app.analysis.flow.strip import SIGNS, WORDS, stopped_at, time_ratios
from app.analysis.logs.coded import titled
from app.analysis.logs.codes import ACTIVITIES, CAUSES, VOICES
from app.analysis.logs.lines import Klass, Lines, Truths, Whole
from app.analysis.logs.schema import Utterance, Utterances, Wanted
from app.analysis.logs.subjects import Records, records_of
from app.analysis.subject import Subject
from app.base.errors import Invalid, NotFound
from app.classroom.models import EventRow
from app.classroom.schema import Kind
from app.records.desk.pseudonyms import Pseudonyms
from app.records.desk.reading import course_mask
from app.records.privacy.keeping_back import A_STUDENT, kept_back

MOST = 200
BEFORE = 12
"""How many lines before a moment the page of a class from inside begins."""


def utterances(subject: Subject, who: Who, wanted: Wanted) -> Utterances:
    """The newest words that fit, at most MOST. Raises Invalid for what cannot be asked for, NotFound for a lesson that
    the course does not have.
    """
    session, course_id = subject.session, subject.source.course_id
    if session is None or course_id is None:
        raise NotFound
    records = records_of(subject)
    rows, notes = chosen(records, wanted)
    at = records.lines["at"][rows]
    order = rows[np.argsort(-at, kind="stable")][:MOST]
    found = _Shown(session, subject, who, records.lines, course_id).all(order.tolist(), notes)
    return Utterances(title=_title(records.lines, wanted), found=found, total=len(rows))


def chosen(records: Records, wanted: Wanted) -> tuple[Whole, dict[int, str]]:
    """The lines that fit, and for some a note of what happened there."""
    lines = records.lines
    here = np.ones(len(lines), dtype=bool)
    if wanted.lesson:
        of_class = np.array([one.lesson for one in lines.classes], dtype=np.int64)
        here &= of_class[lines.klass] == _lesson(lines, wanted.lesson)
    if wanted.page:
        here &= lines.page == wanted.page
    if wanted.activity:
        if wanted.activity not in ACTIVITIES[1:]:
            raise Invalid(f"There is no such activity; it is one of {', '.join(ACTIVITIES[1:])}.")
        here &= lines["activity"] == ACTIVITIES.index(wanted.activity)
    if wanted.sign:
        return _of_sign(records, wanted, here)
    return np.flatnonzero(here & lines.messages), {}


def _of_sign(records: Records, wanted: Wanted, here: Truths) -> tuple[Whole, dict[int, str]]:
    lines = records.lines
    if wanted.sign not in SIGNS or not (wanted.lesson and wanted.page):
        raise Invalid(f"A sign is one of {', '.join(SIGNS)}, on a page of a lesson.")
    lesson = _lesson(lines, wanted.lesson)
    if wanted.sign == "asked":
        return np.flatnonzero(here & lines.messages & (lines["activity"] == ACTIVITIES.index("asking"))), {}
    if wanted.sign == "back":
        rows = np.flatnonzero(here & lines.of(Kind.PAGE) & (lines["cause"] == CAUSES.index("back")))
        return rows, dict.fromkeys(rows.tolist(), "went back to this page")
    if wanted.sign == "stopped":
        ends = stopped_at(lines, lesson, wanted.page, records.as_of)
        rows = np.flatnonzero(here & lines.speech)
        last = rows[np.r_[np.diff(lines.klass[rows]) != 0, True]] if len(rows) else rows
        last = last[np.isin(lines.klass[last], ends)]
        return last, dict.fromkeys(last.tolist(), "the last words before the class stopped")
    ratios = time_ratios(lines, lesson, wanted.page)
    rows = np.flatnonzero(here & lines.of(Kind.PAGE))
    rows = rows[np.r_[True, np.diff(lines.klass[rows]) != 0]] if len(rows) else rows
    slow = {int(row): ratios[int(lines.klass[row])] for row in rows if ratios.get(int(lines.klass[row]), 0) > 1}
    notes = {row: f"took {ratio:.1f} times as long as its words ask for" for row, ratio in slow.items()}
    return np.array(sorted(slow), dtype=np.int64), notes


def _lesson(lines: Lines, lesson: str) -> int:
    found = next((at for at, one in enumerate(lines.course.lessons) if one.id == lesson), None)
    if found is None:
        raise NotFound
    return found


def _title(lines: Lines, wanted: Wanted) -> str:
    what = titled("activities", wanted.activity) if wanted.activity else "What students said"
    if wanted.sign:
        what = WORDS[wanted.sign].capitalize()
    if not wanted.lesson:
        return what
    lesson = lines.course.lessons[_lesson(lines, wanted.lesson)]
    page = next((one.title for one in lesson.pages if one.number == wanted.page), "")
    place = f", page {wanted.page}" if wanted.page else ""
    return f"{what}: {lesson.title}{place}{f' ({page})' if page else ''}"


class _Shown:
    """Lines as one reader in one course may see them."""

    def __init__(self, session: Session, subject: Subject, who: Who, lines: Lines, course_id: UUID) -> None:
        people = {UUID(one) for one in lines.course.learners}
        self.session, self.lines, self.for_research = session, lines, subject.for_research
        self.pseudonyms = Pseudonyms(course_id, who.id)
        self.mask = course_mask(session, course_id)
        self.hidden = kept_back(session, people, course_id)
        self.names = dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all())

    def all(self, rows: list[int], notes: dict[int, str]) -> list[Utterance]:
        """The documents of lines, in their order."""
        stored = self._stored(rows)
        return [self._utterance(row, *stored.get(self._place(row), (None, "")), notes.get(row, "")) for row in rows]

    def _place(self, row: int) -> tuple[UUID, int]:
        return UUID(self.lines.classes[self.lines.klass[row]].id), int(self.lines["seq"][row])

    def _stored(self, rows: list[int]) -> dict[tuple[UUID, int], tuple[UUID | None, str]]:
        query = select(EventRow.class_id, EventRow.seq, EventRow.person_id, EventRow.body["text"].astext).where(
            tuple_(EventRow.class_id, EventRow.seq).in_([self._place(row) for row in rows])
        )
        return {(class_id, seq): (person, text or "") for class_id, seq, person, text in self.session.execute(query)}

    def _utterance(self, row: int, person: UUID | None, text: str, note: str) -> Utterance:
        lines, klass = self.lines, self.lines.classes[self.lines.klass[row]]
        person = person or (UUID(lines.course.learners[klass.learner]) if klass.learner >= 0 and not text else None)
        activity = ACTIVITIES[lines["activity"][row]]
        return Utterance(
            at=datetime.fromtimestamp(float(lines["at"][row]), UTC),
            who=self._name(person) if person else "",
            voice="" if person else VOICES[lines["voice"][row]],
            lesson=lines.course.lessons[klass.lesson].title,
            page=int(lines.page[row]),
            text=self.mask.clean(text) if self.for_research else text,
            activity=titled("activities", activity) if activity else "",
            note=note,
            href=self._href(klass, int(lines["seq"][row])),
        )

    def _name(self, person: UUID) -> str:
        if self.for_research:
            return self.pseudonyms.of(person)
        return A_STUDENT if person in self.hidden else self.names.get(person, A_STUDENT)

    def _href(self, klass: Klass, seq: int) -> str:
        """From inside for those who teach, unless the student lets nobody look; else under a pseudonym."""
        closed = klass.learner >= 0 and UUID(self.lines.course.learners[klass.learner]) in self.hidden
        if self.for_research or closed:
            return f"/desk/classes/{klass.id}#at-{seq}"
        return f"/classes/{klass.id}/inside?after={max(0, seq - BEFORE)}#at-{seq}"
