"""What learners tried: answers to a class's open questions with how they were judged, and requests for help.

Another source of attempts, such as a quiz, joins `SOURCES`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.classroom.schema import CLASSMATES, SOLUTIONS, Kind, TutorAction, Verdict
from app.records.release.logs import ClassLog, Line, class_logs
from app.records.release.scope import Scope

OUTCOMES = {Verdict.RIGHT: "CORRECT", Verdict.PARTLY: "INCORRECT", Verdict.WRONG: "INCORRECT"}
HELP = (TutorAction.HINT_ON_REQUEST, TutorAction.SOLUTION_ON_REQUEST)


@dataclass(frozen=True)
class Try:
    """One try at a step. `problem` is a page of a lesson and `step` a question on it; `view` counts how often it was
    put in this class; `outcome` is CORRECT, INCORRECT, HINT for a request for help, or "" where it was unclear.
    """

    id: str
    learner: str
    session: str
    course: str
    lesson: str
    problem: str
    step: str
    view: int
    started: datetime
    at: datetime
    attempt: int
    outcome: str
    verdict: str
    feedback: str

    @property
    def skill(self) -> str:
        """The knowledge component: the page, as nothing finer is known."""
        return f"{self.lesson[:8]} {self.problem}"

    @property
    def place(self) -> tuple[str, str, str, int]:
        """What makes tries one step: the learner, the session, the step and the view of it."""
        return self.learner, self.session, f"{self.problem}/{self.step}", self.view


def tries(scope: Scope) -> Iterator[list[Try]]:
    """All tries of a release, from every source; those at one step of one view come together in a batch."""
    for source in SOURCES:
        yield from source(scope)


def class_tries(scope: Scope) -> Iterator[list[Try]]:
    """Tries at the questions that agents put in class."""
    for logs in class_logs(scope):
        found = [one for log in logs for one in _of_class(scope, log)]
        yield found
        scope.beat(len(found))


SOURCES: list[Callable[[Scope], Iterator[list[Try]]]] = [class_tries]


def _of_class(scope: Scope, log: ClassLog) -> Iterator[Try]:
    judged = {line.answers: line for line in log.lines if line.kind == Kind.SAID and line.answers and line.verdict}
    views: Counter[str] = Counter()
    attempts: Counter[UUID] = Counter()
    asked: Line | None = None
    for line in log.lines:
        who = log.learner(line)
        if _puts_a_question(line):
            asked = line
            views[_step(line)] += 1
            attempts.clear()
        elif line.kind == Kind.PAGE:
            asked = None
        elif line.kind == Kind.ASKED and asked and who and (reply := judged.get(line.seq)):
            if reply.move == TutorAction.ANSWER:
                continue  # a question of the student's own, no try
            attempts[who] += 1
            yield _try(scope, log, who, asked, line, reply, views[_step(asked)], attempts[who])
            if reply.verdict == Verdict.RIGHT or reply.move in SOLUTIONS:
                asked = None


def _puts_a_question(line: Line) -> bool:
    return line.kind == Kind.SAID and bool(line.asks) and line.voice not in CLASSMATES and line.answers is None


def _step(asked: Line) -> str:
    return f"page {asked.page or 0} question " + (str(asked.action) if asked.action is not None else "unwritten")


def _try(scope: Scope, log: ClassLog, who: UUID, asked: Line, line: Line, reply: Line, view: int, attempt: int) -> Try:
    helped = reply.move in HELP
    return Try(
        id=scope.names.thing("event", line.id),
        learner=scope.pseudonym(who),
        session=scope.names.thing("class", line.class_id),
        course=scope.names.thing("course", log.row.course_id),
        lesson=scope.names.thing("lesson", log.row.lesson_id),
        problem=f"page {asked.page or 0}",
        step=_step(asked),
        view=view,
        started=asked.at + log.shift,
        at=line.at + log.shift,
        attempt=attempt,
        outcome="HINT" if helped else OUTCOMES.get(Verdict(reply.verdict), "") if reply.verdict else "",
        verdict="" if helped else reply.verdict or "",
        feedback=reply.move or "",
    )
