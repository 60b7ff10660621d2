"""The table of attempts: answers to the items of tests and of practice."""

from collections.abc import Iterator

from app.assessment.documents import Purpose, Standing
from app.assessment.schema import Kind
from app.records.release.answers import Told, answers, number, positions, words
from app.records.release.columns import Column, Row, Sort, Table, Type
from app.records.release.scope import Scope

PURPOSES = {
    Purpose.PRE.value: "before a module",
    Purpose.POST.value: "after a module",
    Purpose.QUIZ.value: "a test on the way",
    Purpose.PRACTICE.value: "practice, which counts for nothing",
}
KINDS = {
    Kind.SINGLE.value: "one of several",
    Kind.MULTIPLE.value: "all that hold of several",
    Kind.NUMERIC.value: "a number",
    Kind.TEXT.value: "a word or a few",
    Kind.ORDER.value: "things to be put in order",
    Kind.MATCH.value: "things to be matched",
    Kind.OPEN.value: "sentences, marked by a rubric",
}
STANDINGS = {
    Standing.WAITING.value: "waits for a model's marks",
    Standing.QUEUED.value: "waits for an instructor's marks",
    Standing.GRADED.value: "has marks",
    Standing.WITHDRAWN.value: "the item was withdrawn",
}
GRADERS = {
    "code": "exact rules",
    "model": "a language model by the rubric",
    "instructor": "an instructor",
    "withdrawal": "the item was withdrawn",
}
COMPONENTS = "The knowledge components of the item, as the instructor named them, with semicolons between."


def listed(components: tuple[str, ...]) -> str | None:
    """Names of components in a cell."""
    return "; ".join(components) or None


def _rows(scope: Scope) -> Iterator[list[Row]]:
    for batch in answers(scope):
        yield [_row(scope, one) for one in batch]


def _row(scope: Scope, one: Told) -> Row:
    answer, asked, names, response = one.answer, one.asked, scope.names, one.response
    return {
        "attempt_id": names.thing("attempt", answer.id),
        "learner": scope.pseudonym(answer.person_id),
        "sitting_id": names.thing("sitting", answer.sitting_id),
        "test_id": names.thing("test", answer.paper_id),
        "course_id": names.thing("course", answer.course_id),
        "module_id": names.thing("module", answer.module_id) if answer.module_id else None,
        "purpose": answer.purpose,
        "item_id": names.thing("item", asked.item_id),
        "version": asked.number,
        "kind": asked.kind.value,
        "components": listed(asked.components),
        "position": answer.position,
        "attempt": one.attempt,
        "answered_at": answer.answered_at + scope.shift_of_person(answer.person_id),
        "seconds": round(answer.seconds, 3),
        "chosen": positions(asked.item, response),
        "number": number(asked.item, response),
        "text": words(scope, asked.item, response),
        "raw": one.mark.raw,
        "points": answer.points,
        "scaled": one.scaled,
        "success": one.success,
        "standing": one.mark.standing.value,
        "graded_by": one.mark.by or None,
    }


TABLES = (
    Table(
        name="attempts",
        meaning="One row for each answer that was given for good to an item, with the marks it had at that moment.",
        columns=(
            Column("attempt_id", Type.TEXT, Sort.ID, "The answer."),
            Column("learner", Type.TEXT, Sort.PSEUDONYM, "Who answered."),
            Column("sitting_id", Type.TEXT, Sort.ID, "The sitting, as in the table of sittings."),
            Column("test_id", Type.TEXT, Sort.ID, "The test."),
            Column("course_id", Type.TEXT, Sort.ID, "Its course."),
            Column("module_id", Type.TEXT, Sort.ID, "The module that the test belongs to; empty for the whole course."),
            Column("purpose", Type.TEXT, Sort.STRUCTURE, "What the test is for.", values=PURPOSES),
            Column("item_id", Type.TEXT, Sort.ID, "The item, as in the table of items."),
            Column("version", Type.INTEGER, Sort.STRUCTURE, "The version of the item that was answered, from 1."),
            Column("kind", Type.TEXT, Sort.STRUCTURE, "What the item asks for.", values=KINDS),
            Column("components", Type.TEXT, Sort.STRUCTURE, COMPONENTS),
            Column("position", Type.INTEGER, Sort.STRUCTURE, "The item's place in the sitting, from 1."),
            Column(
                "attempt",
                Type.INTEGER,
                Sort.MEASURE,
                "The learner's how-manieth answer to the item in this release, from 1, over all sittings.",
            ),
            Column("answered_at", Type.TIME, Sort.TIME, "When the answer was given; moved with the learner's times."),
            Column("seconds", Type.NUMBER, Sort.MEASURE, "How long the learner was at it.", "seconds"),
            Column(
                "chosen",
                Type.TEXT,
                Sort.STRUCTURE,
                "What was chosen, by places in the item as it was written, from 1; of things put in order, in the "
                "learner's order (1 2 3 is right); of things matched, pairs of left and right.",
            ),
            Column(
                "number",
                Type.NUMBER,
                Sort.MEASURE,
                "The number that was answered, to six digits and without its unit; empty where it can be read in "
                "several ways or in none.",
                "as written by the learner",
            ),
            Column("text", Type.TEXT, Sort.WORDS, "What was written, without names, addresses and long numbers."),
            Column("raw", Type.NUMBER, Sort.MEASURE, "The marks; empty where there are none.", "points"),
            Column("points", Type.NUMBER, Sort.MEASURE, "The most marks there are.", "points"),
            Column("scaled", Type.NUMBER, Sort.MEASURE, "The marks as a share of the most.", "0 to 1"),
            Column("success", Type.TRUTH, Sort.MEASURE, "Whether all marks were earned; empty where there are none."),
            Column("standing", Type.TEXT, Sort.STRUCTURE, "Where the marking stands.", values=STANDINGS),
            Column("graded_by", Type.TEXT, Sort.STRUCTURE, "Who marked it last.", values=GRADERS),
        ),
        rows=_rows,
        about=lambda has: has.answers,
        place=74,
    ),
)
