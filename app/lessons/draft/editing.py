"""What an instructor does to a draft: add, change, move and remove its steps, have a page written again, write it by
hand. Every change is kept, see changes.py.
"""

from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import lock_rows
from app.base.errors import Conflict, Invalid, NotFound
from app.base.text import clean_text
from app.courses import service as courses
from app.lessons.author import actions
from app.lessons.draft.changes import ChangeKind, leaf_of, record
from app.lessons.draft.rereading import words_of_before
from app.lessons.models import LessonEdit, LessonPage
from app.lessons.resting import closest
from app.lessons.schema import Ask, Board, PageState, Say, Show, Spotlight, TeachingAction, Worded, Written
from app.lessons.writing import ask_for_page, keep

LONGEST = 2000
MOST_STEPS = 40

Steps = list[TeachingAction]


def add_action(
    session: Session, who: Who, lesson_id: UUID, number: int, revision: int, at: int, action: TeachingAction
) -> int:
    """Put a new step at place `at` of a page (0 is its Show) and return where it stands. The caller has checked `who`.

    All changes raise Conflict when the page has changed since `revision` or is being written, and Invalid for words
    that are missing or too long.
    """
    place = 0

    def added(steps: Steps) -> Steps:
        nonlocal place
        place = min(max(1, at), len(steps))
        if len(steps) > MOST_STEPS:
            raise Invalid(f"A page has {MOST_STEPS} steps at most. Change one of those there are.")
        return [*steps[:place], action, *steps[place:]]

    change_page(session, who, lesson_id, number, revision, ChangeKind.ADDED, added)
    return place


def change_action(
    session: Session, who: Who, lesson_id: UUID, number: int, revision: int, at: int, action: TeachingAction
) -> None:
    """Put a changed step in the place of the one at `at`. The caller has checked `who`."""

    def changed(steps: Steps) -> Steps:
        _demand(steps, at)
        return [*steps[:at], action, *steps[at + 1 :]]

    change_page(session, who, lesson_id, number, revision, ChangeKind.CHANGED, changed)


def remove_action(session: Session, who: Who, lesson_id: UUID, number: int, revision: int, at: int) -> None:
    """Take the step at `at` out. The caller has checked `who`."""

    def removed(steps: Steps) -> Steps:
        _demand(steps, at)
        return [*steps[:at], *steps[at + 1 :]]

    change_page(session, who, lesson_id, number, revision, ChangeKind.REMOVED, removed)


def move_action(session: Session, who: Who, lesson_id: UUID, number: int, revision: int, at: int, to: int) -> int:
    """Put the step at `at` in place `to` and return where it stands. The caller has checked `who`."""
    place = 0

    def moved(steps: Steps) -> Steps:
        nonlocal place
        _demand(steps, at)
        place = min(max(1, to), len(steps) - 1)
        rest = [*steps[:at], *steps[at + 1 :]]
        return [*rest[:place], steps[at], *rest[place:]]

    change_page(session, who, lesson_id, number, revision, ChangeKind.MOVED, moved)
    return place


def _demand(steps: Steps, at: int) -> None:
    if not 0 < at < len(steps):
        raise Invalid("That step is not on the page any more. Load the page again, then make your change.")


def change_page(
    session: Session,
    who: Who,
    lesson_id: UUID,
    number: int,
    revision: int,
    kind: ChangeKind,
    change: Callable[[Steps], Steps],
) -> None:
    """Change a page's steps as `change` says, and keep what was changed. The caller has checked `who`."""
    row = as_seen(session, lesson_id, number, revision)
    before = leaf_of(row)
    after = [tidied(one) for one in change(before.actions)]
    if after == before.actions:
        return
    if kind is ChangeKind.CHANGED:
        keep_edits(session, who, row, before.actions, after)
    put_steps(session, who, row, after)
    record(session, lesson_id, kind, [before], [leaf_of(row)], who)


def as_seen(session: Session, lesson_id: UUID, number: int, revision: int) -> LessonPage:
    """A page's row, held until the transaction ends. Raises Conflict where it is not as `revision` was, or is being
    written.
    """
    row = locked(session, lesson_id, number)
    if row.status != PageState.READY.value:
        raise Conflict(f"Page {number} is being written. Wait for it, then edit.")
    if row.revision != revision:
        raise Conflict(
            f"Page {number} was changed in the meantime. Look at the new words, then make your change again."
        )
    return row


def put_steps(session: Session, who: Who, row: LessonPage, steps: Steps) -> None:
    """Put a person's steps on a page that the caller holds. Raises Invalid where they say nothing."""
    if not any(one.words for one in steps):
        raise Invalid("A page needs a step that says something. Change this one, or add another first.")
    row.edited_by = who.id
    keep(session, row, Written(actions=rested(session, row, steps, leaf_of(row).actions)))


def keep_edits(session: Session, who: Who, row: LessonPage, before: Steps, after: Steps) -> None:
    """Keep what became of lines that a model wrote: what a person made of them is what it should have said."""
    for old, new in zip(before, after, strict=True):
        is_model = old.words in row.by_model and new.words not in row.by_model
        if old.kind is new.kind and new.words and is_model:
            told = {"kind": old.kind.value, "before": old.words, "after": new.words, "call_id": row.call_id}
            session.add(LessonEdit(lesson_id=row.lesson_id, page_id=row.page_id, edited_by=who.id, **told))


def tidied(action: TeachingAction) -> TeachingAction:
    """A step with its words cleaned. Raises Invalid for words that are missing or too long."""
    if isinstance(action, Worded):
        return action.model_copy(update={"text": _checked(" ".join(clean_text(action.text).split()))})
    if isinstance(action, Board):
        lines = [line.rstrip() for line in clean_text(action.text).splitlines()]
        return action.model_copy(update={"text": _checked("\n".join(lines).strip("\n"))})
    return action


def _checked(words: str) -> str:
    if not words.strip():
        raise Invalid("A step has no words. Write something, or remove it.")
    if len(words) > LONGEST:
        raise Invalid(f"A step has {len(words):,} characters; {LONGEST:,} is the most. Shorten it.")
    return words


def rested(session: Session, row: LessonPage, after: Steps, before: Sequence[TeachingAction]) -> Steps:
    """The steps with the passages that their new words rest on. A spotlight keeps those it points at."""
    known = {written(one) for one in before}
    new = [one for one in after if written(one) and written(one) not in known]
    found = closest([written(one) for one in new], courses.page(session, row.page_id).passages)
    rests = {written(one): passages for one, passages in zip(new, found, strict=True)}
    return [one.model_copy(update={"passages": rests.get(written(one), one.passages)}) for one in after]


def written(action: TeachingAction) -> str:
    """All that a step says or shows in words; "" for those that show and point only."""
    return "" if isinstance(action, Show | Spotlight) else action.text


def stands_alone(action: TeachingAction) -> bool:
    """Whether a step means something without the passages of its page."""
    return not isinstance(action, Spotlight) or action.region is not None


def rewrite_page(session: Session, lesson_id: UUID, number: int, asked_by: UUID | None = None) -> None:
    """Have a page written again by the model; its present words stay until then. The caller has checked who asks."""
    ask_for_page(session, locked(session, lesson_id, number), asked_by)


def write_by_hand(session: Session, who: Who, lesson_id: UUID, number: int, say: list[str], ask: str = "") -> None:
    """Put a person's own words on a page, whatever its state. The caller has checked `who`."""
    row = locked(session, lesson_id, number)
    said = [written(tidied(Say(page=number, text=text))) for text in say]
    asked = written(tidied(Ask(page=number, text=ask))) if ask else ""
    before, row.edited_by = leaf_of(row), who.id
    keep(session, row, Written(actions=actions(courses.page(session, row.page_id), said, asked)))
    if before.actions:
        record(session, lesson_id, ChangeKind.CHANGED, [before], [leaf_of(row)], who)


def put_words_of_before(session: Session, who: Who, lesson_id: UUID, was: int, number: int) -> None:
    """Put the words that a page had before the deck changed on a page of now. The caller has checked `who`."""
    steps = words_of_before(session, lesson_id, was, number)
    revision = locked(session, lesson_id, number).revision

    def put(there: Steps) -> Steps:
        row = locked(session, lesson_id, number)
        return rested(session, row, [*there[:1], *steps[1:]], [])

    change_page(session, who, lesson_id, number, revision, ChangeKind.RESTORED, put)


def locked(session: Session, lesson_id: UUID, number: int) -> LessonPage:
    """A page's row as it is once nobody else holds it, held until the transaction ends. Raises NotFound."""
    query = select(LessonPage).where(LessonPage.lesson_id == lesson_id, LessonPage.number == number)
    rows = lock_rows(session, query)
    if not rows:
        raise NotFound
    return rows[0]
