"""A chart in words: its title, its categories, and each series with its values."""

from collections.abc import Iterable

from pptx.chart.chart import Chart

CATEGORIES_MOST = 16
SERIES_MOST = 8


def chart_words(chart: Chart) -> list[str]:
    """Lines such as "Chart: Sales" and "East: Q1 4.5, Q2 7". Long series are cut with a count of what is missing."""
    lines = [f"Chart: {title}" if (title := _title(chart)) else "Chart"]
    for plot in chart.plots:
        labels = [" ".join(str(one).split()) for one in plot.categories]
        series = list(plot.series)
        lines += [_series_words(one.name, labels, one.values) for one in series[:SERIES_MOST]]
        if len(series) > SERIES_MOST:
            lines.append(f"and {len(series) - SERIES_MOST} more series")
    return lines


def _title(chart: Chart) -> str:
    if not chart.has_title or not chart.chart_title.has_text_frame:
        return ""
    return " ".join(chart.chart_title.text_frame.text.split())


def _series_words(name: str, labels: list[str], values: Iterable[float | None]) -> str:
    numbers = [_number(one) for one in values]
    pairs = [
        " ".join(filter(None, [labels[at] if at < len(labels) else "", number]))
        for at, number in enumerate(numbers)
        if number
    ]
    shown = ", ".join(pairs[:CATEGORIES_MOST])
    more = f", and {len(pairs) - CATEGORIES_MOST} more" if len(pairs) > CATEGORIES_MOST else ""
    return f"{' '.join(name.split()) or 'Series'}: {shown}{more}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
