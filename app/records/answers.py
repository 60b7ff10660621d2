"""One answer to an item becomes xAPI statements: that it was answered, each marking since, that the test was handed in.

Pure, and made of what never changes: the answer as it was given and its history of grades. What code grades at once is
in the statement that it was answered; every later grade is a statement of its own, as statements do not change.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid5

from pydantic import JsonValue

from app.assessment.documents import AttemptRecord, GradeRecord, Purpose, Standing
from app.assessment.schema import Kind
from app.base.text import shorten
from app.records.profile import EXTENSION
from app.records.schema import (
    Account,
    Activity,
    Actor,
    Context,
    ContextActivities,
    Definition,
    Result,
    Score,
    Statement,
    StatementRef,
    Verb,
)
from app.records.statements import CATEGORY, NAMESPACE, TYPE, VERB, plain

BY_CODE = "code"
INTERACTION = {
    Kind.SINGLE: "choice",
    Kind.MULTIPLE: "choice",
    Kind.NUMERIC: "numeric",
    Kind.TEXT: "fill-in",
    Kind.ORDER: "sequencing",
    Kind.MATCH: "matching",
    Kind.OPEN: "long-fill-in",
}


@dataclass(frozen=True)
class Place:
    """Where answers are given. `home` is the installation's address without a slash at its end."""

    home: str
    course_title: str


def statements_of(record: AttemptRecord, place: Place) -> list[Statement]:
    """All statements that an answer has come to by now. Made again later, those made before are among them."""
    first = record.grades[0] if record.grades and record.grades[0].by == BY_CODE else None
    made = [_answered(record, place, first)]
    made += [_scored(record, place, grade) for grade in record.grades if grade is not first]
    if record.submitted and record.purpose is not Purpose.PRACTICE:
        made.append(_completed(record, place))
    return made


def _answered(record: AttemptRecord, place: Place, grade: GradeRecord | None) -> Statement:
    marks = _marks(record, grade) if grade else {}
    result = Result(response=record.response_text, duration=duration(record.seconds), **marks)
    return Statement(
        id=answer_id(record.id),
        actor=_learner(record, place),
        verb=_verb("answered"),
        object=_item(record, place),
        result=result,
        context=_context(record, place, grade),
        timestamp=record.answered_at,
    )


def _scored(record: AttemptRecord, place: Place, grade: GradeRecord) -> Statement:
    return Statement(
        id=uuid5(NAMESPACE, f"grade/{grade.id}"),
        actor=_learner(record, place),
        verb=_verb("scored"),
        object=_item(record, place),
        result=Result(**_marks(record, grade)) if grade.state is Standing.GRADED else None,
        context=_context(record, place, grade, answer_id(record.id)),
        timestamp=grade.at,
    )


def _completed(record: AttemptRecord, place: Place) -> Statement:
    """The same for every answer of a sitting."""
    submitted = record.submitted or record.answered_at
    return Statement(
        id=uuid5(NAMESPACE, f"sitting/{record.sitting}"),
        actor=_learner(record, place),
        verb=_verb("completed"),
        object=_test(record, place),
        result=Result(completion=True, duration=duration((submitted - record.began) / timedelta(seconds=1))),
        context=Context(
            registration=record.sitting,
            context_activities=ContextActivities(
                parent=[_course(record, place)], grouping=[_course(record, place)], category=[CATEGORY]
            ),
            extensions={EXTENSION + "role": "student", EXTENSION + "purpose": record.purpose.value},
        ),
        timestamp=submitted,
    )


def answer_id(attempt_id: UUID) -> UUID:
    """The id of the statement that an answer was given."""
    return uuid5(NAMESPACE, f"attempt/{attempt_id}")


def duration(seconds: float) -> str:
    """Seconds as an ISO 8601 duration, to the hundredth."""
    return f"PT{max(0.0, seconds):.2f}S"


def _marks(record: AttemptRecord, grade: GradeRecord) -> dict[str, Score | bool]:
    if grade.raw is None or grade.state is not Standing.GRADED:
        return {}
    scaled = round(grade.raw / record.max, 6) if record.max else 0.0
    return {"score": Score(scaled=scaled, raw=grade.raw, max=record.max), "success": scaled >= 1}


def _learner(record: AttemptRecord, place: Place) -> Actor:
    return Actor(account=Account(home_page=place.home, name=str(record.person)))


def _verb(name: str) -> Verb:
    return Verb(id=VERB[name], display={"en": plain(VERB[name])})


def _item(record: AttemptRecord, place: Place) -> Activity:
    stem = shorten(record.stem, 80)
    definition = Definition(type=TYPE["question"], name={"en": stem}, interaction_type=INTERACTION[record.kind])
    return Activity(id=f"{place.home}/items/{record.item}", definition=definition)


def _test(record: AttemptRecord, place: Place) -> Activity:
    definition = Definition(type=TYPE["assessment"], name={"en": record.test_title})
    return Activity(id=f"{place.home}/tests/{record.test}", definition=definition)


def _course(record: AttemptRecord, place: Place) -> Activity:
    definition = Definition(type=TYPE["course"], name={"en": place.course_title})
    return Activity(id=f"{place.home}/courses/{record.course}", definition=definition)


def _context(record: AttemptRecord, place: Place, grade: GradeRecord | None, answer: UUID | None = None) -> Context:
    components: list[JsonValue] = [*record.components]
    known: dict[str, JsonValue] = {
        "role": "student",
        "item-version": record.version,
        "components": components or None,
        "purpose": record.purpose.value,
        "graded-by": grade.by if grade else None,
        "withdrawn": True if grade and grade.state is Standing.WITHDRAWN else None,
    }
    return Context(
        registration=record.sitting,
        context_activities=ContextActivities(
            parent=[_test(record, place)], grouping=[_course(record, place)], category=[CATEGORY]
        ),
        statement=StatementRef(id=answer) if answer else None,
        extensions={EXTENSION + name: value for name, value in known.items() if value is not None},
    )
