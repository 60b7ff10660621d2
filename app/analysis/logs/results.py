"""The results of a course's tests, and when each learner was last heard of, from SQL."""

from uuid import UUID

import numpy as np
from sqlalchemy import Float, cast, func, select
from sqlalchemy.orm import Session

from app.analysis.logs.lines import Course, Lines, Results
from app.assessment.documents import Purpose, Standing
from app.assessment.models import Attempt, ItemRow, Paper, Sitting, VersionRow

COUNTED = (Purpose.PRE.value, Purpose.POST.value, Purpose.QUIZ.value)


def course_results(session: Session, course_id: UUID, lines: Lines) -> Results:
    """Marks of all sittings together, by learner and module. Withdrawn questions do not count."""
    course = lines.course
    shape = (len(course.learners), len(course.modules))
    marks = {purpose: np.full(shape, np.nan) for purpose in COUNTED}
    learner_at, module_at = places(course)
    query = (
        select(
            Sitting.person_id,
            Paper.module_id,
            Paper.purpose,
            cast(func.sum(Attempt.raw), Float) / func.nullif(cast(func.sum(Attempt.points), Float), 0),
        )
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .join(VersionRow, VersionRow.id == Attempt.version_id)
        .join(ItemRow, (ItemRow.id == VersionRow.item_id) & ItemRow.withdrawn_at.is_(None))
        .where(Paper.course_id == course_id, Paper.purpose.in_(COUNTED), Attempt.state == Standing.GRADED.value)
        .group_by(Sitting.person_id, Paper.module_id, Paper.purpose)
    )
    for person, module, purpose, share in session.execute(query):
        learner, at = learner_at.get(str(person), -1), module_at.get(str(module), -1)
        if learner >= 0 and at >= 0 and share is not None:
            marks[purpose][learner, at] = share
    pre, post, quiz = (marks[one] for one in COUNTED)
    return Results(pre, np.where(np.isnan(post), quiz, post), _seen(session, course_id, lines, learner_at))


def places(course: Course) -> tuple[dict[str, int], dict[str, int]]:
    """The places of learners and of modules, by id in text."""
    return (
        {one: at for at, one in enumerate(course.learners)},
        {one: at for at, one in enumerate(course.module_ids)},
    )


def _seen(
    session: Session, course_id: UUID, lines: Lines, learner_at: dict[str, int]
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    seen = np.full(len(learner_at), -np.inf)
    known = lines.learner >= 0
    np.maximum.at(seen, lines.learner[known], lines["at"][known])
    query = select(Sitting.person_id, cast(func.extract("epoch", func.max(Sitting.started_at)), Float))
    query = query.join(Paper, Paper.id == Sitting.paper_id).where(Paper.course_id == course_id)
    for person, at in session.execute(query.group_by(Sitting.person_id)):
        if (learner := learner_at.get(str(person), -1)) >= 0:
            seen[learner] = max(seen[learner], at)
    return np.where(np.isfinite(seen), seen, np.nan)
