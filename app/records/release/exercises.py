"""What learners tried: answers to a class's open questions with how they were judged, requests for help, and answers
to the items of tests. Another source of attempts joins `SOURCES`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from app.classroom.schema import CLASSMATES, SOLUTIONS, Kind, TutorAction, Verdict
from app.records.release.answers import Told, answers
from app.records.release.logs import ClassLog, Line, class_logs
from app.records.release.scope import Scope

OUTCOMES = {Verdict.RIGHT: "CORRECT", Verdict.PARTLY: "INCORRECT", Verdict.WRONG: "INCORRECT"}
HELP = (TutorAction.HINT_ON_REQUEST, TutorAction.SOLUTION_ON_REQUEST)


@dataclass(frozen=True)
class Try:
    """One try at a step. `problem` is a page of a lesson and `step` a question on it, or a test and an item of it;
    `view` counts how often it was put in this class, or the learner's sittings of the test; `outcome` is CORRECT,
    INCORRECT, HINT for a request for help, or "" where it is not known.

    `page` is the knowledge component of a try in class. `components` maps those of an item to their opportunities: the
    learner's how-manieth answer to an item of each, from 1, in the order of time, none where the outcome is not known.
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
    page: str = ""
    module: str = ""
    purpose: str = ""
    components: dict[str, int | None] = field(default_factory=dict)

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


def item_tries(scope: Scope) -> Iterator[list[Try]]:
    """Answers to the items of tests, a learner at a time."""
    learner: UUID | None = None
    seen: Counter[str] = Counter()
    for batch in answers(scope):
        if batch[0].answer.person_id != learner:
            learner, seen = batch[0].answer.person_id, Counter()
        yield [_of_item(scope, one, seen) for one in batch]


SOURCES: list[Callable[[Scope], Iterator[list[Try]]]] = [class_tries, item_tries]


def _of_item(scope: Scope, one: Told, seen: Counter[str]) -> Try:
    answer, names = one.answer, scope.names
    shift = scope.shift_of_person(answer.person_id)
    known = one.success is not None
    if known:
        seen.update(one.asked.components)
    return Try(
        id=names.thing("attempt", answer.id),
        learner=scope.pseudonym(answer.person_id),
        session=names.thing("sitting", answer.sitting_id),
        course=names.thing("course", answer.course_id),
        lesson="",
        problem=f"test {names.thing('test', answer.paper_id)}",
        step=f"item {names.thing('item', one.asked.item_id)} version {one.asked.number}",
        view=answer.sitting,
        started=max(answer.began_at, answer.answered_at - timedelta(seconds=answer.seconds)) + shift,
        at=answer.answered_at + shift,
        attempt=1,
        outcome=("CORRECT" if one.success else "INCORRECT") if known else "",
        verdict="",
        feedback="",
        module=names.thing("module", answer.module_id) if answer.module_id else "",
        purpose=answer.purpose,
        components={name: seen[name] if known else None for name in one.asked.components},
    )


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
        page=f"{scope.names.thing('lesson', log.row.lesson_id)[:8]} page {asked.page or 0}",
    )
