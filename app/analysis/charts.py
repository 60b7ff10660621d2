"""Charts as pure functions: values in, a drawing with its table out. Nothing here knows courses or records."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from app.analysis.drawing import BOTTOM, LEFT, RIGHT, TOP, WIDTH, Paper, Scale, number, spread
from app.analysis.schema import Cell, Chart, Column, Table

COLOURS = 6
LABEL = 26
"""Letters of a label that fit beside a bar."""


class Series(NamedTuple):
    """A line: places and values in pairs; bounds of the interval at each, where known; what each rests on."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    lows: Sequence[float] = ()
    highs: Sequence[float] = ()
    ns: Sequence[int] = ()


class Bar(NamedTuple):
    """A value with its interval and what it rests on. A value of None is told in the table and drawn as nothing."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0


class Point(NamedTuple):
    """A point with its name."""

    label: str
    x: float
    y: float
    n: int = 0


class Bin(NamedTuple):
    """Predictions that lie together: their mean, the share that came true with its interval, and how many."""

    predicted: float
    observed: float
    low: float
    high: float
    n: int


def slug(title: str) -> str:
    """A title as a name for files and ids."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "chart"


def shortened(label: str, most: int = LABEL) -> str:
    """A label that fits."""
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def _columns(*named: tuple[str, str, str]) -> list[Column]:
    return [Column(name=name, meaning=meaning, unit=unit) for name, meaning, unit in named]


def made_chart(
    paper: Paper, name: str, title: str, description: str, columns: list[Column], rows: list[list[Cell]]
) -> Chart:
    """A drawing with its table, as a chart. `name` is a file name and the drawing's id; the title where it is empty."""
    key = slug(name or title)
    table = Table(name=key, title=title, columns=columns, rows=rows)
    return Chart(name=key, title=title, description=description, svg=paper.svg(key, title, description), table=table)


def _at(values: Sequence[float], at: int) -> float | None:
    return values[at] if at < len(values) else None


def _legend(paper: Paper, names: Sequence[str]) -> None:
    """Names of lines above the drawing, in their colours, where there are several."""
    x = float(paper.left)
    for at, name in enumerate(names if len(names) > 1 else ()):
        paper.box(f"fill c{at % COLOURS}", x, 0, 10, 10)
        paper.words("tick", x + 14, 10, shortened(name))
        x += 30 + 6.6 * len(shortened(name))


def line(
    title: str,
    series: Sequence[Series],
    *,
    x_name: str,
    y_name: str,
    unit: str = "",
    description: str = "",
    name: str = "",
    steps: bool = False,
    y_range: tuple[float, float] | None = None,
) -> Chart:
    """Lines over a common axis, with the band of each one's interval; `steps` holds each value until the next."""
    paper = Paper(300)
    ys = [value for one in series for value in (*one.ys, *one.lows, *one.highs)]
    paper.axes(spread([x for one in series for x in one.xs]), y_range or spread(ys), x_name, y_name)
    _legend(paper, [one.name for one in series])
    for at, one in enumerate(series):
        colour = f"c{at % COLOURS}"
        if len(one.lows) == len(one.xs) == len(one.highs):
            upper, lower = _places(paper, one.xs, one.highs, steps), _places(paper, one.xs, one.lows, steps)
            paper.path(f"band {colour}", [*upper, *reversed(lower)], closed=True)
        paper.path(f"ink {colour}", _places(paper, one.xs, one.ys, steps))
        if not steps:
            for x, y in zip(one.xs, one.ys, strict=True):
                paper.dot(f"dot {colour}", paper.x(x), paper.y(y), f"{one.name}: {number(x)}, {number(y)}", 3)
    columns = _columns(
        ("series", "Line", ""),
        ("x", x_name, ""),
        ("y", y_name, unit),
        ("low", "Lower bound of the interval", unit),
        ("high", "Upper bound of the interval", unit),
        ("n", "Counted", ""),
    )
    rows: list[list[Cell]] = [
        [one.name, x, one.ys[at], _at(one.lows, at), _at(one.highs, at), _at(one.ns, at)]
        for one in series
        for at, x in enumerate(one.xs)
    ]
    told = description or f"{y_name} by {x_name} for {', '.join(one.name for one in series) or 'nothing yet'}."
    return made_chart(paper, name, title, told, columns, rows)


def _places(paper: Paper, xs: Sequence[float], ys: Sequence[float], steps: bool) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for x, y in zip(xs, ys, strict=True):
        if steps and points:
            points.append((paper.x(x), points[-1][1]))
        points.append((paper.x(x), paper.y(y)))
    return points


def survival(title: str, curves: Sequence[Series], *, x_name: str, description: str = "", name: str = "") -> Chart:
    """Survival curves as steps from 1 down: the share still there after each step."""
    whole = [one if one.xs and one.xs[0] == 0 else _from_start(one) for one in curves]
    told = description or "The share still there, step by step: " + "; ".join(
        f"{one.name} ends at {number(one.ys[-1])}" for one in whole if one.ys
    )
    return line(
        title, whole, x_name=x_name, y_name="share still there", description=told, name=name, steps=True, y_range=(0, 1)
    )


def _from_start(one: Series) -> Series:
    lows, highs = ([1.0, *one.lows], [1.0, *one.highs]) if one.lows else ((), ())
    ns = [one.ns[0], *one.ns] if one.ns else ()
    return Series(one.name, [0.0, *one.xs], [1.0, *one.ys], lows, highs, ns)


def bars(
    title: str,
    given: Sequence[Bar],
    *,
    value_name: str,
    unit: str = "",
    description: str = "",
    name: str = "",
    span: tuple[float, float] | None = None,
) -> Chart:
    """Bars that lie, one a line, each with the whiskers of its interval and its n."""
    row, left = 26, 190
    paper = Paper(TOP + row * max(1, len(given)) + BOTTOM, left)
    ends = [value for one in given for value in (one.value, one.low, one.high) if value is not None]
    low, high = span or spread(ends, from_zero=True)
    paper.x = Scale(low, high, left, WIDTH - RIGHT - 56)
    base, foot = paper.x(max(low, 0.0)), paper.height - BOTTOM
    for at, one in enumerate(given):
        _bar_line(paper, one, TOP + row * at, row, base, unit)
    paper.line("axis", base, TOP, base, foot)
    for value in (low, (low + high) / 2, high):
        paper.words("tick middle", paper.x(value), foot + 18, number(value))
    paper.words(
        "name middle",
        (left + WIDTH) / 2,
        paper.height - 8,
        f"{value_name}{f' ({unit})' if unit and unit not in value_name else ''}",
    )
    columns = _columns(
        ("label", "What", ""),
        ("value", value_name, unit),
        ("low", "Lower bound of the interval", unit),
        ("high", "Upper bound of the interval", unit),
        ("n", "Counted", ""),
    )
    rows: list[list[Cell]] = [[one.label, one.value, one.low, one.high, one.n] for one in given]
    return made_chart(
        paper, name, title, description or f"{value_name}, a bar for each of {len(given)}.", columns, rows
    )


def _bar_line(paper: Paper, one: Bar, y: float, row: int, base: float, unit: str) -> None:
    """One bar with its label, its n and its whiskers."""
    paper.words("tick end", paper.left - 8, y + 17, shortened(one.label))
    paper.words("tick end", WIDTH - RIGHT, y + 17, f"n {one.n:,}")
    if one.value is None:
        paper.words("tick", base + 6, y + 17, "not known")
        return
    end = paper.x(one.value)
    told = f"{one.label}: {number(one.value)} {unit}, n {one.n:,}"
    paper.box("fill c0", min(base, end), y + 4, abs(end - base), row - 9, told)
    if one.low is not None and one.high is not None:
        x1, x2, middle = paper.x(one.low), paper.x(one.high), y + row / 2
        paper.line("whisker", x1, middle, x2, middle)
        paper.line("whisker", x1, middle - 4, x1, middle + 4)
        paper.line("whisker", x2, middle - 4, x2, middle + 4)


def _shade(value: float | None, low: float, high: float) -> str:
    """The opacity of a cell, from a tenth to the whole, as an attribute."""
    share = 0.0 if value is None else (value - low) / (high - low) if high > low else 0.5
    return f' fill-opacity="{0.1 + 0.9 * min(1.0, max(0.0, share)):.3f}"'


def heat_strip(
    title: str, given: Sequence[Bar], *, value_name: str, unit: str = "", description: str = "", name: str = ""
) -> Chart:
    """A strip of cells, one a place in order (a page of a deck), the darker the more."""
    paper = Paper(104, LEFT)
    values = [one.value for one in given if one.value is not None]
    low, high = spread(values, from_zero=True)
    width = (WIDTH - LEFT - RIGHT) / max(1, len(given))
    for at, one in enumerate(given):
        told = f"{one.label}: {'not known' if one.value is None else number(one.value)} {unit}, n {one.n:,}"
        kind, more = ("empty", "") if one.value is None else ("fill c0", _shade(one.value, low, high))
        paper.box(kind, LEFT + at * width, TOP, max(1.0, width - 1.5), 40, told, more)
        if len(given) <= 24 or at % (len(given) // 12) == 0:
            paper.words("tick middle", LEFT + (at + 0.5) * width, TOP + 56, shortened(one.label, 6))
    paper.words("name middle", (LEFT + WIDTH) / 2, 96, f"{value_name}: light {number(low)}, dark {number(high)} {unit}")
    columns = _columns(("place", "Place", ""), ("value", value_name, unit), ("n", "Counted", ""))
    rows: list[list[Cell]] = [[one.label, one.value, one.n] for one in given]
    return made_chart(paper, name, title, description or f"{value_name} at each of {len(given)} places.", columns, rows)


def matrix(
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    *,
    value_name: str,
    unit: str = "",
    description: str = "",
    name: str = "",
) -> Chart:
    """A matrix of cells, the darker the more; the table has a line for each cell. Columns are numbered on the paper."""
    left, size = 190, min(38.0, (WIDTH - 190 - RIGHT) / max(1, len(columns)))
    paper = Paper(int(TOP + 20 + size * max(1, len(rows)) + 30), left)
    low, high = spread([one for row in values for one in row if one is not None], from_zero=True)
    for at in range(len(columns)):
        paper.words("tick middle", left + (at + 0.5) * size, TOP + 8, str(at + 1))
    for at, (label, row) in enumerate(zip(rows, values, strict=True)):
        y = TOP + 16 + at * size
        paper.words("tick end", left - 8, y + size / 2 + 4, f"{shortened(label, 23)} {at + 1}")
        for place, value in enumerate(row):
            told = f"{label} → {columns[place]}: {'not known' if value is None else number(value)} {unit}"
            kind, more = ("empty", "") if value is None else ("fill c0", _shade(value, low, high))
            paper.box(kind, left + place * size, y, size - 1.5, size - 1.5, told, more)
    paper.words("name middle", (left + WIDTH) / 2, paper.height - 8, f"{value_name}: dark is {number(high)} {unit}")
    told_columns = _columns(("row", "Row", ""), ("column", "Column", ""), ("value", value_name, unit))
    cells: list[list[Cell]] = [
        [label, columns[at], value] for label, row in zip(rows, values, strict=True) for at, value in enumerate(row)
    ]
    told = description or f"{value_name} of {len(rows)} rows and {len(columns)} columns."
    return made_chart(paper, name, title, told, told_columns, cells)


def calibration(title: str, bins: Sequence[Bin], *, description: str = "", name: str = "") -> Chart:
    """What was predicted against what came true, with intervals; on the dashed line both are the same."""
    paper = Paper(320)
    paper.axes((0, 1), (0, 1), "predicted", "came true")
    paper.line("guide", paper.x(0), paper.y(0), paper.x(1), paper.y(1))
    for one in bins:
        x = paper.x(one.predicted)
        paper.line("whisker", x, paper.y(one.low), x, paper.y(one.high))
        told = f"predicted {number(one.predicted)}, came true {number(one.observed)}, n {one.n:,}"
        paper.dot("dot c0", x, paper.y(one.observed), told, 5)
    columns = _columns(
        ("predicted", "Mean of the predictions", "share"),
        ("observed", "What came true", "share"),
        ("low", "Lower bound of the interval", "share"),
        ("high", "Upper bound of the interval", "share"),
        ("n", "Predictions", ""),
    )
    told = description or f"Predictions in {len(bins)} groups against what came true."
    return made_chart(paper, name, title, told, columns, [list(one) for one in bins])


def scatter(
    title: str, points: Sequence[Point], *, x_name: str, y_name: str, description: str = "", name: str = ""
) -> Chart:
    """Points, each with its name for a pointer that rests on it."""
    paper = Paper(320)
    paper.axes(spread([one.x for one in points]), spread([one.y for one in points]), x_name, y_name)
    for one in points:
        paper.dot("dot c0", paper.x(one.x), paper.y(one.y), f"{one.label}: {number(one.x)}, {number(one.y)}")
    columns = _columns(("label", "What", ""), ("x", x_name, ""), ("y", y_name, ""), ("n", "Counted", ""))
    told = description or f"{y_name} against {x_name} for {len(points)} points."
    return made_chart(paper, name, title, told, columns, [list(one) for one in points])
