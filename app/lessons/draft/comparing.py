"""What differs between two texts, two pages, two scripts: words that stay, go and come.

Words are compared by Python's `difflib.SequenceMatcher` (Ratcliff and Obershelp's gestalt matching, 1988) over words
and the space between them.
"""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from enum import StrEnum

from pydantic import BaseModel

from app.lessons.schema import ActionKind, Ask, Board, LessonScript, ScriptPage, Spotlight, TeachingAction, Worded

_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Mark(StrEnum):
    """What became of something: it stayed, went, came, or was changed."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"
    CHANGED = "changed"


class Span(BaseModel):
    """Words in a row of one mark."""

    mark: Mark
    text: str


class StepDiff(BaseModel):
    """A step, with its words marked."""

    kind: ActionKind
    mark: Mark
    spans: list[Span] = []


class PageDiff(BaseModel):
    """A page of two scripts. `number` is the later one's, or the earlier one's where the page is gone."""

    number: int
    title: str
    mark: Mark
    steps: list[StepDiff] = []


def words_diff(before: str, after: str) -> list[Span]:
    """The words of both texts in order; a space alone between two changes goes with them."""
    one, two = _WORDS.findall(before), _WORDS.findall(after)
    spans: list[Span] = []
    for name, a, b, c, d in SequenceMatcher(a=one, b=two, autojunk=False).get_opcodes():
        if name == "equal":
            spans.append(Span(mark=Mark.SAME, text="".join(one[a:b])))
            continue
        spans += [Span(mark=Mark.GONE, text="".join(one[a:b]))] if b > a else []
        spans += [Span(mark=Mark.NEW, text="".join(two[c:d]))] if d > c else []
    return _joined(spans)


def _joined(spans: list[Span]) -> list[Span]:
    """Changes parted by a space alone become one, so that a phrase reads as a phrase."""
    found: list[Span] = []
    gone = new = ""
    for at, span in enumerate([*spans, Span(mark=Mark.SAME, text="end")]):
        is_space = span.mark is Mark.SAME and not span.text.strip() and 0 < at < len(spans) - 1 and (gone or new)
        if span.mark is Mark.GONE or is_space:
            gone += span.text
        if span.mark is Mark.NEW or is_space:
            new += span.text
        if span.mark is not Mark.SAME or is_space:
            continue
        found += _pair(gone, new)
        gone = new = ""
        found += [span] if at < len(spans) else []
    return found


def _pair(gone: str, new: str) -> list[Span]:
    pair = [(Mark.GONE, gone), (Mark.NEW, new)] if gone.strip() or new.strip() else [(Mark.SAME, new or gone)]
    return [Span(mark=mark, text=text) for mark, text in pair if text]


def told(action: TeachingAction) -> str:
    """A step in words, as far as words can tell it."""
    if isinstance(action, Board):
        return f"{action.form.value}{f' ({action.language})' if action.language else ''}: {action.text}"
    if isinstance(action, Ask) and action.gate:
        return f"{action.text} (The class waits here for a right answer.)"
    if isinstance(action, Worded):
        return action.text
    if isinstance(action, Spotlight):
        return _place(action)
    return ""


def _place(action: Spotlight) -> str:
    if action.region is None:
        return "where the page's words stand"
    parts = (action.region.left, action.region.top, action.region.width, action.region.height)
    left, top, width, height = (round(100 * one) for one in parts)
    return f"{left} % from the left, {top} % from the top, {width} % wide, {height} % high"


def steps_diff(before: Sequence[TeachingAction], after: Sequence[TeachingAction]) -> list[StepDiff]:
    """The steps of two states of a page, without its Show."""
    one = [step for step in before if step.kind is not ActionKind.SHOW]
    two = [step for step in after if step.kind is not ActionKind.SHOW]
    keys = [[(step.kind, told(step)) for step in steps] for steps in (one, two)]
    found: list[StepDiff] = []
    for name, a, b, c, d in SequenceMatcher(a=keys[0], b=keys[1], autojunk=False).get_opcodes():
        if name == "equal":
            found += [_step(step, Mark.SAME) for step in two[c:d]]
        else:
            found += _changed(one[a:b], two[c:d])
    return found


def _changed(one: Sequence[TeachingAction], two: Sequence[TeachingAction]) -> list[StepDiff]:
    """Steps of the same kind are taken for one that was changed, in order; the rest went or came."""
    found: list[StepDiff] = []
    left = list(one)
    for step in two:
        at = next((at for at, old in enumerate(left) if old.kind is step.kind), None)
        if at is None:
            found.append(_step(step, Mark.NEW))
            continue
        found += [_step(old, Mark.GONE) for old in left[:at]]
        spans = words_diff(told(left[at]), told(step))
        mark = Mark.CHANGED if any(span.mark is not Mark.SAME for span in spans) else Mark.SAME
        found.append(StepDiff(kind=step.kind, mark=mark, spans=spans))
        left = left[at + 1 :]
    return found + [_step(old, Mark.GONE) for old in left]


def _step(step: TeachingAction, mark: Mark) -> StepDiff:
    words = told(step)
    return StepDiff(kind=step.kind, mark=mark, spans=[Span(mark=mark, text=words)] if words else [])


def compare(before: LessonScript, after: LessonScript) -> list[PageDiff]:
    """All pages of two scripts, page by page: of one deck by number, of two by title and words."""
    is_one_deck = before.material_id == after.material_id
    keys = [[page.page if is_one_deck else page.title for page in script.pages] for script in (before, after)]
    found: list[PageDiff] = []
    for name, a, b, c, d in SequenceMatcher(a=keys[0], b=keys[1], autojunk=False).get_opcodes():
        if name == "equal":
            found += [_page(old, new) for old, new in zip(before.pages[a:b], after.pages[c:d], strict=True)]
        else:
            found += [_page(old, None) for old in before.pages[a:b]] + [_page(None, new) for new in after.pages[c:d]]
    return found


def _page(before: ScriptPage | None, after: ScriptPage | None) -> PageDiff:
    page = after or before or ScriptPage(page=0)
    steps = steps_diff(before.actions if before else [], after.actions if after else [])
    is_same = all(step.mark is Mark.SAME for step in steps)
    mark = (Mark.SAME if is_same else Mark.CHANGED) if before and after else Mark.NEW if after else Mark.GONE
    return PageDiff(number=page.page, title=page.title, mark=mark, steps=steps)
