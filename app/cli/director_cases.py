"""Director cases: labelled class states, read from JSON lines and played into a class log.

A case says who was heard; what that made of the class (what is pending, what is open) is left to the very same
reading of words and fold of events that a live class uses.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import BaseModel, ValidationError

from app.base.errors import Invalid
from app.classroom.directing.director import PAUSE_SECONDS, READING_CHARACTERS_PER_SECOND, Act, Moment, Move
from app.classroom.log.folding import apply
from app.classroom.log.hearing import hear
from app.classroom.log.state import ClassState, Question
from app.classroom.schema import CLASSMATES, STAFF, Activity, Body, ClassEvent, Draft, Kind, Mode, Voice
from app.classroom.stage.cast import full_cast, lead
from app.courses.stemming import stems
from app.lessons.schema import Say, Show, TeachingAction

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
CLASS = UUID(int=0)
MOVES = (*(voice.value for voice in (*STAFF, *CLASSMATES)), "script", "wait", "end")
_SILENCE = re.compile(r"\s*\[(\d+)\s*(s|sec|seconds|min|minutes?)?\b[^\]]*\]\s*$")
_ALL = re.compile(r"\b(?:you (?:two|both|all|three)|both of you|all of you|everybody|everyone)\b", re.I)
_TURNS_TO = re.compile(
    r"^(?:yes|no|yep|exactly|good|right|great|because|it|that|not|well|sure|true|correct)\b|\byou\b", re.I
)


class Heard(BaseModel):
    """One entry of a transcript."""

    who: str
    text: str

    @property
    def silence(self) -> float:
        """Seconds of silence after it."""
        found = _SILENCE.search(self.text)
        return float(found[1]) * (60 if (found[2] or "s").startswith("min") else 1) if found else 0.0

    @property
    def words(self) -> str:
        """The text without the bracket."""
        return _SILENCE.sub("", self.text)


class Case(BaseModel):
    """A labelled class state. Moves are cast names, "script", "wait" or "end"."""

    id: str
    kind: str
    cast: list[Voice]
    mode: Mode = Mode.CONTINUOUS
    activity: Activity = Activity.NORMAL
    page: int = 1
    pages: int = 1
    script_left: int = 0
    open_ask: bool = False
    transcript: list[Heard]
    acceptable: list[str]
    unacceptable: list[str]


def read_cases(path: Path) -> list[Case]:
    """The cases of a file of JSON lines. Raises Invalid with the line that cannot be read."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}") from error
    cases = [_read_case(line, number) for number, line in enumerate(lines, 1) if line.strip()]
    if not cases:
        raise Invalid(f"{path} has no cases.")
    return cases


def _read_case(line: str, number: int) -> Case:
    try:
        return Case.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        raise Invalid(f"Line {number}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def name_of(move: Move) -> str:
    """A move as the labels call it. The closing words are the beginning of the end."""
    if move.act in (Act.CLOSE, Act.END):
        return "end"
    if move.act in (Act.SCRIPT, Act.WAIT):
        return move.act.value
    return move.voice.value if move.voice else "wait"


class Play:
    """Plays a case's transcript into a log: `state`, `script` and the `moment` at which the director is asked."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.at = START
        self.state = ClassState()
        self.script: list[TeachingAction] = [Show(page=case.page)]
        self._append(
            Draft(
                kind=Kind.STARTED,
                body=Body(pages=case.pages, activity=case.activity, mode=case.mode, cast=case.cast),
            )
        )
        self._append(Draft(kind=Kind.PAGE, body=Body(page=case.page, action=0, cause="script")))
        for index, entry in enumerate(case.transcript):
            self._take(entry, index)
        self.script += [Say(page=case.page, text="...")] * case.script_left
        self.moment = Moment(now=self.at)

    def _append(self, draft: Draft) -> None:
        seq = self.state.seq + 1
        event_id = uuid5(NAMESPACE_URL, f"{self.case.id}/{seq}")
        self.state = apply(
            self.state, ClassEvent(class_id=CLASS, seq=seq, id=event_id, at=self.at, **draft.model_dump())
        )

    def _take(self, entry: Heard, index: int) -> None:
        if entry.who.startswith("student"):
            self._student(entry)
        else:
            self._agent(entry, Voice(entry.who), index)
            self.at += timedelta(seconds=PAUSE_SECONDS + 0.1 + len(entry.words) / READING_CHARACTERS_PER_SECOND)
        self.at += timedelta(seconds=entry.silence)

    def _student(self, entry: Heard) -> None:
        names = {voice: member.name for voice, member in full_cast().items()}
        before = next((one.text for one in reversed(self.state.recent) if one.voice is not Voice.STUDENT), "")
        reading = hear(entry.words, names, self.state.open_ask is not None, before)
        body = Body(text=entry.words, page=self.case.page, intent=reading.intent, named=reading.named)
        person = uuid5(NAMESPACE_URL, entry.who)
        self._append(Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=person, body=body))

    def _agent(self, entry: Heard, voice: Voice, index: int) -> None:
        answered = self._answered(entry.words, voice)
        body = Body(
            text=entry.words,
            page=self.case.page,
            asks=self._asks(entry, voice, index),
            answers=answered.seq if answered else None,
        )
        if answered is None and voice is lead(self.case.cast):
            body.action = len(self.script)
            self.script.append(Say(page=self.case.page, text=entry.words))
        self._append(Draft(kind=Kind.SAID, voice=voice, body=body))
        if answered:  # a line may answer several people by name
            self.state.pending = [one for one in self.state.pending if not self._is_called(one, answered, entry.words)]

    def _is_called(self, question: Question, answered: Question, words: str) -> bool:
        if question.person == answered.person or _ALL.search(words):
            return True
        return any(
            uuid5(NAMESPACE_URL, one.who) == question.person
            and one.who.partition(":")[2].lower() in re.findall(r"\w+", words.lower())
            for one in self.case.transcript
            if one.who.startswith("student:")
        )

    def _asks(self, entry: Heard, voice: Voice, index: int) -> bool:
        """Whether a line puts a question: to the students only where the case says that one is open."""
        if voice in CLASSMATES:
            return entry.words.rstrip().endswith("?")
        later = self.case.transcript[index + 1 :]
        if any(one.who in STAFF for one in later):
            return entry.words.rstrip().endswith("?") and any(one.who.startswith("student") for one in later)
        return self.case.open_ask

    def _answered(self, words: str, voice: Voice) -> Question | None:
        """Which waiting words a line answers: those it shares most with, else the first; a lecture answers none."""
        waiting = [one for one in self.state.pending if voice in STAFF or one.named is voice]
        if not waiting:
            return None
        said = stems(words)
        best = max(waiting, key=lambda one: (len(said & stems(one.text)), -one.seq))
        is_reply = voice is not Voice.TEACHER or said & stems(best.text) or _TURNS_TO.search(words)
        return best if is_reply else None
