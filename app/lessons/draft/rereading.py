"""A lesson goes over to a new file of its deck: pages that did not change keep their words, wherever they are now.

Pages are matched by a hash of their words (of the picture, where there are none), in the same place first; what is left
by how alike the words are. Nothing is thrown away in silence: words of pages that changed or are gone stay in the
report, from which they can be put on a page again. The old file stays, as classes of older versions show it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from hashlib import sha256
from math import inf
from typing import BinaryIO
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.schema import Who
from app.base.db import new_id, now
from app.base.errors import Conflict, Invalid, NotFound
from app.courses import service as courses
from app.courses.models import Material
from app.courses.schema import MaterialStatus, Page
from app.lessons.deck.structure import Structure, build, structure_of
from app.lessons.draft.asked import UNSETTLED, RewriteState
from app.lessons.models import DeckStructure, Lesson, LessonChange, LessonPage, LessonRereading, LessonRewrite
from app.lessons.schema import ACTIONS, PageState, Spotlight, TeachingAction

ALIKE = 0.5
"""From this ratio of their words on (Ratcliff and Obershelp, 0 to 1) a page is taken for one that was changed."""


class Fate(StrEnum):
    """What became of a page."""

    KEPT = "kept"
    MOVED = "moved"
    CHANGED = "changed"
    NEW = "new"
    GONE = "gone"


class PageFate(BaseModel):
    """A page's line in the report: its number now (0: gone) and before (0: new). `actions`: words that are not taught
    any more, where it changed or is gone; `edited`: by a person. `looks_new`: same words, another picture.
    """

    number: int
    was: int
    title: str
    fate: Fate
    edited: bool = False
    looks_new: bool = False
    actions: list[TeachingAction] = []


class RereadState(StrEnum):
    """Where it stands: the new file is being read, the lesson went over to it, or it could not be read."""

    READING = "reading"
    DONE = "done"
    FAILED = "failed"


class RereadView(BaseModel):
    """A new file for a lesson. `pages` is what became of the pages when the lesson last went over to a file, `reported`
    the name of that file: this one, once it is done.
    """

    id: UUID
    state: RereadState
    filename: str
    by: str
    pages: list[PageFate] = []
    reported: str = ""
    problem: str = ""


def upload(session: Session, who: Who, lesson_id: UUID, filename: str, file: BinaryIO) -> UUID:
    """Take a new file for a lesson's deck; the lesson goes over to it once it is read. The caller has checked `who`.

    Raises Invalid for what cannot be a deck, Conflict while the last one is still being read.
    """
    lesson = session.get(Lesson, lesson_id, with_for_update=True)
    if lesson is None:
        raise NotFound
    last = newest_reading(session, lesson_id)
    if last is not None and last.state is RereadState.READING:
        raise Conflict("A new file for this lesson is being read already. Wait until it is.")
    material_id = courses.add_material(session, who, lesson.course_id, filename, file)
    given_up = (LessonRereading.lesson_id == lesson_id, LessonRereading.done_at.is_(None))
    session.execute(delete(LessonRereading).where(*given_up))  # else the lesson went over to it, were it read after all
    session.add(
        LessonRereading(lesson_id=lesson_id, old_id=lesson.material_id, material_id=material_id, asked_by=who.id)
    )
    session.flush()
    return material_id


def newest_reading(session: Session, lesson_id: UUID) -> RereadView | None:
    """The newest file that was uploaded for a lesson after its first, None without. The caller has checked who asks."""
    query = (
        select(LessonRereading, Material, Person.name)
        .join(Material, Material.id == LessonRereading.material_id)
        .join(Person, Person.id == LessonRereading.asked_by)
        .where(LessonRereading.lesson_id == lesson_id)
        .order_by(LessonRereading.asked_at.desc())
        .limit(1)
    )
    found = session.execute(query).first()
    if found is None:
        return None
    row, material, name = found
    last = session.execute(query.where(LessonRereading.done_at.is_not(None))).first()
    failed = row.done_at is None and material.status == MaterialStatus.FAILED.value
    state = RereadState.FAILED if failed else RereadState.DONE if row.done_at else RereadState.READING
    return RereadView(
        id=row.id,
        state=state,
        filename=material.filename,
        by=name,
        pages=[PageFate.model_validate(one) for one in last[0].report] if last else [],
        reported=last[1].filename if last else "",
        problem=material.problem if failed else "",
    )


def unfinished(session: Session) -> list[UUID]:
    """Decks that are read and whose lessons have not gone over to them, since a worker was lost."""
    query = (
        select(Material.id)
        .join(LessonRereading, LessonRereading.material_id == Material.id)
        .where(LessonRereading.done_at.is_(None), Material.status == MaterialStatus.READY.value)
    )
    return list(session.scalars(query))


# ------------------------------------------------------------------------------------------------------ the matching


@dataclass(frozen=True)
class Match:
    """A page of the new deck (None: gone) and the one of the old deck that it was (None: new)."""

    new: Page | None
    old: Page | None
    is_same: bool = False


def match(olds: Sequence[Page], news: Sequence[Page], keys: dict[UUID, str]) -> list[Match]:
    """Which page became which: new pages in order, then those that are gone. `keys`: the hash of each page."""
    left = {one.id: one for one in olds}
    same: dict[UUID, Page] = {}
    for is_here in (True, False):  # what stayed in its place first, so that twins do not change places
        for page in (one for one in news if one.id not in same):
            alike = [old for old in left.values() if keys[old.id] == keys[page.id]]
            found = next((old for old in alike if not is_here or old.number == page.number), None)
            if found is not None:
                same[page.id] = left.pop(found.id)
    matches = []
    told = {old.id: SequenceMatcher(b=old.text.split(), autojunk=False) for old in left.values()}
    for page in news:
        old = same.get(page.id) or _most_alike(page, left.values(), told)
        left.pop(old.id if old else page.id, None)
        matches.append(Match(page, old, page.id in same))
    return [*matches, *(Match(None, old) for old in olds if old.id in left)]


def _most_alike(page: Page, olds: Iterable[Page], told: dict[UUID, "SequenceMatcher[str]"]) -> Page | None:
    """The page whose words are most like these, if any are enough; in the same place, without words, by its title.
    `told` has the words of each old page.
    """
    said, best, found = page.text.split(), (ALIKE, -inf), None
    for old in olds:
        is_named = bool(page.title) and page.title == old.title
        score = (1.0 if is_named else _ratio(said, told[old.id], best[0]), -abs(page.number - old.number))
        if score > best:
            best, found = score, old
    return found


def _ratio(said: list[str], other: "SequenceMatcher[str]", least: float) -> float:
    """How alike the words are; 0 where a quicker look, at how many and which they are, tells that it is below `least`:
    the full one takes the product of their lengths.
    """
    if not said:
        return 0.0
    other.set_seq1(said)
    is_near = other.real_quick_ratio() >= least and other.quick_ratio() >= least
    return other.ratio() if is_near else 0.0


def _looks(session: Session, material_id: UUID, page: Page) -> str:
    """The hash of a page's picture, "" without one."""
    if not page.has_picture:
        return ""
    path = courses.picture(session, material_id, page.number).path
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _key(page: Page, looks: str) -> str:
    told = "\n".join(" ".join(part.split()) for part in (page.title, page.text, page.notes))
    return sha256((told if told.strip() else f"picture {looks}").encode()).hexdigest()


# ------------------------------------------------------------------------------------------------------ going over


def go_over(session: Session, material_id: UUID) -> set[UUID]:
    """Have the lessons for which this deck was uploaded go over to it, now that it is read, and return which they are.
    Safe to run twice.
    """
    moved: set[UUID] = set()
    waiting = select(LessonRereading).where(
        LessonRereading.material_id == material_id, LessonRereading.done_at.is_(None)
    )
    for row in session.scalars(waiting.with_for_update()).all():
        if session.get_one(Material, material_id).status == MaterialStatus.READY.value:
            _go_over(session, row)
            moved.add(row.lesson_id)
    return moved


def _go_over(session: Session, row: LessonRereading) -> None:
    lesson = session.get_one(Lesson, row.lesson_id, with_for_update=True)
    olds, news = courses.pages(session, lesson.material_id), courses.pages(session, row.material_id)
    looks = {one.id: _looks(session, lesson.material_id, one) for one in olds}
    looks |= {one.id: _looks(session, row.material_id, one) for one in news}
    found = match(olds, news, {one.id: _key(one, looks[one.id]) for one in (*olds, *news)})
    drafts = session.scalars(select(LessonPage).where(LessonPage.lesson_id == lesson.id).with_for_update()).all()
    by_page = {draft.page_id: draft for draft in drafts}
    same = [(one.old, one.new) for one in found if one.is_same and one.old and one.new]
    above = max((draft.revision for draft in drafts), default=0) + 1
    kept = [_carried(old, new, by_page[old.id], above) for old, new in same if old.id in by_page]
    known = {one.page_id for one in kept}
    fresh = [_fresh(lesson.id, page, above) for page in news if page.id not in known]
    row.report = [_line(one, by_page, looks).model_dump(mode="json") for one in found]
    _carry_structure(session, lesson.material_id, row.material_id, news, found)
    session.execute(delete(LessonPage).where(LessonPage.lesson_id == lesson.id))
    session.execute(delete(LessonChange).where(LessonChange.lesson_id == lesson.id))
    open_asks = (LessonRewrite.lesson_id == lesson.id, LessonRewrite.state.in_(UNSETTLED))
    session.execute(update(LessonRewrite).where(*open_asks).values(state=RewriteState.OFF.value, settled_at=now()))
    session.add_all([*kept, *fresh])
    lesson.material_id, row.done_at = row.material_id, now()
    session.flush()


def _fresh(lesson_id: UUID, page: Page, revision: int) -> LessonPage:
    """The draft of a page that is new or changed, to be written."""
    about = {"lesson_id": lesson_id, "page_id": page.id, "number": page.number}
    return LessonPage(id=new_id(), actions=[], revision=revision, **about)


def _carried(old: Page, new: Page, draft: LessonPage, revision: int) -> LessonPage:
    """The draft of a page that did not change, on its new page; one that was not written yet waits there.

    `revision` is above all that the lesson's pages had: what a browser still shows under a number is another page.
    """
    is_ready = draft.status == PageState.READY.value or bool(draft.actions)
    steps = _moved(ACTIONS.validate_python(draft.actions), old, new)
    return LessonPage(
        id=new_id(),
        lesson_id=draft.lesson_id,
        page_id=new.id,
        number=new.number,
        status=(PageState.READY if is_ready else PageState.WAITING).value,
        actions=ACTIONS.dump_python(steps, mode="json"),
        fallback=draft.fallback,
        reason=draft.reason,
        revision=revision,
        edited_by=draft.edited_by,
        by_model=draft.by_model,
        call_id=draft.call_id,
        ready_at=draft.ready_at,
    )


def _moved(steps: list[TeachingAction], old: Page | None, new: Page) -> list[TeachingAction]:
    """Steps on another page: they rest on its passages of the same words. Who points at words that are not there is
    left out.
    """
    there = {one.text: one.id for one in new.passages}
    known = {one.id: there[one.text] for one in (old.passages if old else []) if one.text in there}
    moved = [
        one.model_copy(update={"page": new.number, "passages": [known[id_] for id_ in one.passages if id_ in known]})
        for one in steps
    ]
    return [one for one in moved if not isinstance(one, Spotlight) or one.region or one.passages]


def _line(one: Match, drafts: dict[UUID, LessonPage], looks: dict[UUID, str]) -> PageFate:
    draft = drafts.get(one.old.id) if one.old else None
    page = one.new or one.old
    is_lost = draft is not None and not one.is_same
    same_place = one.new is not None and one.old is not None and one.new.number == one.old.number
    fate = Fate.GONE if one.new is None else Fate.NEW if one.old is None else Fate.CHANGED
    return PageFate(
        number=one.new.number if one.new else 0,
        was=one.old.number if one.old else 0,
        title=page.title if page else "",
        fate=(Fate.KEPT if same_place else Fate.MOVED) if one.is_same else fate,
        edited=draft is not None and draft.edited_by is not None,
        looks_new=bool(one.is_same and one.new and one.old and looks[one.new.id] != looks[one.old.id]),
        actions=ACTIONS.validate_python(draft.actions) if draft is not None and is_lost else [],
    )


def _carry_structure(
    session: Session, old_id: UUID, new_id_: UUID, news: Sequence[Page], found: Sequence[Match]
) -> None:
    """The parts and sections that somebody saved, where their first pages are now."""
    row = session.get(DeckStructure, old_id)
    if row is None or session.get(DeckStructure, new_id_) is not None:
        return
    tree: Structure = structure_of(session, old_id)
    now_at = {one.old.number: one.new.number for one in found if one.old and one.new}
    starts = {now_at[page]: kind for page, kind in tree.starts.items() if page in now_at}
    parts = {now_at[one.sections[0].pages[0]]: one for one in tree.parts if one.sections[0].pages[0] in now_at}
    sections = {now_at[x.pages[0]]: x for one in tree.parts for x in one.sections if x.pages[0] in now_at}
    titles = {page.number: page.title for page in news}
    kept = build([page.number for page in news], starts, titles, dict(parts), dict(sections))
    tree_now = kept.model_copy(update={"revision": 1}).model_dump(mode="json")
    session.add(DeckStructure(material_id=new_id_, tree=tree_now, revision=1, changed_by=row.changed_by))


def words_of_before(session: Session, lesson_id: UUID, was: int, number: int) -> list[TeachingAction]:
    """The steps that a page of before had, for the page of a number now. Raises NotFound, or Invalid without words."""
    last = newest_reading(session, lesson_id)
    line = next((one for one in last.pages if one.was == was), None) if last else None
    if line is None:
        raise NotFound
    lesson = session.get_one(Lesson, lesson_id)
    page = next((one for one in courses.pages(session, lesson.material_id) if one.number == number), None)
    steps = _moved(line.actions, None, page) if page else []
    if not any(one.words for one in steps):
        raise Invalid("There are no words to put there. Choose a page of the deck as it is now.")
    return steps
