"""Answers for the learner record: a list that grows, in which an answer comes again whenever its marks change."""

from collections import defaultdict
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.assessment.documents import AttemptRecord, GradeRecord, Purpose, Standing
from app.assessment.grading import is_right
from app.assessment.items import component_names, item_of
from app.assessment.models import Attempt, Grade, Paper, Sitting, VersionRow
from app.assessment.results import response_words, view_names
from app.assessment.schema import Item, Kind, Response


def attempts_after(session: Session, cursor: int, limit: int = 500) -> list[AttemptRecord]:
    """Answers that were given or marked anew after `cursor` (0: from the beginning), in the order of `change`.

    Go on from the last one's `change`. Changes are counted under a lock that is held until they are committed, so none
    with a lower number appears later. Only an answer's newest state is told: one that changed twice comes once.
    """
    query = _told().where(Attempt.change > cursor).order_by(Attempt.change).limit(limit)
    return _records(session, query)


def answers_of(session: Session, person_id: UUID) -> list[AttemptRecord]:
    """Every answer that a person gave, in the order of `change`."""
    query = _told().where(Sitting.person_id == person_id, Attempt.answered_at.is_not(None)).order_by(Attempt.change)
    return _records(session, query)


def _told() -> Select[Attempt, Sitting, Paper, VersionRow]:
    return (
        select(Attempt, Sitting, Paper, VersionRow)
        .join(Sitting, Sitting.id == Attempt.sitting_id)
        .join(Paper, Paper.id == Sitting.paper_id)
        .join(VersionRow, VersionRow.id == Attempt.version_id)
    )


def _records(session: Session, query: Select[Attempt, Sitting, Paper, VersionRow]) -> list[AttemptRecord]:
    rows = session.execute(query).all()
    names = component_names(session, {version.item_id for *_, version in rows})
    grades = _grades(session, [attempt.id for attempt, *_ in rows])
    return [_record(*row, names[row[3].item_id], grades[row[0].id]) for row in rows]


def changes(session: Session) -> int:
    """The number of the newest change, 0 where there is none."""
    return session.scalar(select(func.max(Attempt.change))) or 0


def _grades(session: Session, attempt_ids: list[UUID]) -> dict[UUID, list[GradeRecord]]:
    query = select(Grade).where(Grade.attempt_id.in_(attempt_ids)).order_by(Grade.number)
    found: dict[UUID, list[GradeRecord]] = defaultdict(list)
    for row in session.scalars(query):
        found[row.attempt_id].append(
            GradeRecord(id=row.id, number=row.number, by=row.by, state=Standing(row.state), raw=row.raw, at=row.at)
        )
    return found


def _record(
    attempt: Attempt,
    sitting: Sitting,
    paper: Paper,
    version: VersionRow,
    components: list[str],
    grades: list[GradeRecord],
) -> AttemptRecord:
    item, response = item_of(version), Response.model_validate(attempt.response)
    raw = attempt.raw if attempt.state == Standing.GRADED.value else None
    return AttemptRecord(
        change=attempt.change or 0,
        id=attempt.id,
        person=sitting.person_id,
        course=paper.course_id,
        module=paper.module_id,
        test=paper.id,
        test_title=paper.title,
        purpose=Purpose(paper.purpose),
        item=version.item_id,
        version=version.number,
        version_id=version.id,
        kind=Kind(version.kind),
        stem=item.stem,
        components=components,
        answered_at=attempt.answered_at or attempt.saved_at,
        response=_document(item, response),
        response_text=response_words(item, response),
        raw=raw,
        max=attempt.points,
        scaled=None if raw is None else round(raw / attempt.points, 6),
        success=is_right(raw, attempt.points),
        standing=Standing(attempt.state),
        graded_by=attempt.graded_by,
        seconds=round(attempt.seconds, 3),
        sitting=sitting.id,
        began=sitting.started_at,
        submitted=sitting.submitted_at,
        grades=grades,
    )


def _document(item: Item, response: Response) -> JsonValue:
    """The answer as it was given, and the words of the options in it."""
    named: dict[UUID | str, str] = {one.id: one.text for one in view_names(item)}
    used = {*response.chosen, *response.pairs, *response.pairs.values()}
    words: JsonValue = {str(one): named[one] for one in sorted(used) if one in named}
    document: dict[str, JsonValue] = response.model_dump(mode="json")
    return {**document, "options": words}
