"""Taking a test: it begins, answers are saved as they are written, and it is handed in or its time runs out.

Every save carries a key of its sender's making. Sent again with the same key (the line was lost before the outcome
came back) it has the outcome it had; from another tab with an old revision it changes nothing and says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.assessment.documents import Feedback, Outcome, Purpose, Question, Saved, SittingView, Standing
from app.assessment.grades import count_changes, settle
from app.assessment.items import item_of, view_of
from app.assessment.models import AnswerSave, Attempt, ItemRow, Paper, PaperItem, Sitting, SittingItem, VersionRow
from app.assessment.papers import is_going, state_of
from app.assessment.schema import LONGEST_ANSWER, Item, ItemView, Kind, MatchItem, Response
from app.base.db import new_id, now
from app.base.errors import Conflict, Invalid, NotFound

GRACE = timedelta(seconds=10)
"""How much later than its end an answer may arrive: what is sent in the last second travels too."""
LONGEST_WORDS = 500
"""Characters of a number or a short answer."""
SENTENCES = {
    Outcome.SAVED: "Saved.",
    Outcome.ANSWERED: "Your answer is in.",
    Outcome.WITHDRAWN: "This question was withdrawn. Your answer is kept, but it is not graded and costs you nothing.",
    Outcome.STALE: "This answer was changed in another tab or window. What is saved there is shown here now.",
    Outcome.LATE: "The time was up before this answer arrived, so it does not count. What you had saved before counts; "
    "these words are kept for your instructor.",
    Outcome.OVER: "This was answered already, perhaps in another tab. The first answer stands.",
}
WHY_NOT = {
    "soon": "This test is not open yet.",
    "closed": "This test is closed.",
    "done": "You have no attempt left at this test.",
}

Row = tuple[SittingItem, VersionRow, ItemRow]


def start(session: Session, who: Who, paper_id: UUID) -> UUID:
    """Begin a test, or go on with the sitting that is under way; returns the sitting. Raises Conflict with the reason
    why it cannot begin; NotFound for those who are not the course's students, or when it is not published.
    """
    row = session.get(Paper, paper_id)
    if row is None or row.published_at is None:
        raise NotFound
    accounts.require(session, who, row.course_id, CourseRole.STUDENT)
    sat = sittings_of(session, row.id, who.id)
    if going := next((one for one in sat if is_going(one)), None):
        return going.id
    if (state := state_of(row, len(sat))) != "open":
        raise Conflict(WHY_NOT[state])
    return _begin(session, row, who.id, len(sat) + 1)


def sittings_of(session: Session, paper_id: UUID, person_id: UUID) -> list[Sitting]:
    """A person's sittings of a test, in order."""
    query = select(Sitting).where(Sitting.paper_id == paper_id, Sitting.person_id == person_id)
    return list(session.scalars(query.order_by(Sitting.number)))


def _begin(session: Session, row: Paper, person_id: UUID, number: int) -> UUID:
    """A new sitting with the questions as they are now. Of two tabs that begin at once, one begins."""
    began = now()
    ends = [began + timedelta(minutes=row.minutes)] if row.minutes else []
    due = min([*ends, *([row.closes_at] if row.closes_at else [])], default=None)
    fresh = insert(Sitting).values(
        id=new_id(), paper_id=row.id, person_id=person_id, number=number, started_at=began, due_at=due
    )
    made: UUID | None = session.scalar(fresh.on_conflict_do_nothing().returning(Sitting.id))
    if made is None:
        return sittings_of(session, row.id, person_id)[-1].id
    versions = (
        select(VersionRow.id)
        .join(ItemRow, (ItemRow.id == VersionRow.item_id) & (ItemRow.version == VersionRow.number))
        .join(PaperItem, PaperItem.item_id == ItemRow.id)
        .where(PaperItem.paper_id == row.id, ItemRow.withdrawn_at.is_(None))
        .order_by(PaperItem.position)
    )
    is_whole = row.purpose != Purpose.PRACTICE.value
    session.add_all(
        [
            SittingItem(sitting_id=made, version_id=one, position=at, shown_at=began if is_whole else None)
            for at, one in enumerate(session.scalars(versions), 1)
        ]
    )
    session.flush()
    return made


def own_sitting(session: Session, who: Who, sitting_id: UUID, lock: bool = False) -> Sitting:
    """The person's own sitting; NotFound for anybody else's."""
    row = session.get(Sitting, sitting_id, with_for_update=lock or None, populate_existing=lock)
    if row is None or row.person_id != who.id:
        raise NotFound
    return row


def rows_of(session: Session, sitting_id: UUID, held: bool = False) -> Sequence[Row]:
    """The questions of a sitting in order, with their versions and items. `held`: none is withdrawn meanwhile, so that
    an answer that is being graded cannot slip past a withdrawal."""
    query = (
        select(SittingItem, VersionRow, ItemRow)
        .join(VersionRow, VersionRow.id == SittingItem.version_id)
        .join(ItemRow, ItemRow.id == VersionRow.item_id)
        .where(SittingItem.sitting_id == sitting_id)
        .order_by(SittingItem.position)
    )
    if held:
        query = query.with_for_update(read=True, of=ItemRow).execution_options(populate_existing=True)
    return session.execute(query).all()


def attempts_of(session: Session, sitting_id: UUID) -> dict[UUID, Attempt]:
    """The answers of a sitting by the version they answer."""
    return {one.version_id: one for one in session.scalars(select(Attempt).where(Attempt.sitting_id == sitting_id))}


def view(session: Session, who: Who, sitting_id: UUID) -> SittingView:
    """A sitting with its questions and what is saved of each answer. One whose time is up is handed in first."""
    row = own_sitting(session, who, sitting_id)
    if row.submitted_at is None and row.due_at and now() > row.due_at + GRACE:
        submit(session, who, sitting_id)
    paper, given = session.get_one(Paper, row.paper_id), attempts_of(session, row.id)
    return SittingView(
        id=row.id,
        paper_id=paper.id,
        course_id=paper.course_id,
        title=paper.title,
        purpose=Purpose(paper.purpose),
        feedback=Feedback(paper.feedback),
        number=row.number,
        started_at=row.started_at,
        due_at=row.due_at,
        submitted_at=row.submitted_at,
        seconds_left=max(0.0, (row.due_at - now()).total_seconds()) if row.due_at else None,
        questions=[_question(row.id, one, given.get(one[1].id)) for one in rows_of(session, row.id)],
    )


def _question(sitting_id: UUID, row: Row, attempt: Attempt | None) -> Question:
    _, version, item = row
    seen = view_of(version.id, item_of(version), sitting_id)
    if attempt is None:
        return Question(view=seen, withdrawn=item.withdrawn_at is not None)
    return Question(
        view=seen,
        response=Response.model_validate(attempt.response),
        revision=attempt.revision,
        standing=Standing(attempt.state),
        withdrawn=item.withdrawn_at is not None,
    )


def asked(session: Session, who: Who, sitting_id: UUID, version_id: UUID) -> ItemView:
    """One question of a person's own sitting. NotFound for another's, and for a question that is not on it."""
    row = own_sitting(session, who, sitting_id)
    entry = next((one for one in rows_of(session, row.id) if one[1].id == version_id), None)
    if entry is None:
        raise NotFound
    return view_of(version_id, item_of(entry[1]), sitting_id)


def save(
    session: Session, who: Who, sitting_id: UUID, version_id: UUID, response: Response, key: UUID, revision: int
) -> Saved:
    """Save an answer that was written on top of `revision`. In practice it is given for good and graded.

    The outcome says what came of it, also when nothing did. Raises NotFound for a question of another test and for
    somebody else's sitting, Invalid for an answer that is too long.
    """
    row = own_sitting(session, who, sitting_id, lock=True)
    entry = next((one for one in rows_of(session, row.id, held=True) if one[1].id == version_id), None)
    if entry is None:
        raise NotFound
    known = session.get(AnswerSave, (row.id, key))
    attempt = session.scalar(select(Attempt).where(Attempt.sitting_id == row.id, Attempt.version_id == version_id))
    if known is not None and known.version_id == version_id:
        return _told(Outcome(known.outcome), known.revision, attempt)
    if known is not None:
        raise Invalid("This key was used for another answer. Reload the page; what you saved is there.")
    item = item_of(entry[1])
    words = checked(item, response)
    outcome = _decide(session, row, attempt, revision)
    if outcome is Outcome.SAVED:
        outcome, attempt = _write(session, row, entry, item, attempt, words)
    made = AnswerSave(
        sitting_id=row.id,
        key=key,
        version_id=version_id,
        outcome=outcome.value,
        revision=attempt.revision if attempt else 0,
        response=words.model_dump(mode="json") if outcome is Outcome.LATE else None,
    )
    session.add(made)
    session.flush()
    return _told(outcome, made.revision, attempt)


def _told(outcome: Outcome, revision: int, attempt: Attempt | None) -> Saved:
    """The outcome in words; where the saved answer is another one, with that."""
    other = attempt is not None and outcome in (Outcome.STALE, Outcome.OVER)
    return Saved(
        outcome=outcome,
        sentence=SENTENCES[outcome],
        revision=attempt.revision if attempt and other else revision,
        response=Response.model_validate(attempt.response) if attempt and other else None,
    )


def _decide(session: Session, row: Sitting, attempt: Attempt | None, revision: int) -> Outcome:
    if attempt is not None and attempt.answered_at is not None and row.submitted_at is None:
        return Outcome.OVER
    if row.submitted_at is not None:
        is_late = row.due_at is not None and now() > row.due_at
        return Outcome.LATE if is_late else Outcome.OVER
    if row.due_at is not None and now() > row.due_at + GRACE:
        return Outcome.LATE
    return Outcome.STALE if attempt is not None and attempt.revision != revision else Outcome.SAVED


def _write(
    session: Session, row: Sitting, entry: Row, item: Item, attempt: Attempt | None, response: Response
) -> tuple[Outcome, Attempt]:
    shown, version, bank = entry
    saved = now()
    spent = (saved - _since(session, row, shown)).total_seconds()
    if attempt is None:
        fresh = {"sitting_id": row.id, "version_id": version.id, "points": item.points}
        attempt = Attempt(id=new_id(), revision=0, seconds=0.0, **fresh)
        session.add(attempt)
    attempt.response, attempt.saved_at = response.model_dump(mode="json"), saved
    attempt.seconds += spent
    attempt.revision += 1
    session.flush()
    if bank.withdrawn_at is not None:
        return Outcome.WITHDRAWN, attempt
    if session.get_one(Paper, row.paper_id).purpose != Purpose.PRACTICE.value:
        return Outcome.SAVED, attempt
    settle(session, attempt, item, is_withdrawn=False)
    if len(attempts_of(session, row.id)) == len(rows_of(session, row.id)):
        row.submitted_at = now()
    count_changes(session, [attempt])
    return Outcome.ANSWERED, attempt


def _since(session: Session, row: Sitting, shown: SittingItem) -> datetime:
    """From when on a save's time counts for its question: the save before it in this sitting, or when it was shown."""
    begun = shown.shown_at or row.started_at
    last = session.scalar(select(func.max(Attempt.saved_at)).where(Attempt.sitting_id == row.id))
    return max(begun, last) if last else begun


def checked(item: Item, response: Response) -> Response:
    """An answer with only what its question asks for. Raises Invalid when it is too long."""
    view_ = view_of(new_id(), item)
    limit = LONGEST_ANSWER if item.kind is Kind.OPEN else LONGEST_WORDS
    if len(response.text) > limit:
        raise Invalid(f"That is {len(response.text):,} characters; this answer may have {limit:,}. Shorten it.")
    options, targets = {one.id for one in view_.options}, {one.id for one in view_.targets}
    chosen = [one for one in dict.fromkeys(response.chosen) if one in options]
    pairs = {left: right for left, right in response.pairs.items() if left in options and right in targets}
    takes_text = item.kind in (Kind.NUMERIC, Kind.TEXT, Kind.OPEN)
    is_match = isinstance(item, MatchItem)
    return Response(
        chosen=[] if is_match else chosen, text=response.text if takes_text else "", pairs=pairs if is_match else {}
    )


def submit(session: Session, who: Who, sitting_id: UUID) -> None:
    """Hand a sitting in: what is saved is given for good and graded. Done twice, it is done once."""
    row = own_sitting(session, who, sitting_id, lock=True)
    if row.submitted_at is None:
        count_changes(session, _hand_in(session, row))


def _hand_in(session: Session, row: Sitting) -> list[Attempt]:
    """Returns the answers that changed by it; one at least, where there are any, to tell those who follow them."""
    asked, moment, given = rows_of(session, row.id, held=True), now(), attempts_of(session, row.id)
    row.submitted_at = min(moment, row.due_at) if row.due_at else moment
    fresh = []
    for _, version, item in asked:
        attempt = given.get(version.id)
        if attempt is not None and attempt.answered_at is None:
            settle(session, attempt, item_of(version), item.withdrawn_at is not None)
            fresh.append(attempt)
    return fresh or list(given.values())[-1:]


def close_overdue(session: Session, most: int = 100) -> int:
    """Hand in sittings whose time is up; returns how many. Called by the clock."""
    query = (
        select(Sitting)
        .where(Sitting.submitted_at.is_(None), Sitting.due_at < now() - GRACE)
        .order_by(Sitting.due_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = list(session.scalars(query))
    count_changes(session, [one for row in rows for one in _hand_in(session, row)])
    return len(rows)
