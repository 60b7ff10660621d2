"""What an instructor does to a draft: change its words, have a page written again, write it by hand."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.errors import Conflict, Invalid, NotFound
from app.base.text import clean_text
from app.courses import service as courses
from app.lessons.author import actions, closest
from app.lessons.models import LessonEdit, LessonPage
from app.lessons.schema import ACTIONS, Ask, PageState, Say, Spoken, Written
from app.lessons.writing import ask_for_page, keep

LONGEST = 2000


def edit_page(
    session: Session, who: Who, lesson_id: UUID, number: int, texts: list[str], revision: int, gate: bool | None = None
) -> None:
    """Replace the words of a page's spoken actions, in order; an emptied one that is no Say is taken out. `gate` says
    whether its question holds the class until it was answered rightly; None leaves that as it is.

    The caller has checked `who`. Raises Conflict when the page has changed since `revision` or is being written,
    Invalid for words that are missing or too long.
    """
    row = _locked(session, lesson_id, number)
    if row.status != PageState.READY.value:
        raise Conflict("This page is being written. Wait for it, then edit.")
    if row.revision != revision:
        raise Conflict("This page was changed in the meantime. Look at the new words, then make your change again.")
    old = ACTIONS.validate_python(row.actions)
    spoken = [action for action in old if isinstance(action, Spoken)]
    if len(texts) != len(spoken):
        raise Invalid("The words do not fit this page's parts. Load the page again, then make your change.")
    changed = [_reworded(action, text) for action, text in zip(spoken, texts, strict=True)]
    if gate is not None:
        changed = [one.model_copy(update={"gate": gate}) if isinstance(one, Ask) else one for one in changed]
    if changed == spoken:
        return
    _keep_edits(session, who, row, zip(spoken, changed, strict=True))
    row.edited_by = who.id
    rested = iter(_rested(session, row, changed, spoken))
    whole = [next(rested) if isinstance(action, Spoken) else action for action in old]
    keep(session, row, Written(actions=[one for one in whole if not isinstance(one, Spoken) or one.text]))


def _keep_edits(session: Session, who: Who, row: LessonPage, both: Iterable[tuple[Spoken, Spoken]]) -> None:
    """Keep what became of lines that a model wrote: what a person made of them is what it should have said."""
    query = select(LessonEdit.after).where(LessonEdit.lesson_id == row.lesson_id, LessonEdit.page_id == row.page_id)
    by_people = set(session.scalars(query))
    if row.call_id is None or row.fallback or (row.edited_by and not by_people):
        return
    for before, after in both:
        if before.text != after.text and after.text and before.text not in by_people:
            told = {"kind": before.kind.value, "before": before.text, "after": after.text, "call_id": row.call_id}
            session.add(LessonEdit(lesson_id=row.lesson_id, page_id=row.page_id, edited_by=who.id, **told))


def _reworded(action: Spoken, text: str) -> Spoken:
    words = " ".join(clean_text(text).split())
    if not words and isinstance(action, Say):
        raise Invalid("A part has no words. Write something, or leave it as it was.")
    if len(words) > LONGEST:
        raise Invalid(f"A part has {len(words):,} characters; {LONGEST:,} is the most. Shorten it.")
    return action.model_copy(update={"text": words})


def _rested(session: Session, row: LessonPage, kept: list[Spoken], before: list[Spoken]) -> list[Spoken]:
    """The actions with the passages that their new words rest on."""
    known = {action.text for action in before}
    new = [action for action in kept if action.text not in known]
    found = closest([action.text for action in new], courses.page(session, row.page_id).passages)
    rests = {action.text: passages for action, passages in zip(new, found, strict=True)}
    return [action.model_copy(update={"passages": rests.get(action.text, action.passages)}) for action in kept]


def rewrite_page(session: Session, lesson_id: UUID, number: int, asked_by: UUID | None = None) -> None:
    """Have a page written again by the model; its present words stay until then. The caller has checked who asks."""
    ask_for_page(session, _locked(session, lesson_id, number), asked_by)


def write_by_hand(session: Session, who: Who, lesson_id: UUID, number: int, say: list[str], ask: str = "") -> None:
    """Put a person's own words on a page, whatever its state. The caller has checked `who`."""
    row = _locked(session, lesson_id, number)
    said = [_reworded(Say(page=number, text=""), text).text for text in say]
    asked = _reworded(Ask(page=number, text=""), ask).text
    row.edited_by = who.id
    keep(session, row, Written(actions=actions(courses.page(session, row.page_id), said, asked)))


def _locked(session: Session, lesson_id: UUID, number: int) -> LessonPage:
    row = session.scalar(
        select(LessonPage).where(LessonPage.lesson_id == lesson_id, LessonPage.number == number).with_for_update()
    )
    if row is None:
        raise NotFound
    return row
