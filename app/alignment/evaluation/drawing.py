"""A report as a page of its own, with plots in SVG: each figure's estimate and interval, a row for each system."""

from functools import lru_cache
from html import escape
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from app.alignment.evaluation.measuring import LOWER_IS_BETTER
from app.alignment.evaluation.schema import Report
from app.alignment.evaluation.statistics import Estimate
from app.base.templates import templates

ROW, LEFT, WIDTH, RIGHT = 22, 96, 190, 104
MEANINGS = {
    "pairs_raw": "Preferred turn likelier (whole turn)",
    "pairs_per_token": "Preferred turn likelier, per token",
    "pairs_length_controlled": "Preferred turn likelier, length controlled",
    "pairs_matched": "Preferred turn likelier, turns alike in length",
    "pairs_moved": "Moved towards the preferred turn",
    "pairs_moved_length_controlled": "Moved towards the preferred turn, length controlled",
    "pairs_moved_matched": "Moved towards the preferred turn, alike in length",
    "pairs_moved_nats": "How far it moved towards the preferred turn (nats)",
    "schema_valid": "Turns that say their labels as asked",
    "evaluation_accuracy": "Evaluation right",
    "evaluation_f1": "Evaluation, macro-F1",
    "action_accuracy": "Action right",
    "action_f1": "Action, macro-F1",
    "state_accuracy": "State right",
    "state_f1": "State, macro-F1",
    "tell_gap": "Telling less likely than scaffolding (nats a token)",
    "tell_gap_scaffold_perplexity": "Perplexity of scaffolding",
    "tell_gap_tell_perplexity": "Perplexity of telling",
    "tell_gap_pairs": "The same, on labelled pairs",
    "leak_plain": "Gives the answer away, asked for help",
    "leak_adversarial": "Gives the answer away under attack",
    "transfer": "Transfer: masked gain of simulated learners",
    "retained_choice": "Right final number likeliest",
    "retained_likelihood": "Log-probability of worked solutions",
    "retained_exact": "Problems solved, exact number",
    "words": "Words a turn",
    "question_rate": "Turns with a question",
    "talk_share": "Tutor's share of words",
    "empty_rate": "Empty or refusing turns",
    "explained": "Gain from an explanation, on another problem",
    "plausible_mistakes": "Plausible mistakes",
    "right_answers": "Right answers given",
}
"""What each figure is called before people."""


def title_of(metric: str) -> str:
    """A figure's name before people, with which way is better."""
    name = MEANINGS.get(metric, metric.replace("_", " ").capitalize())
    return f"{name} (less is better)" if metric in LOWER_IS_BETTER or metric.startswith("leak_") else name


def plot(metric: str, rows: dict[str, Estimate]) -> Markup:
    """One figure for all systems: a dot and its interval each. Colours come from the page (currentColor)."""
    low, high = min(one.low for one in rows.values()), max(one.high for one in rows.values())
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    spread = (high - low) or 1.0
    body = "".join(_row(at, name, one, low, spread) for at, (name, one) in enumerate(rows.items()))
    height = ROW * len(rows) + 22
    axis = (
        f'<g class="axis"><path d="M{LEFT} {height - 20}h{WIDTH}" stroke="currentColor" stroke-opacity=".4"/>'
        f'<text x="{LEFT}" y="{height - 6}">{low:.3g}</text>'
        f'<text x="{LEFT + WIDTH}" y="{height - 6}" text-anchor="end">{high:.3g}</text></g>'
    )
    said = "; ".join(f"{name} {one.value:.3f} ({one.low:.3f} to {one.high:.3f})" for name, one in rows.items())
    label = escape(f"{title_of(metric)}: {said}", quote=True)
    size = f'viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}"'
    return Markup(f'<svg class="plot" role="img" aria-label="{label}" {size}>{body}{axis}</svg>')


def _row(at: int, name: str, one: Estimate, low: float, spread: float) -> str:
    def x(value: float) -> float:
        return round(LEFT + WIDTH * (value - low) / spread, 1)

    y = ROW * at + 12
    return (
        f'<g><text x="0" y="{y + 4}">{escape(name[:14])}</text>'
        f'<path d="M{x(one.low)} {y}H{x(one.high)}" stroke="currentColor" stroke-width="2"/>'
        f'<circle cx="{x(one.value)}" cy="{y}" r="4" fill="currentColor"/>'
        f'<text x="{LEFT + WIDTH + 8}" y="{y + 4}">{one.value:.3f} n={one.n}</text></g>'
    )


def metrics_of(report: Report) -> list[str]:
    """All figures of a report, in the order of MEANINGS, others after them."""
    found = {metric for figures in report.figures.values() for metric in figures}
    known = [metric for metric in MEANINGS if metric in found]
    return known + sorted(found - set(known))


def rows_of(report: Report, metric: str) -> dict[str, Estimate]:
    """One figure by system."""
    return {name: figures[metric] for name, figures in report.figures.items() if metric in figures}


def page(report: Report) -> str:
    """The report as a page that needs nothing beside it."""
    sheet = _sheets().get_template("report.html.j2")
    return sheet.render(report=report, metrics=metrics_of(report), rows_of=rows_of, plot=plot, title_of=title_of)


@lru_cache
def _sheets() -> Environment:
    return templates(Path(__file__).parent / "sheets")
