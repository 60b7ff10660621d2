"""A chart in words: its title, its categories, and each series with its values."""

from typing import Any

from pptx.chart.chart import Chart
from pptx.oxml.ns import qn

CATEGORIES_MOST = 16
SERIES_MOST = 8


def chart_words(chart: Chart) -> list[str]:
    """Lines such as "Chart: Sales" and "East: Q1 4.5, Q2 7". Long series are cut with a count of what is missing."""
    lines = [f"Chart: {title}"] if (title := _title(chart)) else []
    for plot in chart.plots:
        labels = [" ".join(str(one).split()) for one in plot.categories]
        series = list(plot.series)
        lines += [_series_words(one, labels) for one in series[:SERIES_MOST]]
        if len(series) > SERIES_MOST:
            lines.append(f"and {len(series) - SERIES_MOST} more series")
    return lines


def _title(chart: Chart) -> str:
    if not chart.has_title or not chart.chart_title.has_text_frame:
        return ""
    return " ".join(chart.chart_title.text_frame.text.split())


def _series_words(series: Any, labels: list[str]) -> str:
    numbers = value_words(series)
    pairs = [
        " ".join(filter(None, [labels[at] if at < len(labels) else "", number]))
        for at, number in enumerate(numbers)
        if number
    ]
    shown = ", ".join(pairs[:CATEGORIES_MOST])
    more = f", and {len(pairs) - CATEGORIES_MOST} more" if len(pairs) > CATEGORIES_MOST else ""
    return f"{' '.join(series.name.split()) or 'Series'}: {shown}{more}"


def value_words(series: Any) -> list[str]:
    """A series' values as they are read, with a percent sign where its format has one; "" for a missing one."""
    code = series._element.find(f".//{qn('c:val')}//{qn('c:formatCode')}")
    form = code.text or "" if code is not None else ""
    return [_number(value, form) for value in series.values]


def _number(value: float | None, form: str) -> str:
    if value is None:
        return ""
    if "%" in form and '"%"' not in form:
        return f"{value * 100:.3g}%"
    return f"{value:.6g}" + ("%" if "%" in form else "")
