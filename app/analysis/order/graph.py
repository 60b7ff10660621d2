"""The prerequisite graph as a drawing: what needs nothing on the left, and each component right of all it needs."""

from app.analysis.charts import COLOURS, made_chart, shortened
from app.analysis.drawing import RIGHT, TOP, WIDTH, Paper, number
from app.analysis.order.prerequisites import Edge, Graph
from app.analysis.schema import Cell, Chart, Column

BOX, ROW = 30, 50


def levels(graph: Graph) -> list[int]:
    """How many steps each component stands from one that needs nothing, along the longest way."""
    found = [0] * len(graph.components)
    steps = [(graph.components.index(one.before), graph.components.index(one.after)) for one in _drawn(graph)]
    for _ in graph.components:
        for before, after in steps:
            found[after] = max(found[after], found[before] + 1)
    return found


def _drawn(graph: Graph) -> list[Edge]:
    return [one for one in graph.edges if one.settled is not False]


def draw(graph: Graph) -> Chart:
    """The graph with its table. Settled steps are whole lines, suggestions dashed, the surer the darker."""
    column = levels(graph)
    deep = max(column, default=0) + 1
    rows = max((column.count(one) for one in set(column)), default=1)
    paper = Paper(TOP + ROW * max(1, rows) + 34, left=8)
    step = (WIDTH - RIGHT - 8) / deep
    width = min(170.0, step - 26)
    used = [0] * deep
    places = {}
    for name, at in zip(graph.components, column, strict=True):
        places[name] = (8 + at * step, TOP + ROW * used[at])
        used[at] += 1
    for one in _drawn(graph):
        _arrow(paper, places[one.before], places[one.after], width, one)
    for name, (x, y) in places.items():
        paper.box("node", x, y, width, BOX, name, ' rx="6"')
        paper.words("on middle", x + width / 2, y + BOX / 2 + 4, shortened(name, int(width / 7)))
    paper.words("name", 8, paper.height - 10, "whole lines: settled by people; dashed: suggested, the surer the darker")
    told = f"{len(graph.components)} components and {len(_drawn(graph))} steps between them, from left to right."
    return made_chart(paper, "prerequisites", "What comes before what", told, _columns(), _rows(graph))


def _arrow(paper: Paper, start: tuple[float, float], end: tuple[float, float], width: float, edge: Edge) -> None:
    x1, y1, x2, y2 = start[0] + width, start[1] + BOX / 2, end[0], end[1] + BOX / 2
    bend = max(14.0, (x2 - x1) / 2)
    kind = f"edge c{0 if edge.settled else 1 % COLOURS}{'' if edge.settled else ' dashed'}"
    strong = 1.0 if edge.settled else 0.25 + 0.75 * edge.together
    curve = f"M{x1:g} {y1:g}C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2 - 6:g} {y2:g}"
    told = f"{edge.before} before {edge.after}: {'settled' if edge.settled else number(edge.together)}"
    paper.curve(kind, curve, told, strong)
    paper.path(f"head c{0 if edge.settled else 1}", [(x2 - 8, y2 - 4), (x2, y2), (x2 - 8, y2 + 4)], closed=True)


def _columns() -> list[Column]:
    named = [
        ("before", "Before", ""),
        ("after", "After", ""),
        ("together", "Confidence", "0 to 1"),
        ("text", "From the text", "0 to 1"),
        ("records", "From the records", "0 to 1"),
        ("n", "Learners who answered on both", ""),
        ("settled", "Settled by people", ""),
    ]
    return [Column(name=name, meaning=meaning, unit=unit) for name, meaning, unit in named]


def _rows(graph: Graph) -> list[list[Cell]]:
    words = {None: "open", True: "yes", False: "no"}
    return [
        [one.before, one.after, one.together, one.text, one.records, one.n, words[one.settled]] for one in graph.edges
    ]
