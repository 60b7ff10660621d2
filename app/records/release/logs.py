"""Class logs as a release may tell them. What people outside the release did is not read, nor any words unasked for.

Of what they did only the seq is known, so that an agent's reply to it can be told without what it says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, null, or_, select
from sqlalchemy.orm import Session

from app.base.db import unit_of_work
from app.classroom.models import ClassPerson, ClassSession, EventRow
from app.classroom.schema import PRIVATE, Intent, Kind
from app.records.release.scope import ClassRow, Scope, Stretch
from app.records.release.selecting import in_the_open, included
from app.records.statements import ASKED, LEARNERS, RESPONDED, VERBS, plain

CAUSES = {
    "script": "the lesson's script came to it",
    "back": "somebody went back a page",
    "forward": "somebody went forward a page",
    "finished": "the lesson came to its end",
    "left": "somebody left or ended the class",
    "greeting": "the class was greeted",
    "closing": "the lesson's last words",
    "invitation": "a raised hand was called",
    "interrupted": "somebody broke in",
    "prepared": "the turn was made ready while another spoke",
    "queued": "the model was busy",
    "budget": "the class's means were used up",
    "economy": "the class grew thrifty",
    "full": "the model was busy for too long",
    "model-gone": "the model did not answer",
    "gate-without-evidence": "a question that holds the class was passed without a right answer",
    "unanswered": "a question was given up",
    "stumbled": "the class was paused as its turns failed",
    "nudge": "a silent student was spoken to",
    "instructor": "an instructor spoke or acted",
    "up": "a hand was raised",
    "down": "a hand was lowered",
}
"""Why something happened, in the words of the log. Others are not told."""
HIDDEN_INTENTS = (Intent.ABUSE.value, Intent.DISTRESS.value)
"""What nobody consented to have told of them; told as "other"."""


class Line(NamedTuple):
    """An event as far as a release may tell it. `characters` and `words` count what was said; `text` is it."""

    class_id: UUID
    seq: int
    id: UUID
    at: datetime
    kind: str
    voice: str | None
    person_id: UUID | None
    page: int | None
    action: int | None
    answers: int | None
    asks: bool | None
    gate: bool | None
    fallback: bool | None
    heard: int | None
    speed: float | None
    cause: str | None
    intent: str | None
    named: str | None
    verdict: str | None
    move: str | None
    chosen: str | None
    model: str | None
    turn: str | None
    activity: str | None
    mode: str | None
    characters: int | None
    words: int | None
    text: str | None


@dataclass
class ClassLog:
    """A class with what a release may tell of it. `shut`: the seqs of what is not told at all."""

    row: ClassRow
    shift: timedelta
    instructors: set[UUID]
    lines: list[Line] = field(default_factory=list)
    shut: set[int] = field(default_factory=set)
    outsider_spoke: bool = False

    def learner(self, line: Line) -> UUID | None:
        """Whose record the line belongs to; nobody's for what agents do and for what happens to all."""
        if line.kind not in LEARNERS:
            return line.person_id
        return line.person_id or (None if self.row.is_shared else self.row.person_id)

    def answers_untold(self, line: Line) -> bool:
        """Whether the line answers something that is not told."""
        return line.answers is not None and line.answers in self.shut

    def is_veiled(self, line: Line) -> bool:
        """Whether only that the line was there is told: an agent that answers what is not told may repeat it. What
        somebody in the release said themselves is theirs, whoever asked.
        """
        return line.kind != Kind.ASKED and self.answers_untold(line)

    def role(self, line: Line) -> str:
        """Who acts: "student", "instructor", an agent's role, or "class"."""
        who = self.learner(line)
        if who:
            return "instructor" if who in self.instructors else "student"
        return line.voice or "class"

    def verbs(self) -> Iterator[tuple[Line, str]]:
        """Each line with the plain word of its xAPI verb."""
        for line in self.lines:
            iri = VERBS[Kind(line.kind)]
            if line.kind in (Kind.ASKED, Kind.SAID) and line.answers is not None:
                iri = RESPONDED
            elif line.kind == Kind.SAID and line.asks:
                iri = ASKED
            yield line, plain(iri)

    def spoken(self, scope: Scope, line: Line) -> str | None:
        """The words of a line, scrubbed, where they may be told: they name nobody outside the release, and an agent's
        answer nobody there; in a class in which somebody outside it spoke, agents' words only where they are the
        script's.
        """
        if not line.text or scope.scrubber is None or line.kind not in (Kind.ASKED, Kind.SAID):
            return None
        made_here = line.kind == Kind.SAID and line.person_id is None and line.action is None
        hides = self.is_veiled(line) or (made_here and self.outsider_spoke)
        if hides or line.cause == "calm" or scope.scrubber.tells_of_a_stranger(line.text):
            return None
        return scope.scrubber.scrub(line.text)


def told_cause(line: Line) -> str | None:
    """Why it happened, where that may be told."""
    return line.cause if line.cause in CAUSES else None


def told_intent(line: Line) -> str | None:
    """What the words want, where that may be told."""
    return "other" if line.intent in HIDDEN_INTENTS else line.intent


def class_logs(scope: Scope) -> Iterator[list[ClassLog]]:
    """The classes of a release with their lines, some at a time."""
    growing: ClassLog | None = None
    for stretch in scope.stretches():
        logs = _read(scope, stretch)
        if growing and logs and logs[0].row.id == growing.row.id:
            growing.lines += logs[0].lines
            growing.shut |= logs[0].shut
            growing.outsider_spoke |= logs[0].outsider_spoke
            logs = []
        elif growing:
            yield [growing]
            growing = None
        if stretch.until and logs:
            growing, logs = logs[0], []
        if logs:
            yield logs
    if growing:
        yield [growing]


def shut_seqs(session: Session, scope: Scope, stretch: Stretch) -> list[tuple[UUID, int, bool]]:
    """What is not told of the classes: class, seq, and whether words were spoken there by somebody outside."""
    spoke = and_(EventRow.kind.in_((Kind.ASKED.value, Kind.SAID.value)), ~_by_insiders(scope))
    query = select(EventRow.class_id, EventRow.seq, spoke).join(ClassSession, ClassSession.id == EventRow.class_id)
    hidden = or_(~_by_insiders(scope), EventRow.kind.in_(_private()))
    return list(session.execute(query.where(*_within(scope, stretch), hidden)))


def _read(scope: Scope, stretch: Stretch) -> list[ClassLog]:
    ids = [row.id for row in stretch.classes]
    with unit_of_work() as session:
        lines = [Line(*row) for row in session.execute(_lines(scope, stretch))]
        shut = shut_seqs(session, scope, stretch)
        leading = select(ClassPerson.class_id, ClassPerson.person_id).where(
            ClassPerson.class_id.in_(ids), ClassPerson.is_instructor
        )
        leaders = list(session.execute(leading))
    by_class = {class_id: list(some) for class_id, some in groupby(lines, key=lambda line: line.class_id)}
    logs = []
    for row in stretch.classes:
        if row.id not in by_class:
            continue
        own = [(seq, spoke) for class_id, seq, spoke in shut if class_id == row.id]
        logs.append(
            ClassLog(
                row=row,
                shift=scope.shift_of(row),
                instructors={person for class_id, person in leaders if class_id == row.id},
                lines=by_class[row.id],
                shut={seq for seq, _ in own},
                outsider_spoke=any(spoke for _, spoke in own),
            )
        )
    return logs


def _lines(scope: Scope, stretch: Stretch) -> Select[Any]:
    body, said = EventRow.body, EventRow.body["text"].astext
    columns: list[ColumnElement[Any]] = [
        *(body[name].as_integer() for name in ("page", "action", "answers")),
        *(body[name].as_boolean() for name in ("asks", "gate", "fallback")),
        body["heard"].as_integer(),
        body["speed"].as_float(),
        *(body[name].astext for name in ("cause", "intent", "named", "verdict", "move", "chosen", "model", "turn")),
        *(body[name].astext for name in ("activity", "mode")),
        func.char_length(said),
        func.regexp_count(said, r"\S+"),
        said if scope.spec.words else null(),
    ]
    event = (
        EventRow.class_id,
        EventRow.seq,
        EventRow.id,
        EventRow.at,
        EventRow.kind,
        EventRow.voice,
        EventRow.person_id,
    )
    return (
        select(*event, *columns)
        .join(ClassSession, ClassSession.id == EventRow.class_id)
        .where(
            *_within(scope, stretch),
            in_the_open(scope.release_id),
            _by_insiders(scope),
            EventRow.kind.not_in(_private()),
        )
        .order_by(EventRow.class_id, EventRow.seq)
    )


def _within(scope: Scope, stretch: Stretch) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        EventRow.class_id.in_([row.id for row in stretch.classes]),
        EventRow.at <= scope.cut,
    ]
    if stretch.until:
        found += [EventRow.seq > stretch.after, EventRow.seq <= stretch.until]
    return found


def _by_insiders(scope: Scope) -> ColumnElement[bool]:
    mine = included(scope.release_id, EventRow.person_id, ClassSession.course_id)
    return or_(EventRow.person_id.is_(None), mine)


def _private() -> list[str]:
    return [kind.value for kind in PRIVATE]
