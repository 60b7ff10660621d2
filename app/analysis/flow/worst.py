"""Pages that stand out: where a lesson loses classes, and what is asked about most."""

from app.analysis.flow.strip import PageFlow, Strip
from app.analysis.logs.lines import Lines
from app.analysis.logs.telling import percent, words
from app.analysis.schema import Evidence, Finding
from app.analysis.subject import Subject

LEAST = 3
"""Fewer classes than these make no finding."""
ASKED = 0.2
"""Where surely more than this share of classes ask, a page can say more."""
AREA = "flow"


def page_findings(subject: Subject, lines: Lines, strips: list[Strip]) -> list[Finding]:
    """The page that loses the most classes, and the one that is asked about most, where either is surely so."""
    whole = sum(one.classes for one in strips) or 1
    return [*_losing(subject, lines, strips, whole), *_asked(subject, lines, strips, whole)]


def _losing(subject: Subject, lines: Lines, strips: list[Strip], whole: int) -> list[Finding]:
    every = [(one, page) for one in strips for page in one.pages if page.shown]
    lost = sum(page.stopped.value * page.shown for _, page in every)
    shown = sum(page.shown for _, page in every)
    if not shown:
        return []
    usual = lost / shown
    worst = max(
        (one for one in every if _count(one[1], "stopped") >= LEAST and one[1].stopped.low > usual),
        key=lambda one: one[1].stopped.low,
        default=None,
    )
    if worst is None:
        return []
    told, page = worst
    title = lines.course.lessons[told.lesson].title
    return [
        Finding(
            area=AREA,
            todo=f"Look at page {page.page.number} of “{title}”: classes stop there.",
            why=f"{percent(page.stopped.value)} of {page.shown:,} classes stop on it (95 % interval "
            f"{percent(page.stopped.low)} to {percent(page.stopped.high)}); on a page as such {percent(usual)} do.",
            evidence=_evidence(subject, lines, told, page, "stopped", "What was said last there"),
            weight=min(1.0, page.stopped.low * page.shown / whole + 0.05),
        )
    ]


def _asked(subject: Subject, lines: Lines, strips: list[Strip], whole: int) -> list[Finding]:
    every = [(one, page) for one in strips for page in one.pages if _count(page, "asked") >= LEAST]
    most = max((one for one in every if one[1].asked.low > ASKED), key=lambda one: one[1].asked.low, default=None)
    if most is None:
        return []
    told, page = most
    title = lines.course.lessons[told.lesson].title
    return [
        Finding(
            area=AREA,
            todo=f"Say more on page {page.page.number} of “{title}”: it is asked about most.",
            why=f"{percent(page.asked.value)} of {page.shown:,} classes ask something on it (95 % interval "
            f"{percent(page.asked.low)} to {percent(page.asked.high)}), {page.questions:,} questions in all.",
            evidence=_evidence(subject, lines, told, page, "asked", "What was asked"),
            weight=min(1.0, page.asked.low * page.shown / whole * 0.3),
        )
    ]


def _count(page: PageFlow, sign: str) -> float:
    return page.sign(sign).value * page.shown if page.shown else 0.0


def _evidence(subject: Subject, lines: Lines, told: Strip, page: PageFlow, sign: str, link: str) -> list[Evidence]:
    lesson = lines.course.lessons[told.lesson].id
    return words(subject, link, lesson=lesson, page=page.page.number, sign=sign)
