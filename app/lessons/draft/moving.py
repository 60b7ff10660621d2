"""A step goes over to the neighbouring page: from the first place to the end of the page before, from the last place to
the beginning of the page after. It is one change of both pages, and is taken back as one.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.errors import Invalid
from app.lessons.draft.changes import ChangeKind, leaf_of, record
from app.lessons.draft.editing import MOST_STEPS, as_seen, put_steps
from app.lessons.schema import ACTIONS, Ask, Show, Spotlight, TeachingAction

POINTS = "This points at the picture of its page, so it stays there. Remove it here, and point anew on the other page."
JUDGED = "Answers to this question are judged by what its page says, so it stays there. Ask anew on the other page."


def move_to_page(
    session: Session, who: Who, lesson_id: UUID, number: int, revision: int, at: int, to: int, to_revision: int
) -> int:
    """Put the first or last step of a page on the page before or after it, `to`, and return where it stands there. The
    caller has checked `who`.

    Raises Conflict when one of the pages has changed since its revision or is being written, and Invalid for a step
    that belongs to its page, or is not the one next to the other page any more.
    """
    if abs(to - number) != 1:
        raise Invalid("A step goes to the page before or after its own.")
    seen = {number: revision, to: to_revision}
    rows = {one: as_seen(session, lesson_id, one, seen[one]) for one in sorted(seen)}
    before = [leaf_of(row) for row in rows.values()]
    here, there = (ACTIONS.validate_python(rows[one].actions) for one in (number, to))
    if not 0 < at < len(here) or at != (1 if to < number else len(here) - 1):
        raise Invalid("That step does not stand next to the other page any more. Load the page again.")
    if len(there) > MOST_STEPS:
        raise Invalid(f"A page has {MOST_STEPS} steps at most, and page {to} has as many.")
    step = _fit(here[at], to)
    place = len(there) if to < number else 1
    put_steps(session, who, rows[number], [*here[:at], *here[at + 1 :]])
    put_steps(session, who, rows[to], [*there[:place], step, *there[place:]])
    record(session, lesson_id, ChangeKind.MOVED, before, [leaf_of(row) for row in rows.values()], who)
    return place


def _fit(step: TeachingAction, number: int) -> TeachingAction:
    """The step as one of another page, where it has yet to be found what it rests on. Raises Invalid for one that means
    something on its page alone.
    """
    if isinstance(step, Show | Spotlight):
        raise Invalid(POINTS)
    if isinstance(step, Ask) and step.item is None:
        raise Invalid(JUDGED)
    return step.model_copy(update={"page": number, "passages": []})
