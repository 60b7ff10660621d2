"""What a student learns after a sitting: marks, what was right, and why, as far as the test's feedback allows."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import CourseRole, Who
from app.assessment.documents import CriterionMark, Feedback, Purpose, Result, Standing, Verdict
from app.assessment.items import item_of, view_of
from app.assessment.models import Attempt, Grade, Paper, Sitting
from app.assessment.papers import is_going, state_of
from app.assessment.schema import (
    ChoiceItem,
    Item,
    MatchItem,
    NumericItem,
    OptionView,
    OrderItem,
    Response,
    TextItem,
)
from app.assessment.sitting import Row, attempts_of, rows_of, sittings_of
from app.base.db import now
from app.base.errors import NotFound
from app.base.redaction import REMOVED

NOT_YET = "What was right is shown when you have no attempt left, or when the test closes."
AFTER_CLOSE = "What was right is shown when the test has closed."
MARKS_ONLY = "This test shows marks only."


def result(session: Session, who: Who, sitting_id: UUID) -> Result:
    """A sitting that has ended, for its student or an instructor of its course. NotFound for others, and before."""
    row = session.get(Sitting, sitting_id)
    paper = session.get_one(Paper, row.paper_id) if row else None
    if row is None or paper is None:
        raise NotFound
    is_staff = accounts.role_in(session, who, paper.course_id) is CourseRole.INSTRUCTOR
    if row.submitted_at is None or (row.person_id != who.id and not is_staff):
        raise NotFound
    why_not = "" if is_staff else why_hidden(session, paper, row)
    given = attempts_of(session, row.id)
    verdicts = [verdict(session, row.id, one, given.get(one[1].id), not why_not) for one in rows_of(session, row.id)]
    counted = [one for one in verdicts if one.standing is not Standing.WITHDRAWN]
    return Result(
        id=row.id,
        paper_id=paper.id,
        course_id=paper.course_id,
        title=paper.title,
        purpose=Purpose(paper.purpose),
        person=session.scalar(select(Person.name).where(Person.id == row.person_id)) or "",
        person_id=row.person_id,
        number=row.number,
        submitted_at=row.submitted_at,
        verdicts=verdicts,
        raw=round(sum(one.raw or 0.0 for one in counted), 4),
        points=sum(one.points for one in counted),
        open=sum(one.standing in (Standing.WAITING, Standing.QUEUED) for one in counted),
        shown=not why_not,
        why_not=why_not,
    )


def why_hidden(session: Session, paper: Paper, row: Sitting) -> str:
    """Why what was right must not be known yet, or "".

    After handing in it is known only when no other attempt could use it: none is left, none is under way, or the test
    has closed.
    """
    feedback = Feedback(paper.feedback)
    if feedback is Feedback.AT_ONCE:
        return ""
    if feedback is Feedback.MARKS:
        return MARKS_ONLY
    is_closed = paper.closes_at is not None and now() >= paper.closes_at
    if feedback is Feedback.AFTER_CLOSE:
        return "" if is_closed else AFTER_CLOSE
    sat = sittings_of(session, paper.id, row.person_id)
    is_last = is_closed or state_of(paper, len(sat)) == "done"
    return "" if is_last and not any(is_going(one) for one in sat) else NOT_YET


def verdict(session: Session, sitting_id: UUID, row: Row, attempt: Attempt | None, shown: bool) -> Verdict:
    """What may be known of one question; with `shown` also what was right. A question without an answer earns 0."""
    _, version, bank = row
    item = item_of(version)
    response = Response.model_validate(attempt.response) if attempt else Response()
    standing, raw, by = (Standing.WITHDRAWN if bank.withdrawn_at else Standing.GRADED), 0.0, ""
    if attempt is not None and attempt.answered_at is not None:
        standing, raw, by = Standing(attempt.state), attempt.raw or 0.0, attempt.graded_by
    grade = _newest(session, attempt) if attempt and standing is Standing.GRADED else None
    return Verdict(
        view=view_of(version.id, item, sitting_id),
        attempt_id=attempt.id if attempt and attempt.answered_at else None,
        response=response,
        given=response_words(item, response),
        standing=standing,
        raw=raw if standing is Standing.GRADED else None,
        points=item.points,
        graded_by=by,
        right_answer=right_answer(item) if shown else "",
        explanation=item.explanation if shown else "",
        criteria=[CriterionMark.model_validate(one) for one in grade.criteria] if grade and shown else [],
        reason=grade.reason if grade and grade.by == "instructor" else "",
    )


def _newest(session: Session, attempt: Attempt) -> Grade | None:
    query = select(Grade).where(Grade.attempt_id == attempt.id).order_by(Grade.number.desc()).limit(1)
    return session.scalar(query)


def right_answer(item: Item) -> str:
    """What was right, as words; "" for an open question, which has no one answer."""
    if isinstance(item, ChoiceItem):
        return "; ".join(one.text for one in item.options if one.id in item.right)
    if isinstance(item, NumericItem):
        return f"{item.value:.10g} {item.unit}".strip()
    if isinstance(item, TextItem):
        return item.accepted[0]
    if isinstance(item, OrderItem):
        return " → ".join(one.text for one in item.options)
    if isinstance(item, MatchItem):
        names = {one.id: one.text for one in item.right}
        return "; ".join(f"{one.text}: {names[item.pairs[one.id]]}" for one in item.left)
    return ""


def response_words(item: Item, response: Response) -> str:
    """An answer as words; of one whose words were taken out, a mark that says so."""
    if response.text == REMOVED:
        return REMOVED
    names = {one.id: one.text for one in view_names(item)}
    if isinstance(item, MatchItem):
        pairs = response.pairs.items()
        return "; ".join(f"{names[a]}: {names[b]}" for a, b in pairs if a in names and b in names)
    if isinstance(item, ChoiceItem | OrderItem):
        between = " → " if isinstance(item, OrderItem) else "; "
        return between.join(names[one] for one in response.chosen if one in names)
    return response.text.strip()


def view_names(item: Item) -> list[OptionView]:
    """All options of an item, left and right."""
    seen = view_of(UUID(int=0), item)
    return [*seen.options, *seen.targets]
