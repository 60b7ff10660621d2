"""`bench grader`: how far the grader's marks agree with human ones, on a CSV of answers.

Columns: question, rubric, answer, max, mark. A rubric is text whose criteria each end in their most marks in brackets,
"Cause: names it (2). Example: gives one (1)."; without any, the whole of it is one criterion worth `max`.
"""

import argparse
import csv
import re
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from app.assessment.agreement import confusion, quadratic_weighted_kappa
from app.assessment.checking import trouble
from app.assessment.marking import CANNOT, Marking, mark
from app.assessment.schema import Criterion, OpenItem
from app.base.console import say, say_progress, say_table, write_figures
from app.base.errors import Invalid
from app.inference import service as inference
from app.inference.schema import ModelUnavailable, Role

_CRITERION = re.compile(r"(.+?)\((\d+(?:\.\d+)?)\)[.;]?\s*", re.DOTALL)


class Answer(BaseModel):
    """One line of the CSV."""

    question: str = Field(min_length=1)
    rubric: str = Field(min_length=1)
    answer: str
    max: int = Field(ge=1, le=100)
    mark: int = Field(ge=0)


class Marked(BaseModel):
    """An answer with the model's marking, as shares of the most marks; None where the model gave no marks."""

    answer: Answer
    raw: float | None
    sure: bool
    reason: str


class GraderFigures(BaseModel):
    """How far model and human agree. kappa: over all answers that the model marked, and over those it was sure of; None
    where there were none. Shares are of all answers. `confusion[i][j]`: human i, model j, on the widest scale of marks.
    """

    model: str
    answers: int
    questions: int
    marked: int
    kappa: float | None
    kappa_sure: float | None
    exact_share: float
    mean_difference: float | None
    cannot_grade_share: float
    refused_share: float
    to_instructor_share: float
    confusion: list[list[int]]


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench grader`."""
    parser = parts.add_parser("grader", help="the grader's marks against human ones, from a CSV")
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="columns question, rubric, answer, max, mark")
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the figures there")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Have every answer marked, and print or write how far the marks agree."""
    answers = read_answers(chosen.file)
    if not inference.available(Role.GRADER):
        raise Invalid("Say which server to measure: INFERENCE_URL=http://HOST:PORT/v1 ./lyceum bench grader FILE.csv")
    marked = []
    for at, one in enumerate(answers, 1):
        say_progress(f"answer {at} of {len(answers)}")
        marked.append(_mark(one))
    say_progress("")
    figures = figures_of(marked, inference.model_name(Role.GRADER))
    if chosen.json:
        write_figures(chosen.json, "bench grader", figures.model_dump(mode="json"))
    _tell(figures)
    return 0


def read_answers(path: Path) -> list[Answer]:
    """The lines of a CSV. Raises Invalid with the line that cannot be used."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Invalid(f"{path} cannot be read as CSV: {error}.") from error
    found = []
    for number, row in enumerate(rows, 2):
        try:
            one = Answer.model_validate(row)
        except ValidationError as error:
            field = str(error.errors()[0]["loc"][0])
            raise Invalid(f"{path}, line {number}: the column {field} is missing or cannot be used.") from error
        if one.mark > one.max or trouble(item_of(one)):
            raise Invalid(f"{path}, line {number}: {trouble(item_of(one)) or 'the mark is above the most marks.'}")
        found.append(one)
    if not found:
        raise Invalid(f"{path} holds no answers.")
    return found


def item_of(answer: Answer) -> OpenItem:
    """The open item that a line of the CSV is about."""
    parts = [(words.strip(" .;:"), float(points)) for words, points in _CRITERION.findall(answer.rubric)]
    if not parts or sum(points for _, points in parts) != answer.max:
        parts = [(answer.rubric.strip(), float(answer.max))]
    criteria = [Criterion(name=words, points=points) for words, points in parts]
    return OpenItem(stem=answer.question, criteria=criteria, points=answer.max)


def _mark(answer: Answer) -> Marked:
    try:
        marking = mark(item_of(answer), answer.answer)
    except ModelUnavailable as error:
        marking = Marking(reason=error.sentence)
    return Marked(answer=answer, raw=marking.raw, sure=marking.sure, reason=marking.reason)


def figures_of(marked: list[Marked], model: str) -> GraderFigures:
    """The figures of all answers. Half marks of the model are rounded up for kappa, which counts whole marks."""
    told = [one for one in marked if one.raw is not None]
    count, classes = len(marked), max(one.answer.max for one in marked) + 1
    pairs = [(one.answer.mark, _whole(one)) for one in told]
    differences = [(one.raw or 0.0) - one.answer.mark for one in told]
    cannot = sum(one.reason == CANNOT for one in marked)
    return GraderFigures(
        model=model,
        answers=count,
        questions=len({one.answer.question for one in marked}),
        marked=len(told),
        kappa=_kappa(told, classes),
        kappa_sure=_kappa([one for one in told if one.sure], classes),
        exact_share=round(sum(human == own for human, own in pairs) / count, 3),
        mean_difference=round(sum(differences) / len(told), 3) if told else None,
        cannot_grade_share=round(cannot / count, 3),
        refused_share=round((count - len(told) - cannot) / count, 3),
        to_instructor_share=round(sum(not one.sure for one in marked) / count, 3),
        confusion=confusion([a for a, _ in pairs], [b for _, b in pairs], classes).tolist() if pairs else [],
    )


def _whole(one: Marked) -> int:
    return int((one.raw or 0.0) + 0.5)


def _kappa(told: list[Marked], classes: int) -> float | None:
    if not told:
        return None
    return round(quadratic_weighted_kappa([one.answer.mark for one in told], [_whole(one) for one in told], classes), 3)


def _tell(figures: GraderFigures) -> None:
    values = figures.model_dump(exclude={"confusion"})
    say_table([(name.replace("_", " "), str(value)) for name, value in values.items()], ("figure", "value"))
    say()
    head = ("human \\ model", *map(str, range(len(figures.confusion))))
    say_table([(str(at), *row) for at, row in enumerate(figures.confusion)], head)
