"""How the choice of each option changes from the weakest to the strongest learners."""

import numpy

from app.analysis import charts
from app.analysis.items.analysing import ItemFigures
from app.analysis.items.classical import rest_scores
from app.analysis.items.flags import letter
from app.analysis.items.forms import Form, forms_of
from app.analysis.schema import Chart
from app.analysis.source import Floats, Ints, Source

GROUPS = 5


def trace_chart(source: Source, one: ItemFigures) -> Chart | None:
    """A line for each option: the share that chose it in each fifth of the learners by rest score.

    None with fewer learners than twice the fifths.
    """
    for form in forms_of(source):
        for at, question in enumerate(form.questions.tolist()):
            asked = source.questions[question]
            if (asked.item, asked.version) == (one.item, one.version):
                return _chart(form, at, one)
    return None


def fifths(rest: Floats) -> list[Ints]:
    """Learners in GROUPS of equal size by rest score, the lowest first; those without one are left out."""
    known = numpy.flatnonzero(numpy.isfinite(rest))
    return [numpy.asarray(part) for part in numpy.array_split(known[numpy.argsort(rest[known], kind="stable")], GROUPS)]


def _chart(form: Form, at: int, one: ItemFigures) -> Chart | None:
    groups = fifths(rest_scores(form.share)[:, at])
    if sum(map(len, groups)) < 2 * GROUPS:
        return None
    picked = {learner: set(map(int, places.split())) for learner, places in form.chosen[at].items()}
    series = []
    for option in one.options:
        shares = [sum(option.place in picked[who] for who in group.tolist()) / len(group) for group in groups]
        name = f"{letter(option.place)}{' (right)' if option.is_key else ''}"
        series.append(charts.Series(name, list(range(1, GROUPS + 1)), shares, ns=[len(group) for group in groups]))
    return charts.line(
        "Who chooses what",
        series,
        x_name="learners in fifths, from the weakest (1) to the strongest (5) on the other questions",
        y_name="share that chose it",
        description="The line of the right option should rise, those of the others fall.",
        name=f"options-{one.version}",
        y_range=(0.0, 1.0),
    )
