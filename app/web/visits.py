"""A learner's record as it is read: class by class, newest first, each told from its beginning."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.records.schema import RecordLine

WORDS = {
    "initialized": "The class began",
    "asked": "You asked",
    "responded": "You answered",
    "suspended": "You paused",
    "resumed": "You went on",
    "continued": "You moved on",
    "preferred": "You chose how much the classmates say",
    "terminated": "The class ended",
    "registered": "You joined",
    "exited": "You left",
}


@dataclass
class Step:
    """One line of a visit. `said` are the learner's words, `answer` what an agent replied and from which pages."""

    at: datetime
    words: str
    said: str = ""
    answer: str = ""
    answered_by: str = ""
    answer_pages: list[int] = field(default_factory=list)


@dataclass
class Visit:
    """One class that a learner attended. `began` is the time of its first line that is shown."""

    class_id: UUID
    lesson: str
    began: datetime
    steps: list[Step] = field(default_factory=list)
    pages: set[int] = field(default_factory=set)
    questions: int = 0
    ended: bool = False


def visits(lines: Iterable[RecordLine]) -> list[Visit]:
    """The lines (newest first) gathered into classes, newest first."""
    found: dict[UUID, Visit] = {}
    shown: dict[UUID, list[int]] = {}
    for line in reversed(list(lines)):
        visit = found.setdefault(line.class_id, Visit(line.class_id, line.lesson, line.at))
        run = shown.setdefault(line.class_id, [])
        _tell(visit, line, run)
    return sorted(found.values(), key=lambda visit: visit.began, reverse=True)


def _tell(visit: Visit, line: RecordLine, run: list[int]) -> None:
    """Add a line to its visit. Pages shown one after another become one step; `run` holds those of the last step."""
    if line.verb == "experienced":
        visit.pages.add(line.page)
        if run:
            visit.steps.pop()
        run.append(line.page)
        visit.steps.append(Step(line.at, page_words(run)))
        return
    run.clear()
    visit.questions += line.verb == "asked"
    visit.ended = line.verb == "terminated"
    words = WORDS.get(line.verb, line.verb.capitalize())
    if line.page and line.words:
        words += f" on page {line.page}"
    visit.steps.append(Step(line.at, words, line.words, line.answer, line.answered_by, line.answer_pages))


def page_words(pages: list[int]) -> str:
    """Pages in the order they were shown: "Page 3", "Pages 1 to 4", "Pages 4, 3, 4"."""
    if len(pages) == 1:
        return f"Page {pages[0]}"
    if pages == list(range(pages[0], pages[0] + len(pages))):
        return f"Pages {pages[0]} to {pages[-1]}"
    return f"Pages {', '.join(map(str, pages))}"
