"""The gradebook of a course: each student's share of each test, the weighted whole, and what was gained per module.

Of several sittings the best counts. Withdrawn questions count for nobody; an answer that is still to be marked counts
nothing yet, and is told. A test that somebody did not sit counts 0 once it has closed, and not at all before.
"""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, PersonView
from app.assessment.documents import PaperView, Purpose, Standing
from app.assessment.models import Attempt, ItemRow, Sitting, SittingItem, VersionRow
from app.assessment.papers import papers_of
from app.base.cells import csv_line
from app.base.db import now
from app.courses.models import Module


class Cell(BaseModel):
    """One student's best sitting of one test: `share` is 0 to 1. `open` answers of it are still to be marked."""

    sitting_id: UUID | None = None
    raw: float = 0.0
    points: float = 0.0
    share: float = 0.0
    open: int = 0


class Gain(BaseModel):
    """From the test before a module to the one after it, as shares. `normalised` is the part gained of what there was
    to gain, (after - before) / (1 - before), after Hake, "Interactive-engagement versus traditional methods" (American
    Journal of Physics 66, 1998); None where nothing was left to gain.
    """

    module_id: UUID
    module: str
    before: float
    after: float
    normalised: float | None


class GradeLine(BaseModel):
    """One student: a cell per test (None where not sat), the weighted whole (None before anything counts), gains."""

    person: PersonView
    cells: list[Cell | None]
    whole: float | None
    gains: list[Gain]


class Gradebook(BaseModel):
    """The tests that count or show a gain, in order, and a line per student, by name."""

    papers: list[PaperView]
    lines: list[GradeLine]
    modules: list[str]


def gradebook(session: Session, course_id: UUID) -> Gradebook:
    """The gradebook of a course, for a caller who has checked that who asks teaches it."""
    papers = [one for one in papers_of(session, course_id) if one.purpose is not Purpose.PRACTICE]
    papers = [one for one in papers if one.published or one.taken]
    best = _best(session, [one.id for one in papers])
    query = select(Module.id, Module.title).where(Module.course_id == course_id).order_by(Module.position)
    modules = dict(session.execute(query).all())
    lines = []
    for person in accounts.people(session, course_id):
        if person.role is CourseRole.STUDENT:
            cells = [best.get((one.id, person.id)) for one in papers]
            gains = _gains(papers, cells, modules)
            lines.append(GradeLine(person=person, cells=cells, whole=_whole(papers, cells), gains=gains))
    return Gradebook(papers=papers, lines=lines, modules=_with_gain(papers, modules))


def _best(session: Session, paper_ids: list[UUID]) -> dict[tuple[UUID, UUID], Cell]:
    """The best ended sitting of each person at each test: the highest share, the later of two alike."""
    graded = Attempt.state == Standing.GRADED.value
    waiting = Attempt.state.in_((Standing.WAITING.value, Standing.QUEUED.value))
    query = (
        select(
            Sitting.paper_id,
            Sitting.person_id,
            Sitting.id,
            func.coalesce(func.sum(case((graded, Attempt.raw))), 0.0),
            func.sum(VersionRow.item["points"].as_float()),
            func.count().filter(waiting),
        )
        .join(SittingItem, SittingItem.sitting_id == Sitting.id)
        .join(VersionRow, VersionRow.id == SittingItem.version_id)
        .join(ItemRow, ItemRow.id == VersionRow.item_id)
        .outerjoin(Attempt, (Attempt.sitting_id == Sitting.id) & (Attempt.version_id == VersionRow.id))
        .where(Sitting.paper_id.in_(paper_ids), Sitting.submitted_at.is_not(None), ItemRow.withdrawn_at.is_(None))
        .group_by(Sitting.id)
        .order_by(Sitting.number)
    )
    found: dict[tuple[UUID, UUID], Cell] = {}
    for paper, person, sitting, raw, points, open_ in session.execute(query):
        cell = Cell(sitting_id=sitting, raw=round(raw, 4), points=points, share=raw / points, open=open_)
        if (paper, person) not in found or cell.share >= found[paper, person].share:
            found[paper, person] = cell
    return found


def _whole(papers: list[PaperView], cells: list[Cell | None]) -> float | None:
    """The weighted mean of the shares. A test before a module measures what was known already and never counts."""
    moment, total, weights = now(), 0.0, 0.0
    for paper, cell in zip(papers, cells, strict=True):
        is_over = paper.closes_at is not None and paper.closes_at <= moment
        if paper.purpose is Purpose.PRE or not (cell or is_over):
            continue
        total += paper.weight * (cell.share if cell else 0.0)
        weights += paper.weight
    return total / weights if weights else None


def _gains(papers: list[PaperView], cells: list[Cell | None], modules: dict[UUID, str]) -> list[Gain]:
    """The gain in each module whose tests before and after were both sat; of several, the last counts."""
    shares: defaultdict[UUID, dict[Purpose, float]] = defaultdict(dict)
    for paper, cell in zip(papers, cells, strict=True):
        if cell and paper.module_id and not cell.open:
            shares[paper.module_id][paper.purpose] = cell.share
    found = []
    for module_id, title in modules.items():
        own = shares.get(module_id, {})
        if Purpose.PRE in own and Purpose.POST in own:
            before, after = own[Purpose.PRE], own[Purpose.POST]
            normalised = (after - before) / (1 - before) if before < 1 else None
            found.append(Gain(module_id=module_id, module=title, before=before, after=after, normalised=normalised))
    return found


def _with_gain(papers: list[PaperView], modules: dict[UUID, str]) -> list[str]:
    """The modules that have a test before and one after them."""
    kinds = {(one.module_id, one.purpose) for one in papers}
    return [title for one, title in modules.items() if {(one, Purpose.PRE), (one, Purpose.POST)} <= kinds]


def gradebook_csv(book: Gradebook) -> Iterator[str]:
    """The gradebook as CSV: names, a share in percent per test, the whole, and before, after and gain per module."""
    gains = [f"{title}: {what}" for title in book.modules for what in ("before", "after", "gain")]
    yield csv_line(["name", "e-mail", *(f"{one.title} (%)" for one in book.papers), "whole (%)", *gains])
    for line in book.lines:
        cells = [_percent(one.share) if one else "" for one in line.cells]
        own = {one.module: one for one in line.gains}
        shown: list[str | float] = []
        for title in book.modules:
            gain = own.get(title)
            shown += [_percent(gain.before), _percent(gain.after), _ratio(gain.normalised)] if gain else ["", "", ""]
        whole = _percent(line.whole) if line.whole is not None else ""
        yield csv_line([line.person.name, line.person.email, *cells, whole, *shown])


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _ratio(value: float | None) -> str | float:
    return "" if value is None else round(value, 2)
