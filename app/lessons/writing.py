"""The job that writes one page: a short claim, the model outside any transaction, a short end.

The claim is an id on the row. A writer that was overtaken, or whose page an instructor had written again, finds
another claim there and stores nothing. While the model talks, a thread renews the lease.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Update, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.base.db import new_id, now, unit_of_work
from app.base.queue import ring_after_commit
from app.base.stream import publish_after_commit
from app.courses import service as courses
from app.courses.models import Material, PageRow
from app.courses.schema import MaterialStatus
from app.inference.schema import ModelUnavailable
from app.lessons.author import GONE, Assignment, compose, fallback
from app.lessons.models import Lesson, LessonPage
from app.lessons.schema import PageProgress, PageState, Written
from app.lessons.seeing import seen

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
RENEW_SECONDS = 5.0
ATTEMPTS = 5
BACK_OFF_SECONDS = 8
"""After the first silence of the model; doubled after each further one: 8, 16, 32, 64 s."""
OUTLINE, HEARD_CHARACTERS = 20, 2000
"""How many titles the author is told, and how much of each earlier page counts as known."""
QUEUED = timedelta(seconds=60)
"""How long the clock takes a bell for a waiting page to be still in the queue."""


def open_pages(session: Session, material_id: UUID) -> None:
    """Make the pages of every lesson on a material, and ring for each, page 1 first. Safe to run twice."""
    pages = session.execute(
        select(PageRow.id, PageRow.number).where(PageRow.material_id == material_id).order_by(PageRow.number)
    ).all()
    for lesson in session.scalars(select(Lesson).where(Lesson.material_id == material_id).with_for_update()):
        known = set(session.scalars(select(LessonPage.number).where(LessonPage.lesson_id == lesson.id)))
        rows = [
            LessonPage(id=new_id(), lesson_id=lesson.id, page_id=page_id, number=number, actions=[])
            for page_id, number in pages
            if number not in known
        ]
        session.add_all(rows)
        session.flush()
        for row in rows:
            call_writer(session, row)


def call_writer(session: Session, row: LessonPage) -> None:
    """Ring for a waiting page, and keep the clock from ringing too while that bell is in the queue."""
    row.lease_until = now() + QUEUED
    ring_after_commit(session, "write.page", row.id)
    publish_progress(session, row)


def write_page(lesson_page_id: UUID) -> None:
    """Write one page that waits, or whose writer went silent. Safe to run twice."""
    work = _claim(lesson_page_id)
    if work is None:
        return
    with _renewed(work):
        try:
            written = compose(seen(work))
        except ModelUnavailable:
            if work.attempt < ATTEMPTS:
                _wait(work)
                return
            written = fallback(work.page, GONE)
    _store(work, written)


def overdue(session: Session) -> list[UUID]:
    """Pages for the clock to ring for: waiting with no bell on its way, or their writer went silent.

    Takes the bell as rung, so that the next sweep leaves these pages alone for a while. Also opens the pages of
    lessons whose deck was read but whose pages were never made.
    """
    for material_id in _unopened(session):
        open_pages(session, material_id)
    open_states = (PageState.WAITING.value, PageState.WRITING.value)
    rows = session.scalars(
        select(LessonPage)
        .where(
            LessonPage.status.in_(open_states),
            or_(LessonPage.lease_until.is_(None), LessonPage.lease_until < now()),
        )
        .order_by(LessonPage.lesson_id, LessonPage.number)
        .limit(200)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.status, row.claim, row.lease_until = PageState.WAITING.value, None, now() + QUEUED
    return [row.id for row in rows]


def _unopened(session: Session) -> list[UUID]:
    has_pages = select(LessonPage.id).where(LessonPage.lesson_id == Lesson.id).exists()
    query = (
        select(Material.id)
        .join(Lesson, Lesson.material_id == Material.id)
        .where(Material.status == MaterialStatus.READY.value, ~has_pages)
        .distinct()
    )
    return list(session.scalars(query))


def _claim(lesson_page_id: UUID) -> Assignment | None:
    """Take the page, or None when there is nothing to do or somebody is at it."""
    with unit_of_work() as session:
        row = session.get(LessonPage, lesson_page_id, with_for_update={"skip_locked": True})
        if row is None or row.status == PageState.READY.value:
            return None
        if row.status == PageState.WRITING.value and row.lease_until and row.lease_until > now():
            return None
        row.status, row.claim, row.lease_until = PageState.WRITING.value, new_id(), now() + LEASE
        row.attempts += 1
        session.flush()
        publish_progress(session, row)
        return _assignment(session, row, row.claim)


def _assignment(session: Session, row: LessonPage, claim: UUID) -> Assignment:
    lesson = session.get_one(Lesson, row.lesson_id)
    pages = session.execute(
        select(PageRow.number, PageRow.title, func.left(PageRow.text, HEARD_CHARACTERS))
        .where(PageRow.material_id == lesson.material_id)
        .order_by(PageRow.number)
    ).all()
    before = [(title, text) for number, title, text in pages if number < row.number]
    return Assignment(
        lesson_page_id=row.id,
        lesson_id=lesson.id,
        claim=claim,
        attempt=row.attempts,
        deck=lesson.title,
        outline=[title for _, title, _ in pages[:OUTLINE]],
        heard="\n".join(f"{title}\n{text}" for title, text in before),
        total=len(pages),
        page=courses.page(session, row.page_id),
    )


@contextmanager
def _renewed(work: Assignment) -> Iterator[None]:
    """Renew the lease from a thread until the block ends."""
    over = threading.Event()

    def renew() -> None:
        while not over.wait(RENEW_SECONDS):
            try:
                with unit_of_work() as session:
                    session.execute(_mine(work).values(lease_until=now() + LEASE))
            except SQLAlchemyError as error:
                log.warning("lease of page %s not renewed: %s", work.lesson_page_id, error)

    thread = threading.Thread(target=renew, name=f"lease-{work.lesson_page_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _mine(work: Assignment) -> Update:
    return update(LessonPage).where(LessonPage.id == work.lesson_page_id, LessonPage.claim == work.claim)


def _held(session: Session, work: Assignment) -> LessonPage | None:
    """The row, locked, if this writer's claim still stands."""
    row = session.get(LessonPage, work.lesson_page_id, with_for_update=True)
    return row if row is not None and row.claim == work.claim else None


def _store(work: Assignment, written: Written) -> None:
    with unit_of_work() as session:
        if (row := _held(session, work)) is not None:
            row.call_id = written.call_id
            keep(session, row, written)


def keep(session: Session, row: LessonPage, written: Written) -> None:
    """Put words on a page and make it ready."""
    row.actions = [action.model_dump(mode="json") for action in written.actions]
    row.fallback, row.reason = written.fallback, written.reason
    row.status, row.claim, row.lease_until, row.ready_at = PageState.READY.value, None, None, now()
    row.revision += 1
    session.flush()
    publish_progress(session, row)


def _wait(work: Assignment) -> None:
    """The model is away: leave the page to the clock until later."""
    with unit_of_work() as session:
        if (row := _held(session, work)) is not None:
            row.status, row.claim = PageState.WAITING.value, None
            row.lease_until = now() + timedelta(seconds=BACK_OFF_SECONDS * 2 ** (work.attempt - 1))
            publish_progress(session, row)


def publish_progress(session: Session, row: LessonPage) -> None:
    """Tell whoever watches the lesson where this page stands, once the session's work is committed."""
    total, ready = session.execute(
        select(func.count(), func.count().filter(LessonPage.status == PageState.READY.value)).where(
            LessonPage.lesson_id == row.lesson_id
        )
    ).one()
    document = PageProgress(
        lesson_id=row.lesson_id,
        number=row.number,
        status=PageState(row.status),
        fallback=row.fallback,
        written=ready,
        total=total,
    )
    publish_after_commit(session, f"lesson:{row.lesson_id}", "page", document.model_dump_json())
