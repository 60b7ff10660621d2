"""The job that reads a deck: a short claim, the reader child, pages kept as they come, a verdict at the end.

The material row's lease is the reader's sign of life and its count of attempts the proof that it still holds the
claim: a reader that was paused and overtaken finds the count changed, and stops.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.base.db import now, unit_of_work
from app.base.settings import get_settings
from app.base.stream import publish_after_commit
from app.courses.access import material_view
from app.courses.models import Material
from app.courses.pages import store_page
from app.courses.passages import cut
from app.courses.reader import ReaderDied, Request, read_lines
from app.courses.schema import DeckKind, MaterialStatus, ReaderLine, ReadPage
from app.courses.trouble import PAGE_PROBLEM
from app.courses.upload import deck_path, pictures_folder
from app.inference.service import embed

ATTEMPTS = 3
LEASE = timedelta(seconds=20)
RENEW_SECONDS = 5.0
DEATHS_MOST = 3
"""How many pages of one deck may bring the child down; each is skipped, and the rest goes on."""

BROKE_OFF = "Reading this deck broke off three times. Save it again, as PDF if need be, and upload the new copy."
UNREADABLE = "No page of this deck could be read. Save it again, as PDF if need be, and upload the new copy."
MISSING = "The deck's file is no longer on the server. Upload it again."
LATE_PAGE = "This page was not reached in the time a deck may take to read."
TOO_LONG = "Reading this deck took too long, and nothing could be read. Split it, or save it as PDF, and upload that."


class Overtaken(Exception):
    """Somebody else holds the claim by now, or the material is gone."""


@dataclass
class Claim:
    """One attempt at one deck, and what has come of it. `deadline` is in the seconds of time.monotonic()."""

    material_id: UUID
    kind: DeckKind
    attempt: int
    deadline: float
    renewed: float = field(default_factory=time.monotonic)
    count: int = 0
    reached: int = 0
    deaths: int = 0
    plain: bool = False
    late: bool = False
    refusal: str = ""
    unread: list[int] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether nothing is left to be read."""
        return bool(self.refusal) or self.late or 0 < self.count <= self.reached or self.deaths > DEATHS_MOST


def read_deck(material_id: UUID) -> None:
    """Read a deck that waits, or whose reader went silent; pages appear as they are done. Safe to run twice."""
    claim = _claim(material_id)
    if claim is None:
        return
    try:
        if not deck_path(material_id, claim.kind).is_file():
            claim.refusal = MISSING
        while not claim.done:
            _run_child(claim)
        _finish(claim)
    except Overtaken:
        return


def overdue(session: Session) -> list[UUID]:
    """Materials that wait, or whose reader's lease ran out: the clock rings for them again."""
    waiting = Material.status == MaterialStatus.WAITING.value
    silent = and_(Material.status == MaterialStatus.READING.value, Material.lease_until < now())
    return list(session.scalars(select(Material.id).where(or_(waiting, silent)).order_by(Material.created_at)))


def _claim(material_id: UUID) -> Claim | None:
    with unit_of_work() as session:
        row = session.get(Material, material_id, with_for_update=True)
        if row is None or not _is_open(row):
            return None
        if row.attempts >= ATTEMPTS:
            _settle(session, row, MaterialStatus.FAILED, BROKE_OFF)
            return None
        row.status, row.attempts = MaterialStatus.READING.value, row.attempts + 1
        row.lease_until = now() + LEASE
        _tell(session, row)
        deadline = time.monotonic() + get_settings().read_seconds
        return Claim(material_id, DeckKind(row.kind), row.attempts, deadline)


def _is_open(row: Material) -> bool:
    silent = row.lease_until is None or row.lease_until < now()
    return row.status == MaterialStatus.WAITING or (row.status == MaterialStatus.READING and silent)


def _run_child(claim: Claim) -> None:
    """One life of the child: pages are kept as they come; a death skips the page it happened on."""
    folder = pictures_folder(claim.material_id)
    folder.mkdir(parents=True, exist_ok=True)
    before = claim.reached
    lines = read_lines(
        Request(deck_path(claim.material_id, claim.kind), folder, claim.kind, before + 1, claim.plain),
        claim.deadline,
        beat=lambda: _renew(claim),
    )
    try:
        with closing(lines):
            for line in lines:
                _take(claim, line)
        if not claim.done:
            raise ReaderDied(late=False)
    except ReaderDied as death:
        _after_death(claim, death, before)


def _take(claim: Claim, line: ReaderLine) -> None:
    claim.refusal = claim.refusal or line.problem
    if line.pages:
        claim.count = line.pages
        with _held(claim) as (session, row):
            row.page_count = line.pages
            _tell(session, row)
    if line.page is not None:
        _keep(claim, line.page)


def _after_death(claim: Claim, death: ReaderDied, before: int) -> None:
    """A PPTX's pictures are made before its first page: if none came, try without. Else leave out the page."""
    claim.late, claim.deaths = death.late, claim.deaths + 1
    if claim.late:
        return
    if claim.kind is not DeckKind.PDF and claim.reached == before and not claim.plain:
        claim.plain = True
    elif claim.count:
        _keep(claim, ReadPage(number=claim.reached + 1, problem=PAGE_PROBLEM))
    else:
        claim.refusal = UNREADABLE


def _keep(claim: Claim, page: ReadPage) -> None:
    """Store a page with its passages; their vectors are made before the transaction."""
    if not (page.text or page.picture):
        claim.unread.append(page.number)
    texts = cut(page)
    vectors = embed(texts)
    with _held(claim) as (session, row):
        store_page(session, row.id, page, texts, vectors)
        _renew_row(claim, row)
        _tell(session, row)
    claim.reached = page.number


@contextmanager
def _held(claim: Claim) -> Iterator[tuple[Session, Material]]:
    """A short transaction that holds the material's row. Raises Overtaken when the claim is no longer ours."""
    with unit_of_work() as session:
        row = session.get(Material, claim.material_id, with_for_update=True)
        if row is None or row.attempts != claim.attempt or row.status != MaterialStatus.READING:
            raise Overtaken
        yield session, row


def _renew(claim: Claim) -> None:
    if time.monotonic() - claim.renewed >= RENEW_SECONDS:
        with _held(claim) as (_, row):
            _renew_row(claim, row)


def _renew_row(claim: Claim, row: Material) -> None:
    row.lease_until, claim.renewed = now() + LEASE, time.monotonic()


def _finish(claim: Claim) -> None:
    missed = range(claim.reached + 1, claim.count + 1)
    sentence = LATE_PAGE if claim.late else PAGE_PROBLEM
    with _held(claim) as (session, row):
        for number in missed:
            store_page(session, row.id, ReadPage(number=number, problem=sentence), [], [])
        unread = [*claim.unread, *missed]
        if claim.refusal or len(unread) >= claim.count:
            _settle(session, row, MaterialStatus.FAILED, claim.refusal or (TOO_LONG if claim.late else UNREADABLE))
        else:
            _settle(session, row, MaterialStatus.READY, unread_sentence(unread, late=claim.late))


def _settle(session: Session, row: Material, status: MaterialStatus, problem: str) -> None:
    row.status, row.problem, row.lease_until = status.value, problem, None
    _tell(session, row)


def _tell(session: Session, row: Material) -> None:
    """Publish where the reading stands to whoever watches `material:ID`."""
    session.flush()
    publish_after_commit(session, f"material:{row.id}", "progress", material_view(session, row).model_dump_json())


def unread_sentence(numbers: list[int], *, late: bool) -> str:
    """Which pages could not be read, such as "Pages 3, 5-9 could not be read."; "" for none."""
    if not numbers:
        return ""
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
    reason = " in the time a deck may take" if late else ""
    return f"Page{'s' if len(numbers) > 1 else ''} {words} could not be read{reason}; the others are here."
