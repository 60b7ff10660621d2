"""Documents of the analysis room: figures with what they rest on, tables, charts, and what to do next."""

import csv
import io
import math

from markupsafe import Markup
from pydantic import BaseModel, Field, model_validator

Cell = str | int | float | bool | None


class Evidence(BaseModel):
    """A link to what a figure rests on: a page of ours, "" where a report has none."""

    words: str
    href: str = ""


class Measure(BaseModel):
    """A figure. `value` None: it cannot be had, and `sentence` says why. `low` and `high` bound its 95 % interval
    unless the sentence names another; `n` counts what it was computed from.

    A value that is no finite number becomes None, so that no page ever shows NaN.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    unit: str = ""
    sentence: str
    evidence: list[Evidence] = []

    @model_validator(mode="after")
    def _finite(self) -> "Measure":
        for name in ("value", "low", "high"):
            found = getattr(self, name)
            if found is not None and not math.isfinite(found):
                setattr(self, name, None)
        return self


class Column(BaseModel):
    """A column of a table: its name in files, what it means, and its unit ("" for words and counts)."""

    name: str
    meaning: str
    unit: str = ""


class Table(BaseModel):
    """A table: `name` is a slug that is a file name too. Numbers that are not finite become empty cells."""

    name: str
    title: str
    columns: list[Column]
    rows: list[list[Cell]] = []

    @model_validator(mode="after")
    def _finite(self) -> "Table":
        self.rows = [
            [None if isinstance(cell, float) and not math.isfinite(cell) else cell for cell in row] for row in self.rows
        ]
        return self

    def csv(self) -> str:
        """The table as CSV with a line of names; True and False are written as 1 and 0."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow([column.name for column in self.columns])
        for row in self.rows:
            writer.writerow(["" if cell is None else int(cell) if isinstance(cell, bool) else cell for cell in row])
        return out.getvalue()


class Chart(BaseModel):
    """A drawing with the table of what it shows; `svg` has a title and a description for those who hear it."""

    name: str
    title: str
    description: str
    svg: str
    table: Table

    @property
    def drawing(self) -> Markup:
        """The drawing for a template. `drawing.Paper` has escaped every word that stands in it."""
        return Markup(self.svg)


class Finding(BaseModel):
    """Something an instructor can do next: what, why, and what that rests on.

    `weight` (0 to 1) orders findings: how sure it is times how many learners it concerns, as shares. `area` is the
    name of the part it comes from.
    """

    area: str
    todo: str
    why: str
    evidence: list[Evidence] = []
    weight: float = Field(ge=0, le=1)


class Part(BaseModel):
    """One part of a course's analysis, as the dashboard, its own page and the report show it.

    `sentences` say what stands in the way or what must be kept in mind; `methods` say how the figures were made, with
    versions and seeds, for the methods text.
    """

    name: str
    title: str
    sentences: list[str] = []
    measures: list[Measure] = []
    charts: list[Chart] = []
    tables: list[Table] = []
    findings: list[Finding] = []
    methods: list[str] = []
