"""A run's progress as charts: loss, reward margin, reward, and accuracy, each with its table."""

from collections.abc import Callable, Sequence

from app.alignment.runs.schema import Progress
from app.analysis.charts import Series, line
from app.analysis.schema import Chart

MOST = 240
"""Points of a line; a longer run shows every so-manieth step, and always its last."""
WHAT: dict[str, tuple[str, Callable[[Progress], float | None]]] = {
    "Loss": ("Loss", lambda one: one.loss),
    "Reward margin": ("Chosen less rejected", lambda one: one.reward_margin),
    "Reward": ("Mean reward", lambda one: one.reward),
    "Accuracy": ("Share that is right", lambda one: one.accuracy),
}


def curves(told: Sequence[Progress]) -> list[Chart]:
    """A chart for each measure that was told at least once. A dot of its own is what was held back, at the end."""
    return [chart for title in WHAT if (chart := _curve(title, told)) is not None]


def _curve(title: str, told: Sequence[Progress]) -> Chart | None:
    name, value = WHAT[title]
    lines = []
    for phase, words in (("train", "training"), ("held", "held back")):
        found = [(one.step, seen) for one in told if one.phase == phase and (seen := value(one)) is not None]
        if found:
            shown = _thinned(found)
            lines.append(Series(name=words, xs=[float(step) for step, _ in shown], ys=[seen for _, seen in shown]))
    if not lines or not lines[0].xs:
        return None
    return line(title, lines, x_name="Step", y_name=name, name=title.lower().replace(" ", "-"))


def _thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    every = -(-len(points) // MOST)
    return [point for at, point in enumerate(points) if at % every == 0 or at == len(points) - 1]
