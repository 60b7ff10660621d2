"""What stands in for a turn of which nothing may be shown: a safe hint, words of the approved lesson or of a page, or
that no page answers it. No model is asked.
"""

from app.base.formulas import plain
from app.base.text import shorten
from app.classroom.directing.director import Act
from app.classroom.schema import TutorAction, Verdict
from app.classroom.speech.prompting import MANNERS, Scene
from app.classroom.speech.quoting import nearest
from app.classroom.speech.scaffold import HINTS
from app.courses.passages import NOTES_MARK
from app.courses.schema import Passage
from app.courses.stemming import stems

CONFIRMED = "Yes, that is right."
ENCOURAGED = "Take your time. What you need stands on page {page}; say what comes to mind, even if you are not sure."
HINTED = "Not quite yet. Look at page {page} again, and compare your words with what stands there about this question."
NOT_COVERED = (
    "I looked through this lesson's pages and found nothing that answers that, so I will not guess. "
    "We are on page {page}: ask about that, or put it another way."
)
NOTHING_OPEN = (
    "No question of ours is open at the moment, so there is no answer to give away. We are on page {page}: ask about "
    "what stands there, and I will explain it."
)
ONLY_A_PICTURE = (
    "This page has only a picture, so I cannot back an answer with its words. Your question is in the record."
)
APPROVED = "I would rather keep to the lesson's own words than guess:"
BEFORE = "I would rather keep to the lesson's own words than guess. On page {page} we said:"
QUOTED = "I would rather show you the source than guess. {place}:"
LONGEST_QUOTE = 320

Words = tuple[str, list[Passage]]
"""Words and the passages they rest on."""


def stand_in(scene: Scene) -> Words:
    """What is said instead in this scene."""
    text, passages = _chosen(scene)
    return plain(text), passages


def _chosen(scene: Scene) -> Words:
    if scene.move is TutorAction.CONFIRM:
        return CONFIRMED, scene.ground[:1]
    if scene.act is Act.NUDGE or scene.move in HINTS:
        words = HINTED if scene.verdict in (Verdict.WRONG, Verdict.PARTLY) else ENCOURAGED
        return words.format(page=scene.page.number), []
    if scene.wants_answer and scene.hidden:
        return ENCOURAGED.format(page=scene.page.number), []
    if not scene.ground:
        return ONLY_A_PICTURE, []
    if not any(scene.is_safe(one.text) for one in scene.ground):
        return HINTED.format(page=scene.page.number), []
    return _here(scene) or _found(scene) or _before(scene) or (not_covered(scene), [])


def _here(scene: Scene) -> Words | None:
    """The approved lesson's words on this page: about what was asked, or at its heart where the whole is meant."""
    if scene.intent in MANNERS:
        about = stems(f"{scene.page.title} {scene.page.text}")
    elif scene.passages and scene.passages[0].page != scene.page.number:
        return None
    else:
        about = stems(scene.question)
    return _approved(APPROVED, scene.page.number, about, scene)


def _found(scene: Scene) -> Words | None:
    """Of the passages at hand, sentences that speak of what was asked; else the best that was found, whole."""
    safe = [one for one in scene.ground if scene.is_safe(one.text)]
    for one in safe:
        if told := _quoted(QUOTED.format(place=_place(one)), [(_bare(one), one)], stems(scene.question), scene):
            return told
    best = next((one for one in scene.passages if one in safe), None)
    return _in_marks(QUOTED.format(place=_place(best)), _bare(best), [best]) if best else None


def _before(scene: Scene) -> Words | None:
    """What the approved lesson said about it on an earlier page, the latest first."""
    for number in sorted({one.page for one in scene.approved if one.page < scene.page.number}, reverse=True):
        if told := _approved(BEFORE.format(page=number), number, stems(scene.question), scene):
            return told
    return None


def _approved(opening: str, page: int, about: frozenset[str], scene: Scene) -> Words | None:
    """What the approved lesson says on a page about it."""
    lines = [one for one in scene.approved if one.page == page]
    return _quoted(opening, [(one.text, one.passage) for one in lines], about, scene)


def _quoted(opening: str, texts: list[tuple[str, Passage]], about: frozenset[str], scene: Scene) -> Words | None:
    """The sentences that speak of it, after an opening, with the passages of their texts; None where none does."""
    found = nearest([text for text, _ in texts], about, scene.is_safe)
    used = {texts[at][1].id: texts[at][1] for at, _ in found}
    return _in_marks(opening, " ".join(one for _, one in found), [*used.values()]) if found else None


def _in_marks(opening: str, words: str, passages: list[Passage]) -> Words:
    return f"{opening} “{shorten(words, LONGEST_QUOTE)}”", passages


def not_covered(scene: Scene) -> str:
    """That no page answers it, and where the class is."""
    titled = f"{scene.page.number}, “{shorten(scene.page.title, 80)}”"
    return NOT_COVERED.format(page=titled if scene.is_safe(titled) else scene.page.number)


def _bare(passage: Passage) -> str:
    return passage.text.removeprefix(NOTES_MARK)


def _place(passage: Passage) -> str:
    """Where a passage stands, as the beginning of a sentence."""
    is_note = passage.text.startswith(NOTES_MARK)
    return f"The notes to page {passage.page} say" if is_note else f"Page {passage.page} says"
