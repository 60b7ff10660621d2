"""The table of what follows what beyond chance."""

from app.analysis.logs.telling import table
from app.analysis.schema import Cell, Table
from app.analysis.talk.sequences import Sequences

MOST = 20


def sequence_table(told: Sequences) -> Table:
    """The pairs that come more or less often than chance, the strongest first."""
    rows: list[list[Cell]] = [
        [before, after, count, round(residual, 2), p]
        for before, after, residual, p, count in told.beyond_chance()[:MOST]
    ]
    columns = [
        ("before", "Before", ""),
        ("after", "After", ""),
        ("count", "Pairs", ""),
        ("residual", "Adjusted residual", ""),
        ("p", "p, corrected for all cells", ""),
    ]
    return table("sequences-beyond-chance", "What follows what, beyond chance", columns, rows)
