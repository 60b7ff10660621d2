"""How charts are drawn: a canvas of SVG with a scale each way. Colours are classes: the theme gives them."""

import math
from collections.abc import Sequence
from html import escape

WIDTH = 640
LEFT, RIGHT, TOP, BOTTOM = 62, 16, 14, 46
STANDALONE = (
    "svg{background:#fff;font-family:system-ui,sans-serif}"
    ".axis,.grid{stroke:#8b8c7c;fill:none}.grid{stroke:#d9d7c8}.tick,.name{fill:#4d5a54;font-size:12px}"
    ".c0{--c:#246348}.c1{--c:#22598f}.c2{--c:#875400}.c3{--c:#62469a}.c4{--c:#a83258}.c5{--c:#0f6370}"
    ".ink{stroke:var(--c);fill:none;stroke-width:2}.dot{fill:var(--c)}.fill{fill:var(--c)}"
    ".band{fill:var(--c);opacity:.16}.whisker{stroke:#1c2723;stroke-width:1.5}.value{fill:#1c2723;font-size:12px}"
    ".guide{stroke:#8b8c7c;stroke-dasharray:4 4}.on{fill:#fff;font-size:12px}.end{text-anchor:end}"
    ".edge{stroke:var(--c);fill:none;stroke-width:2}.dashed{stroke-dasharray:5 4}.head{fill:var(--c)}"
    ".node{fill:#e0ede3;stroke:#246348}.node+.on{fill:#1c2723}"
    ".middle{text-anchor:middle}.empty{fill:#e9e8dd}"
)


def number(value: float) -> str:
    """A number for people: at most three digits that matter, thousands with commas."""
    if not math.isfinite(value):
        return "–"
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    words = f"{value:.3g}"
    return f"{value:.4f}" if "e" in words else words


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers from `low` to `high`, at most `most` of them."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    raw = span / max(1, most - 1)
    unit: float = 10.0 ** math.floor(math.log10(raw))
    step = next(unit * one for one in (1, 2, 2.5, 5, 10) if unit * one >= raw * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(at * step, 12) for at in range(first, math.floor(high / step + 1e-9) + 1)]


class Scale:
    """From values to places on the paper, linear. A span of nothing lies in the middle."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        self.low, self.high, self.start, self.end = low, high, start, end

    def __call__(self, value: float) -> float:
        span = self.high - self.low
        share = (value - self.low) / span if span else 0.5
        return round(self.start + share * (self.end - self.start), 2)


def spread(values: Sequence[float], from_zero: bool = False) -> tuple[float, float]:
    """The least and the greatest finite value, apart from each other, with 0 among them where asked."""
    finite = [one for one in values if math.isfinite(one)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if from_zero:
        low, high = min(0.0, low), max(0.0, high)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


class Paper:
    """A drawing in the making. `x` and `y` are set by `axes`."""

    def __init__(self, height: int, left: int = LEFT, bottom: int = BOTTOM) -> None:
        self.height, self.left, self.bottom = height, left, bottom
        self.marks: list[str] = []
        self.x = Scale(0, 1, left, WIDTH - RIGHT)
        self.y = Scale(0, 1, height - bottom, TOP)

    def line(self, kind: str, x1: float, y1: float, x2: float, y2: float) -> None:
        """A straight line."""
        self.marks.append(f'<line class="{kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>')

    def path(self, kind: str, points: Sequence[tuple[float, float]], closed: bool = False) -> None:
        """Lines through points."""
        if points:
            steps = "L".join(f"{x:g} {y:g}" for x, y in points)
            self.marks.append(f'<path class="{kind}" d="M{steps}{"Z" if closed else ""}"/>')

    def curve(self, kind: str, steps: str, told: str = "", strong: float = 1.0) -> None:
        """A bent line by SVG's own steps, as strong as is said (0 to 1)."""
        title = f"<title>{escape(told)}</title>" if told else ""
        self.marks.append(f'<path class="{kind}" d="{steps}" stroke-opacity="{strong:.2f}">{title}</path>')

    def box(self, kind: str, x: float, y: float, width: float, height: float, told: str = "", more: str = "") -> None:
        """A rectangle, with words for a pointer that rests on it."""
        title = f"<title>{escape(told)}</title>" if told else ""
        size = f'width="{max(0.0, width):g}" height="{max(0.0, height):g}"'
        self.marks.append(f'<rect class="{kind}" x="{x:g}" y="{y:g}" {size}{more}>{title}</rect>')

    def dot(self, kind: str, x: float, y: float, told: str = "", radius: float = 4) -> None:
        """A point."""
        title = f"<title>{escape(told)}</title>" if told else ""
        self.marks.append(f'<circle class="{kind}" cx="{x:g}" cy="{y:g}" r="{radius:g}">{title}</circle>')

    def words(self, kind: str, x: float, y: float, text: str, more: str = "") -> None:
        """Words, beginning at x unless the kind says otherwise."""
        self.marks.append(f'<text class="{kind}" x="{x:g}" y="{y:g}"{more}>{escape(text)}</text>')

    def axes(self, x: tuple[float, float], y: tuple[float, float], x_name: str, y_name: str) -> None:
        """Both axes with their round numbers and names, and the scales that go with them."""
        self.x = Scale(*x, self.left, WIDTH - RIGHT)
        self.y = Scale(*y, self.height - self.bottom, TOP)
        for value in ticks(*y):
            self.line("grid", self.left, self.y(value), WIDTH - RIGHT, self.y(value))
            self.words("tick end", self.left - 8, self.y(value) + 4, number(value))
        for value in ticks(*x, most=8):
            self.words("tick middle", self.x(value), self.height - self.bottom + 18, number(value))
        self.line("axis", self.left, self.height - self.bottom, WIDTH - RIGHT, self.height - self.bottom)
        self.words("name middle", (self.left + WIDTH - RIGHT) / 2, self.height - 8, x_name)
        middle = (TOP + self.height - self.bottom) / 2
        self.words("name middle", 14, middle, y_name, f' transform="rotate(-90 14 {middle:g})"')

    def svg(self, name: str, title: str, description: str) -> str:
        """The whole drawing. `name` makes the ids of its title and description."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {self.height}" '
            f'role="img" aria-labelledby="{name}-t {name}-d">'
        )
        told = f'<title id="{name}-t">{escape(title)}</title><desc id="{name}-d">{escape(description)}</desc>'
        return head + told + "".join(self.marks) + "</svg>"


def standalone(svg: str) -> str:
    """A drawing as a file of its own, with its colours inside."""
    start = svg.index(">") + 1
    return f"{svg[:start]}<style>{STANDALONE}</style>{svg[start:]}"
