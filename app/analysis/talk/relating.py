"""Talk and tests, as figures."""

from app.analysis import charts
from app.analysis.logs.intervals import Correlation
from app.analysis.logs.lines import Lines, Results
from app.analysis.logs.telling import spread, spread_columns, table
from app.analysis.schema import Cell, Chart, Column, Table
from app.analysis.talk.outcomes import Relation, outcomes, regression, relations

MISSING = (
    "How messages go with tests cannot be told yet: that needs at least five learners with tests of a later module, "
    "and some who say more than others."
)


def relation_figures(lines: Lines, results: Results) -> tuple[list[Chart], list[Table], list[str]]:
    """A chart, tables and sentences of how talk goes with tests."""
    told = outcomes(lines, results)
    found = relations(told)
    if all(one.raw.r != one.raw.r for one in found):
        return [], [], [MISSING]
    tables = [_table(found)]
    if weights := regression(told):
        rows: list[list[Cell]] = [[name, *spread(one)] for name, one in weights.items()]
        columns = [Column(name="what", meaning="Standardised"), *spread_columns("beta", "Weight for the last test")]
        tables.append(
            table("regression", "The last test by the first module, messages and their length", columns, rows)
        )
    return [_chart(found)], tables, []


def _table(found: list[Relation]) -> Table:
    rows: list[list[Cell]] = []
    for one in found:
        for how, r in (("raw", one.raw), ("first module taken out", one.controlled)):
            rows.append([one.talk, one.test, how, r.r, r.low, r.high, r.p, r.n])
    columns = [
        ("talk", "Talk", ""),
        ("test", "Test", ""),
        ("how", "How", ""),
        ("r", "Correlation", "r"),
        ("low", "Lower bound", "r"),
        ("high", "Upper bound", "r"),
        ("p", "p", ""),
        ("n", "Learners", ""),
    ]
    return table("talk-and-tests", "Talk and tests (observed, not drawn by lot)", columns, rows)


def _chart(found: list[Relation]) -> Chart:
    bars = []
    for one in found:
        bars += [_bar(f"{one.talk}, {one.test}", one.raw), _bar("the same, controlled", one.controlled)]
    return charts.bars(
        "How talk goes with tests (observed)",
        bars,
        value_name="correlation, raw and with the first module taken out",
        unit="r",
        description="Pearson correlations of messages and their length with tests, with 95 % intervals. Observed: who "
        "says how much was not drawn by lot.",
        name="relations",
    )


def _bar(label: str, found: Correlation) -> charts.Bar:
    known = found.r == found.r
    bounded = known and found.low == found.low
    low, high = (found.low, found.high) if bounded else (None, None)
    return charts.Bar(label, found.r if known else None, low, high, found.n)
