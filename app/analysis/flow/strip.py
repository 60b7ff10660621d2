"""A lesson page by page: where classes stop, slow down, go back, and are asked something."""

from dataclasses import dataclass

import numpy as np

from app.analysis.logs.codes import ACTIVITIES, CAUSES
from app.analysis.logs.intervals import Interval, median, wilson
from app.analysis.logs.lines import Floats, Lines, Page, Truths, Whole
from app.classroom.schema import Kind

IDLE = 86400.0
"""A class in which nothing happened for so many seconds has stopped, also where nobody ended it."""
SIGNS = ("stopped", "slow", "back", "asked")
WORDS = {
    "stopped": "stopped here",
    "slow": "time for its words",
    "back": "went back to it",
    "asked": "asked here",
}


@dataclass(frozen=True)
class PageFlow:
    """What happened on a page. `shown` counts classes; shares are of these; `seconds` is the median of a class, `slow`
    the median of (share of its time spent here) / (share of its words said here): 1 is as long as its words ask for.
    """

    page: Page
    shown: int
    stopped: Interval
    back: Interval
    asked: Interval
    questions: int
    seconds: Interval
    slow: Interval

    def sign(self, name: str) -> Interval:
        """One of SIGNS."""
        found: Interval = getattr(self, name)
        return found


@dataclass(frozen=True)
class Strip:
    """A lesson's pages, of `classes` classes that began it and `finished` of them."""

    lesson: int
    pages: list[PageFlow]
    classes: int
    finished: Interval

    def heat(self, page: PageFlow, sign: str) -> int:
        """How a page compares with the lesson's page that has the most of a sign, from 0 to 10."""
        most = max((one.sign(sign).value for one in self.pages if one.sign(sign).n), default=0.0)
        own = page.sign(sign)
        return round(10 * own.value / most) if own.n and most > 0 else 0


@dataclass(frozen=True)
class _Sheet:
    """Class by page of one lesson: shape (classes, pages + 1); column 0 is before the first page."""

    seconds: Floats
    shown: Truths
    back: Truths
    asked: Whole
    last: Whole
    finished: Truths
    is_over: Truths


def strip(lines: Lines, lesson: int, as_of: float) -> Strip:
    """The flow through a lesson, of all its classes. A shared class counts once."""
    facts = lines.course.lessons[lesson]
    _, sheet = _of_lesson(lines, lesson, as_of)
    n = len(sheet.last)
    slow = _slow(sheet, _words(facts.pages))
    stopped = ~sheet.finished & sheet.is_over
    pages = []
    for page in facts.pages:
        at = page.number
        shown = int(sheet.shown[:, at].sum())
        pages.append(
            PageFlow(
                page=page,
                shown=shown,
                stopped=wilson(float((stopped & (sheet.last == at)).sum()), shown),
                back=wilson(float(sheet.back[:, at].sum()), shown),
                asked=wilson(float((sheet.asked[:, at] > 0).sum()), shown),
                questions=int(sheet.asked[:, at].sum()),
                seconds=median(sheet.seconds[sheet.shown[:, at], at]),
                slow=median(slow[sheet.shown[:, at], at]),
            )
        )
    return Strip(lesson, pages, n, wilson(float(sheet.finished.sum()), n))


def _words(pages: tuple[Page, ...]) -> Floats:
    """How many words the script says on each page, by number; 0 before the first."""
    found: Floats = np.zeros(max([page.number for page in pages], default=0) + 1)
    for page in pages:
        found[page.number] = page.words
    return found


def _sheet(lines: Lines, own: Truths, highest: int, as_of: float) -> _Sheet:
    ids = np.flatnonzero(own)
    row_of = np.full(len(lines.classes), -1)
    row_of[ids] = np.arange(len(ids))
    mine = own[lines.klass] if len(lines) else np.zeros(0, dtype=bool)
    row, page = row_of[lines.klass[mine]], np.minimum(lines.page[mine], highest)
    shape = (len(ids), highest + 1)
    flat = np.ravel_multi_index((row, page), shape) if len(row) else np.zeros(0, dtype=int)

    def table(which: Truths | None = None, weights: Floats | None = None) -> Floats:
        at = flat if which is None else flat[which]
        told = weights if which is None or weights is None else weights[which]
        return np.bincount(at, told, minlength=shape[0] * shape[1]).reshape(shape).astype(float)

    shows = lines.of(Kind.PAGE)[mine]
    asks = lines.messages[mine] & (lines["activity"][mine] == ACTIVITIES.index("asking"))
    ended = lines.of(Kind.ENDED)[mine]
    last, latest = np.zeros(len(ids), dtype=np.int64), np.zeros(len(ids))
    last[row] = page  # the last line of each class wins
    np.maximum.at(latest, row, lines["at"][mine])
    finished, over = np.zeros(len(ids), dtype=bool), np.zeros(len(ids), dtype=bool)
    finished[row[ended & (lines["cause"][mine] == CAUSES.index("finished"))]] = True
    over[row[ended]] = True
    return _Sheet(
        seconds=table(weights=lines.gaps[mine]),
        shown=table(shows) > 0,
        back=table(shows & (lines["cause"][mine] == CAUSES.index("back"))) > 0,
        asked=table(asks).astype(np.int64),
        last=last,
        finished=finished,
        is_over=over | (as_of - latest > IDLE),
    )


def _slow(sheet: _Sheet, words: Floats) -> Floats:
    """Each page's share of a class's time, over its share of the words on the pages that the class was shown."""
    said = np.where(sheet.shown, words[None, :], 0.0)
    time = np.where(sheet.shown, sheet.seconds, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = (time / time.sum(axis=1, keepdims=True)) / (said / said.sum(axis=1, keepdims=True))
    found[~np.isfinite(found)] = np.nan
    return found


def stopped_at(lines: Lines, lesson: int, page: int, as_of: float) -> Whole:
    """The classes (places) of a lesson that stopped on a page."""
    own, sheet = _of_lesson(lines, lesson, as_of)
    found: Whole = np.flatnonzero(own)[~sheet.finished & sheet.is_over & (sheet.last == page)]
    return found


def time_ratios(lines: Lines, lesson: int, page: int) -> dict[int, float]:
    """For each class (its place) that was shown a page, its time there against what the page's words ask for."""
    own, sheet = _of_lesson(lines, lesson, np.inf)
    slow = _slow(sheet, _words(lines.course.lessons[lesson].pages))
    if page >= slow.shape[1]:
        return {}
    told = zip(np.flatnonzero(own).tolist(), slow[:, page].tolist(), strict=True)
    return {klass: ratio for klass, ratio in told if np.isfinite(ratio)}


def _of_lesson(lines: Lines, lesson: int, as_of: float) -> tuple[Truths, _Sheet]:
    own = np.array([one.lesson == lesson for one in lines.classes], dtype=bool)
    highest = max([page.number for page in lines.course.lessons[lesson].pages], default=0)
    return own, _sheet(lines, own, highest, as_of)
