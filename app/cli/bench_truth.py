"""`bench truth`: a simulated course whose truth is known, and how near the analyses come to it.

Two courses on a platform of their own: one as `./lyceum simulate` makes it, for items, mastery and drop-out, and one
in which components need one another and two orders are tried. Beside our figures stand those of libraries that are
installed for tests (girth); where one is missing its figure is left out.
"""

import argparse
import importlib.util
from pathlib import Path
from uuid import UUID

import numpy
from pydantic import BaseModel, JsonValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.analysis.flow.dropout import hazard
from app.analysis.flow.periods import periods
from app.analysis.items import irt
from app.analysis.items.forms import gathered
from app.analysis.learners.part import learn
from app.analysis.learners.scoring import auc
from app.analysis.logs.subjects import records_of
from app.analysis.order import service as order
from app.analysis.order.prerequisites import find
from app.analysis.service import read_course
from app.analysis.source import Floats, Source, Truths
from app.analysis.subject import Subject
from app.base.console import say_progress, say_table, write_figures
from app.base.db import unit_of_work
from app.cli import bench_class_stage as stage
from app.cli.simulated.learners import Truth, has_mastered, level, logistic
from app.cli.simulated.ordering import NEEDS
from app.cli.simulated.school import School, simulate

STUDENTS, RECORDS = 500, 100_000


class TruthFigures(BaseModel):
    """Errors are root mean squares: of item parameters in logits (`slope` is log a), of chances in shares.

    Effects on drop-out are logits with their 95 % intervals; `transfer` is the second order less the first, which is
    the better one, in shares of the tests after modules.
    """

    students: int
    answers: int = 0
    items: int = 0
    difficulty_r: float = 0.0
    difficulty_error: float = 0.0
    difficulty_error_girth: float | None = None
    slope_error: float = 0.0
    slope_error_girth: float | None = None
    mastery_auc: float | None = None
    chance_error: float = 0.0
    chance_error_of_the_mean: float = 0.0
    dropout: dict[str, list[float]] = {}
    prerequisites_auc: float | None = None
    prerequisites_right_way_round: int = 0
    prerequisites_found: int = 0
    prerequisites: int = len(NEEDS)
    prerequisites_wrong: int = 0
    transfer: list[float] = []
    better_order_found: bool | None = None


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `truth` to the bench commands."""
    parser = parts.add_parser("truth", help="analyses against a simulated course whose truth is known")
    parser.add_argument("--students", type=int, default=STUDENTS, help="simulated (default: %(default)s)")
    parser.add_argument("--records", type=int, default=RECORDS, help="simulated (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Simulate, analyse, and print or write how near it came."""
    figures = TruthFigures(students=chosen.students)
    with stage.stub() as inference, stage.platform(inference):
        school = simulate(chosen.students, chosen.seed, say_progress, chosen.records)
        say_progress("items, learners and drop-out")
        with unit_of_work() as session:
            measure(session, school, figures)
        ordered = simulate(chosen.students, chosen.seed, say_progress, is_ordered=True)
        say_progress("prerequisites and orders")
        with unit_of_work() as session:
            measure_order(session, ordered.lessons.course_id, figures)
    say_progress("")
    values: dict[str, JsonValue] = figures.model_dump()
    if chosen.json:
        write_figures(chosen.json, "bench truth", values)
    else:
        say_table([[name.replace("_", " "), str(value)] for name, value in values.items()], ("figure", "found"))
    return 0


def measure(session: Session, school: School, figures: TruthFigures) -> None:
    """Items, mastery and drop-out of a course without prerequisites."""
    subject = read_course(session, school.lessons.course_id)
    figures.answers = len(subject.source.answers)
    _items(subject.source, school.truth, figures)
    _mastery(session, subject.source, school.truth, figures)
    _dropout(subject, figures)


def _items(source: Source, truth: Truth, figures: TruthFigures) -> None:
    """Questions of the tests before modules, which everybody answers with a fixed ability."""
    known = [truth.items[one.item] for one in source.questions]
    asked = {int(one) for one in source.answers.question[source.answers.purpose == 0]}
    chosen = numpy.array(sorted(asked), dtype=numpy.int64)
    form = gathered(source, chosen, "Before")
    hard = numpy.array([float(known[one]["difficulty"]) - _ease(truth, known[one]) for one in chosen])
    steep = numpy.log([float(known[one]["discrimination"]) for one in chosen])
    ours = irt.fit(form.right, "2PL")
    figures.items = len(chosen)
    figures.difficulty_r = round(float(numpy.corrcoef(ours.b, hard)[0, 1]), 3)
    figures.difficulty_error, figures.slope_error = _error(ours.b, hard), _error(numpy.log(ours.a), steep)
    if importlib.util.find_spec("girth"):
        import girth

        tagged = girth.tag_missing_data(numpy.nan_to_num(form.right, nan=-1).T.astype(int), [0, 1])
        theirs = girth.twopl_mml(tagged)
        figures.difficulty_error_girth = _error(theirs["Difficulty"], hard)
        figures.slope_error_girth = _error(numpy.log(theirs["Discrimination"]), steep)


def _ease(truth: Truth, item: dict[str, float | str]) -> float:
    return truth.skills[str(item["component"])].ease


def _error(found: Floats, true: Floats) -> float:
    return round(float(numpy.sqrt(numpy.mean((found - true) ** 2))), 3)


def _mastery(session: Session, source: Source, truth: Truth, figures: TruthFigures) -> None:
    """P(known) against who has mastered a component, and the chance of a right answer against the true one."""
    people = {str(one): name for one, name in session.execute(select(Person.id, Person.name))}
    learned = learn(source)
    values = learned.fitted.bkt.values
    learners = {one.name: one for one in truth.learners}
    known, mastered, told, true = [], [], [], []
    for who, skill, value in zip(learned.known.learner, learned.known.skill, learned.known.value, strict=True):
        learner, component = learners[people[source.learners[int(who)]]], truth.skills[source.components[int(skill)]]
        _, _, guess, slip, _ = values[skill]
        known.append(float(value))
        mastered.append(has_mastered(learner, component))
        told.append(value * (1 - slip) + (1 - value) * guess)
        true.append(logistic(level(learner, component)))
    figures.mastery_auc = auc(numpy.array(mastered, dtype=numpy.int64), numpy.array(known))
    figures.chance_error = _error(numpy.array(told), numpy.array(true))
    figures.chance_error_of_the_mean = _error(numpy.full(len(true), numpy.mean(true)), numpy.array(true))


def _dropout(subject: Subject, figures: TruthFigures) -> None:
    records = records_of(subject)
    found = hazard(periods(records.lines, records.results, records.as_of))
    if isinstance(found, str):
        return
    for name in ("messages", "length"):
        one = found.effects[name]
        figures.dropout[name] = [round(value, 3) for value in (one.value, one.low, one.high)]


def measure_order(session: Session, course_id: UUID, figures: TruthFigures) -> None:
    """Prerequisites from records alone, and the trial of two orders, of which the first is the better."""
    subject = read_course(session, course_id)
    said = find(subject.source, None).evidence.confidence
    place = {name: at for at, name in enumerate(subject.source.components)}
    is_true: Truths = numpy.zeros(said.shape, bool)
    for before, after in NEEDS:
        is_true[place[before], place[after]] = True
    others = ~numpy.eye(len(said), dtype=bool)
    figures.prerequisites_auc = auc(is_true[others].astype(numpy.int64), said[others])
    figures.prerequisites_right_way_round = int((said > said.T)[is_true].sum())
    figures.prerequisites_found = int((said > 0.5)[is_true].sum())
    figures.prerequisites_wrong = int((said > 0.5)[others & ~is_true].sum())
    (trial,) = order.trials_of(session, course_id)
    outcomes = order.outcomes(subject, order.access_trial(session, course_id, trial.id))
    transfer = outcomes.measures[0]
    figures.transfer = [round(one, 4) for one in (transfer.value, transfer.low, transfer.high) if one is not None]
    better = outcomes.decides.better
    figures.better_order_found = None if better is None else better == 0
