"""Rows of CSV that no spreadsheet runs."""

import csv
import io
from collections.abc import Sequence

_RUNS = ("=", "+", "-", "@", "\t", "\r")


def csv_line(cells: Sequence[str]) -> str:
    """One line of CSV with its line end, every cell harmless."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return out.getvalue()


def harmless(cell: str) -> str:
    """A cell that a spreadsheet takes for a formula gets an apostrophe before it, also behind white space."""
    start = cell.lstrip(" \n\v\f\u00a0\ufeff")
    return f"'{cell}" if start.startswith(_RUNS) or cell.startswith(_RUNS) else cell
