"""Writing pages: the step that writes one, and the rows it writes to.

What keeps a step alive, counts it and calls the next is in `runs`. A page that a person wrote meanwhile has another
revision by then, and keeps their words.
"""

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import lock_rows, new_id, now, unit_of_work
from app.base.errors import Conflict
from app.base.languages import LANGUAGES
from app.base.stream import publish_after_commit
from app.courses import service as courses
from app.courses.models import Material, PageRow
from app.courses.schema import MaterialStatus, Page
from app.lessons.author import Assignment, asks, compose, fallback
from app.lessons.deck.keeping import deck_of
from app.lessons.deck.seeing import seen
from app.lessons.draft.changes import ChangeKind, leaf_of, record
from app.lessons.draft.rereading import go_over, unfinished
from app.lessons.models import Lesson, LessonPage
from app.lessons.planning.points import is_bare, points
from app.lessons.planning.standing import place_in
from app.lessons.runs import handing, running
from app.lessons.runs.events import topic
from app.lessons.runs.kinds import Done, Planned, Step, StepKind, add_kind, nothing
from app.lessons.runs.models import GenerationRun
from app.lessons.schema import PageProgress, PageState, Written
from app.lessons.words import words

OUTLINE = 20
"""How many titles the author is told."""
PROMPT_TOKENS, OPENING_TOKENS, QUESTION_TOKENS = 450, 20, 16
"""Of the author's prompt without its page, and of a reply besides the page's points; guesses."""
TOKENS_A_WORD = 1.35


# ---------------------------------------------------------------------------------------------------- what there is


def open_pages(session: Session, material_id: UUID) -> None:
    """Make the pages of every lesson on a material that is read, and have those written whose lesson says so at once.

    Safe to run twice.
    """
    _open(session, material_id)
    handing.hand_out(session)


def _open(session: Session, material_id: UUID) -> None:
    moved = go_over(session, material_id)
    pages = session.execute(
        select(PageRow.id, PageRow.number).where(PageRow.material_id == material_id).order_by(PageRow.number)
    ).all()
    of_it = select(Lesson).where(Lesson.material_id == material_id).order_by(Lesson.id)
    for lesson in session.scalars(of_it.with_for_update(key_share=True)).all():
        known = set(session.scalars(select(LessonPage.number).where(LessonPage.lesson_id == lesson.id)))
        rows = [
            LessonPage(id=new_id(), lesson_id=lesson.id, page_id=page_id, number=number, actions=[])
            for page_id, number in pages
            if number not in known
        ]
        session.add_all(rows)
        session.flush()
        if lesson.at_once and (rows or lesson.id in moved or not _has_run(session, lesson.id)):
            material = session.get_one(Material, material_id)
            running.put_down(session, lesson.id, material.uploaded_by)


def _has_run(session: Session, lesson_id: UUID) -> bool:
    return bool(session.scalar(select(func.count()).where(GenerationRun.lesson_id == lesson_id)))


def begin_writing(session: Session, who: Who, lesson_id: UUID) -> bool:
    """Have written what is not, for a caller who has checked `who`; False where the deck is read still, and it is
    written as soon as that is done. Conflict where nothing is left to be written.
    """
    lesson = session.get_one(Lesson, lesson_id, with_for_update={"key_share": True})
    material = session.get_one(Material, lesson.material_id)
    if material.status in (MaterialStatus.WAITING, MaterialStatus.READING):
        lesson.at_once = True
        return False
    if running.begin(session, lesson_id, who.id) is None:
        raise Conflict(
            "Everything is written, or being written. To have a page written again, use the button beside it."
        )
    return True


def sweep(session: Session) -> None:
    """For the clock: open the pages of lessons whose reader died before it did, give steps whose worker went silent to
    others, and ring for what can be done now.
    """
    for material_id in {*_unopened(session), *unfinished(session)}:
        _open(session, material_id)
    handing.free_silent(session)
    handing.hand_out(session)


def _unopened(session: Session) -> list[UUID]:
    """Decks that are read, with a lesson that has no pages, or that should be written and was never begun."""
    has_pages = select(LessonPage.id).where(LessonPage.lesson_id == Lesson.id).exists()
    has_unwritten = select(LessonPage.id).where(
        LessonPage.lesson_id == Lesson.id, LessonPage.status != PageState.READY.value
    )
    has_run = select(GenerationRun.id).where(GenerationRun.lesson_id == Lesson.id).exists()
    query = (
        select(Material.id)
        .join(Lesson, Lesson.material_id == Material.id)
        .where(Material.status == MaterialStatus.READY.value)
        .where(~has_pages | (Lesson.at_once & ~has_run & has_unwritten.exists()))
        .distinct()
    )
    return list(session.scalars(query))


def ask_for_page(session: Session, row: LessonPage, asked_by: UUID | None = None) -> None:
    """Have one page written anew whose row is locked; nothing where that is under way."""
    if row.status == PageState.READY.value:
        row.status = PageState.WAITING.value
        publish_progress(session, row)
    running.begin(session, row.lesson_id, asked_by, {row.id}, is_fresh=True)


# ------------------------------------------------------------------------------------------------------ the step


def _plan(session: Session, lesson_id: UUID) -> list[Planned]:
    """All that is not written: a page that is being written has an open step, unless its run was called off just as
    the author began.
    """
    unwritten = select(LessonPage.id, LessonPage.number).where(
        LessonPage.lesson_id == lesson_id, LessonPage.status != PageState.READY.value
    )
    lesson = session.get_one(Lesson, lesson_id)
    pages = {page.number: page for page in courses.pages(session, lesson.material_id)}
    return [
        _planned(about, pages[number], len(pages))
        for about, number in session.execute(unwritten.order_by(LessonPage.number))
        if number in pages
    ]


def _planned(about: UUID, page: Page, total: int) -> Planned:
    """The points of a page are what the author reads and says; a page of none is not sent to the model."""
    told = points(page)
    said = round(TOKENS_A_WORD * sum(len(words(point)) for point in told))
    asked = QUESTION_TOKENS if asks(page.number, total) else 0
    is_sent = not all(is_bare(point) for point in told)
    return Planned(
        about=about,
        number=page.number,
        needs=[page.id],
        guess_in=PROMPT_TOKENS + said if is_sent else 0,
        guess_out=OPENING_TOKENS + said + asked if is_sent else 0,
    )


def _write(step: Step) -> Done:
    """Ask the author, unless the page has words of somebody's by now."""
    with unit_of_work() as session:
        row = session.get(LessonPage, step.about, with_for_update=True)
        if row is None or row.status == PageState.READY.value:
            return Done(nothing)
        row.status = PageState.WRITING.value
        session.flush()
        publish_progress(session, row)
        work, revision = _assignment(session, row), row.revision
    return Done(partial(_keep_if_unchanged, step.about, revision, compose(seen(work))))


def _make_shift(step: Step, problem: str) -> Done:
    """The page's own words, until the step is done again."""
    with unit_of_work() as session:
        row = session.get(LessonPage, step.about)
        if row is None or row.status == PageState.READY.value:
            return Done(nothing)
        work, revision = _assignment(session, row), row.revision
        written = fallback(work.page, problem, work.place)
    return Done(partial(_keep_if_unchanged, step.about, revision, written), problem)


def _keep_if_unchanged(about: UUID, revision: int, written: Written, session: Session) -> None:
    row = session.get(LessonPage, about, with_for_update=True, populate_existing=True)
    if row is None or row.revision != revision:
        return
    before = leaf_of(row)
    row.call_id, row.edited_by = written.call_id, None
    if written.call_id and not written.fallback:
        row.by_model = [*row.by_model, *(one.words for one in written.actions if one.words)]
    keep(session, row, written)
    if before.actions:
        record(session, row.lesson_id, ChangeKind.WRITTEN, [before], [leaf_of(row)], None)


def _assignment(session: Session, row: LessonPage) -> Assignment:
    lesson = session.get_one(Lesson, row.lesson_id)
    deck = deck_of(session, lesson.material_id)
    language = courses.teaching_language(session, lesson.course_id)
    return Assignment(
        lesson_page_id=row.id,
        lesson_id=lesson.id,
        deck=lesson.title,
        outline=[one.title for one in deck.pages[:OUTLINE]],
        heard="\n".join(f"{one.title}\n{one.text}" for one in deck.pages if one.number < row.number),
        total=len(deck.pages),
        page=courses.page(session, row.page_id),
        place=place_in(session, lesson.material_id, deck, row.number, language),
        language=LANGUAGES.get(language, ""),
    )


def _again(session: Session, abouts: list[UUID]) -> None:
    for row in _rows(session, abouts):
        row.status = PageState.WAITING.value
        publish_progress(session, row)


def _rest(session: Session, abouts: list[UUID]) -> None:
    """A page that had words before has them still."""
    for row in _rows(session, abouts):
        row.status = (PageState.READY if row.actions else PageState.WAITING).value
        publish_progress(session, row)


def _rows(session: Session, abouts: list[UUID]) -> Iterable[LessonPage]:
    return lock_rows(session, select(LessonPage).where(LessonPage.id.in_(abouts)).order_by(LessonPage.number))


def keep(session: Session, row: LessonPage, written: Written) -> None:
    """Put words on a page and make it ready."""
    row.actions = [action.model_dump(mode="json") for action in written.actions]
    row.fallback, row.reason = written.fallback, written.reason
    row.status, row.ready_at = PageState.READY.value, now()
    row.revision += 1
    session.flush()
    publish_progress(session, row)


def publish_progress(session: Session, row: LessonPage) -> None:
    """Tell whoever watches the lesson where this page stands, once the session's work is committed."""
    session.flush()
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
    publish_after_commit(session, topic(row.lesson_id), "page", document.model_dump_json())


WRITE_PAGE = StepKind(
    name="write page",
    words="Write page {number}",
    order=20,
    plan=_plan,
    work=_write,
    give_up=_make_shift,
    again=_again,
    rest=_rest,
)
add_kind(WRITE_PAGE)
