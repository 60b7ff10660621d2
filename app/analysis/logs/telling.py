"""Figures as the pages and the report show them: measures, bars, tables, links to the words behind them."""

from collections.abc import Sequence
from urllib.parse import urlencode

from app.analysis.charts import Bar
from app.analysis.logs.intervals import Interval
from app.analysis.schema import Cell, Column, Evidence, Measure, Table
from app.analysis.subject import Subject


def measure(
    name: str, found: Interval, unit: str, sentence: str, otherwise: str, evidence: Sequence[Evidence] = ()
) -> Measure:
    """A figure of an interval; `otherwise` is said where there is none."""
    known = found.value == found.value  # NaN is unlike itself
    return Measure(
        name=name,
        value=found.value if known else None,
        low=found.low,
        high=found.high,
        n=found.n,
        unit=unit,
        sentence=sentence if known else otherwise,
        evidence=list(evidence),
    )


def bar(label: str, found: Interval) -> Bar:
    """A bar of an interval."""
    if found.value != found.value:
        return Bar(label, None, None, None, found.n)
    known = found.low == found.low and found.high == found.high
    return Bar(label, found.value, found.low if known else None, found.high if known else None, found.n)


def spread(found: Interval) -> list[Cell]:
    """The cells of an interval: value, bounds, n."""
    return [found.value, found.low, found.high, found.n]


def spread_columns(name: str, meaning: str, unit: str = "") -> list[Column]:
    """The columns of an interval's cells."""
    return [
        Column(name=name, meaning=meaning, unit=unit),
        Column(name=f"{name}_low", meaning=f"{meaning}, lower bound", unit=unit),
        Column(name=f"{name}_high", meaning=f"{meaning}, upper bound", unit=unit),
        Column(name=f"{name}_n", meaning="n"),
    ]


def table(name: str, title: str, columns: Sequence[Column | tuple[str, str, str]], rows: list[list[Cell]]) -> Table:
    """A table; columns as documents, or as name, meaning and unit."""
    told = [one if isinstance(one, Column) else Column(name=one[0], meaning=one[1], unit=one[2]) for one in columns]
    return Table(name=name, title=title, columns=told, rows=rows)


def words(subject: Subject, link: str, **wanted: object) -> list[Evidence]:
    """A link to the utterances behind a figure; see `utterances.Wanted` for what can be asked for."""
    told = {name: value for name, value in wanted.items() if value not in ("", None)}
    return subject.link(link, f"/analysis/utterances?{urlencode(told)}")


def percent(value: float) -> str:
    """A share in words."""
    return "not known" if value != value else f"{value:.0%}" if value >= 0.1 or value == 0 else f"{value:.1%}"


def clocks(backwards: int) -> list[str]:
    """What has to be said where lines are dated before those ahead of them."""
    if not backwards:
        return []
    lines = "line is" if backwards == 1 else "lines are"
    return [
        f"{backwards:,} {lines} dated before the line ahead: two clocks. They stand in the order of the log, and "
        "the time between them counts as none."
    ]
