"""Outcomes: whether a learner whom an agent answered was right when next asked about the same thing alone.

Counted is what came minus what the learner's mastery let expect on this question, so that an easy question rewards
nobody. The answer is joined to the one exchange before it, since the learner's last try, that speaks of the same thing.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.alignment.signals.contexts import context_of, event_at, example_id, is_own
from app.alignment.signals.schema import Content, Example, ExampleKind, Outcome
from app.analysis.learners import tracing
from app.analysis.learners.mastery import tracer_of
from app.analysis.learners.practice import Practice
from app.assessment.documents import Standing
from app.assessment.grading import is_right
from app.assessment.items import item_of
from app.assessment.models import Attempt, Component, ItemComponent, ItemRow, Paper, Sitting, VersionRow
from app.classroom.models import ClassSession, EventRow, held_in
from app.classroom.schema import AGENTS, ClassEvent, Kind
from app.courses.stemming import stems
from app.lessons.models import Lesson
from app.records.privacy.consent import consented
from app.records.privacy.models import Consent
from app.records.privacy.schema import Purpose

WITHIN = timedelta(days=14)
SHARED_STEMS = 2
"""An exchange and a question speak of the same thing where they share so many word stems at least."""
FEWEST = 3
"""Fewer others' answers to a question do not say how hard it is."""
SINCE_TEXT = 2
"""Under the first text on alignment nobody was told that their answers are looked at."""


class Answer(NamedTuple):
    """A graded answer of somebody on one component."""

    attempt: UUID
    person: UUID
    course: UUID
    module: UUID | None
    item: UUID
    component: UUID
    at: datetime
    right: bool
    about: frozenset[str]


def expected(mastery: float, others: list[bool]) -> float:
    """How likely the learner was right: by their mastery, and, where enough others answered the question before, by how
    often these were right as well, since mastery of a component knows nothing of how hard one question is.
    """
    if len(others) < FEWEST:
        return mastery
    return (mastery + sum(others) / len(others)) / 2


def mastery_before(session: Session, answers: list[Answer]) -> list[float]:
    """P(right) of each answer by Bayesian knowledge tracing, from what the same learner answered before it."""
    if not answers:
        return []
    people, things = (sorted({getattr(one, name) for one in answers}) for name in ("person", "component"))
    attempts = {one: at for at, one in enumerate(dict.fromkeys(one.attempt for one in answers))}
    practice = Practice(
        learner=np.array([people.index(one.person) for one in answers]),
        skill=np.array([things.index(one.component) for one in answers]),
        right=np.array([int(one.right) for one in answers]),
        answer=np.array([attempts[one.attempt] for one in answers]),
        learners=[str(one) for one in people],
        skills=[str(one) for one in things],
    )
    return [float(one) for one in tracing.predict(tracer_of(session, things), practice)]


def outcomes(session: Session) -> Iterator[Example]:
    """An example for each answer that an exchange went before."""
    answers, allowed = _answers(session), _allowed(session)
    before = dict(zip(answers, mastery_before(session, answers), strict=True))
    last: dict[tuple[UUID, UUID], datetime] = {}
    told: set[UUID] = set()
    by_item: dict[UUID, list[Answer]] = defaultdict(list)
    for answer in answers:
        thing = answer.person, answer.component
        since = max(last.get(thing, answer.at - WITHIN), answer.at - WITHIN)
        others = [one.right for one in by_item[answer.item] if one.person != answer.person]
        last[thing] = answer.at
        by_item[answer.item].append(answer)
        if (answer.person, answer.course) not in allowed or answer.attempt in told:
            continue
        if example := _example(session, answer, since, expected(before[answer], others)):
            told.add(answer.attempt)
            yield example


def _answers(session: Session) -> list[Answer]:
    """Graded answers on each component, oldest first."""
    query = (
        select(Attempt, Sitting.person_id, Paper.course_id, ItemRow.module_id, VersionRow, Component)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .join(VersionRow, VersionRow.id == Attempt.version_id)
        .join(ItemRow, ItemRow.id == VersionRow.item_id)
        .join(ItemComponent, ItemComponent.item_id == ItemRow.id)
        .join(Component, Component.id == ItemComponent.component_id)
        .where(Attempt.state == Standing.GRADED.value, Attempt.answered_at.is_not(None), ItemRow.withdrawn_at.is_(None))
        .order_by(Attempt.answered_at, Attempt.id, Component.id)
    )
    return [
        Answer(
            attempt=attempt.id,
            person=person,
            course=course,
            module=module,
            item=version.item_id,
            component=component.id,
            at=attempt.answered_at or attempt.saved_at,
            right=bool(is_right(attempt.raw, attempt.points)),
            about=frozenset(stems(f"{component.name} {item_of(version).stem}")),
        )
        for attempt, person, course, module, version, component in session.execute(query)
    ]


def _allowed(session: Session) -> set[tuple[UUID, UUID]]:
    """Learners with tests, and the courses in which they allow it, under a text that speaks of answers."""
    newer = select(Consent.id).where(
        Consent.person_id == Sitting.person_id,
        Consent.purpose == Purpose.ALIGNMENT.value,
        Consent.granted,
        Consent.text_version >= SINCE_TEXT,
    )
    query = (
        select(Sitting.person_id, Paper.course_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .where(consented(Purpose.ALIGNMENT, Sitting.person_id, Paper.course_id), newer.exists())
        .distinct()
    )
    return {(person, course) for person, course in session.execute(query)}


def _example(session: Session, answer: Answer, since: datetime, predicted: float) -> Example | None:
    """The example of the last exchange that speaks of what was asked."""
    for row, line in _exchanges(session, answer, since):
        asked = event_at(session, row.id, line.body.answers or 0)
        words = f"{asked.body.text if asked else ''} {line.body.text}"
        if len(stems(words) & answer.about) < SHARED_STEMS:
            continue
        context = context_of(session, row, line)
        if context is None or not is_own(session, row, answer.person, [one.content for one in context.prompt]):
            continue
        outcome = Outcome(right=answer.right, predicted=round(predicted, 4))
        return Example(
            id=example_id(ExampleKind.OUTCOME, answer.attempt, context.source),
            kind=ExampleKind.OUTCOME,
            course_id=row.course_id,
            class_id=row.id,
            person_id=answer.person,
            content=Content(prompt=context.prompt, completion=line.body.text, outcome=outcome),
            sources=[context.source, str(answer.attempt)],
            **context.model_dump(include={"role", "model", "adapter", "prompt_hash"}),
        )
    return None


def _exchanges(session: Session, answer: Answer, since: datetime) -> Iterator[tuple[ClassSession, ClassEvent]]:
    """What agents answered this learner about lessons of the question's module, newest first."""
    asked = (
        select(EventRow.class_id, EventRow.seq)
        .where(EventRow.kind == Kind.ASKED.value, EventRow.person_id == answer.person)
        .subquery()
    )
    query = (
        select(ClassSession, EventRow.seq)
        .join(EventRow, EventRow.class_id == ClassSession.id)
        .join(Lesson, Lesson.id == ClassSession.lesson_id)
        .join(asked, (asked.c.class_id == EventRow.class_id) & (asked.c.seq == EventRow.body["answers"].as_integer()))
        .where(
            held_in(answer.course),
            EventRow.kind == Kind.SAID.value,
            EventRow.person_id.is_(None),
            EventRow.voice.in_([voice.value for voice in AGENTS]),
            func.coalesce(EventRow.body["model"].astext, "") != "",
            EventRow.at > since,
            EventRow.at < answer.at,
        )
        .order_by(EventRow.at.desc())
    )
    if answer.module:
        query = query.where(Lesson.module_id == answer.module)
    for row, seq in session.execute(query):
        if line := event_at(session, row.id, seq):
            yield row, line
