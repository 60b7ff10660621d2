"""What stands in for a turn of which nothing may be shown: a safe hint, words of the approved lesson or of a page, or
that no page answers it. No model is asked.
"""

from collections.abc import Callable, Iterator

from app.base.formulas import plain
from app.base.phrasebook import USUAL
from app.base.scripts import FULL_STOPS, count_words, run_on
from app.base.text import shorten
from app.classroom.directing.director import Act
from app.classroom.schema import CLASSMATES, Intent, TutorAction, Verdict
from app.classroom.speech.answerable import asks_whether, leaves_open
from app.classroom.speech.guard import says_again
from app.classroom.speech.manner import leans
from app.classroom.speech.phrasing import begins_as
from app.classroom.speech.prompting import MANNERS, Scene
from app.classroom.speech.quoting import (
    CUE,
    LONGEST,
    asks_only_for,
    by_words,
    ended,
    is_one_of_all,
    nearest,
    numbered,
    one_of,
    onward,
    split,
)
from app.classroom.speech.ranking import EXAMPLE, HEADING, Kind, Ranked, Run, Wanted, ranked
from app.classroom.speech.scaffold import HINTS
from app.courses.passages import NOTES_MARK
from app.courses.schema import Passage
from app.courses.stemming import forms, stems

NUDGES = ("encouraged", "nudged_guess", "nudged_part")
"""One after the other from question to question of a lesson."""
_STATED = f"{FULL_STOPS}!！"
"""What a sentence ends with that is no question and goes no further."""
CLEARLY = 0.5
"""The score from which on a passage is about a question though a word of it is not the lesson's."""
FLOOR, SURE = 0.3, 0.9
"""What a sentence is worth (`ranking`) from which on it is told at all, and told as the answer."""

Words = tuple[str, list[Passage]]
"""Words and the passages they rest on."""


def stand_in(scene: Scene) -> Words:
    """What is said instead in this scene."""
    text, passages = _chosen(scene)
    return plain(text), passages


def listed(scene: Scene) -> Words | None:
    """Of several things that the lesson takes one after the other all, or one, for who asks for just that; None where
    they are not asked for, or words reply to a question.
    """
    if not scene.is_asked or scene.intent is not Intent.QUESTION:
        return None
    if scene.strange or scene.voice in CLASSMATES or not asks_only_for(scene.question):
        return None
    told = _listed(scene)
    return (plain(told[0]), told[1]) if told else None


def named_elsewhere(scene: Scene) -> Words | None:
    """What the lesson says of a thing that a wish names and that the page which is shown does not have: a model would
    speak of this page. None where the wish names no such thing, or the lesson has nothing sure of it but what was just
    said.
    """
    if not scene.is_asked or not scene.thing or scene.voice in CLASSMATES:
        return None
    if any(stems(scene.thing) & stems(one.text) for one in scene.page.passages):
        return None
    told = next((_told(scene, one) for one in _ranking(scene)[:1] if one.score >= SURE), None)
    return (plain(told[0]), told[1]) if told and plain(told[0]) not in scene.told else None


def is_near(scene: Scene) -> bool:
    """Whether something of the lesson is near to a question with a word that the lesson does not have: it has most of
    its words, or what was found is clearly about it.
    """
    about, best = stems(scene.question), scene.passages[:1]
    texts = [one.text for one in scene.ground] + [one.text for one in scene.approved]
    sentences = (one for text in texts for one in split(text))
    return any(one.score >= CLEARLY for one in best) or any(
        2 * len(stems(one) & about) > len(about) for one in sentences
    )


def asks_which_part(text: str) -> bool:
    """Whether words ask a student what they did not understand, as `stand_in` does."""
    return begins_as(text, "which_part")


def _chosen(scene: Scene) -> Words:
    if scene.move is TutorAction.CONFIRM:
        return scene.phrase("confirmed"), scene.ground[:1]
    if scene.act is Act.NUDGE:
        return scene.phrase(NUDGES[scene.asks_before % len(NUDGES)]), []
    if scene.move in HINTS:
        return scene.phrase("hinted" if scene.verdict in (Verdict.WRONG, Verdict.PARTLY) else "encouraged"), []
    if scene.wants_answer and scene.hidden:
        return scene.phrase("encouraged"), []
    if not scene.ground:
        return scene.phrase("only_a_picture"), []
    if not any(scene.is_safe(one.text) for one in scene.ground):
        return scene.phrase("hinted"), []
    ways = (_said_of_it, _found) if scene.remarks else (_listed, _wished, _best, _whole)
    if scene.strange and not is_near(scene) and (asks_whether(scene.question) or not _is_sure(scene)):
        return not_covered(scene), []
    text, passages = next((told for way in ways if (told := way(scene))), (not_covered(scene), []))
    if not passages:
        return text, passages
    if scene.strange:
        text = run_on((scene.phrase("strange_near", word=scene.strange), text))
    elif scene.code == USUAL and leaves_open(scene.question, text) and not begins_as(text, "nearest"):
        text = run_on((scene.phrase("near_only"), text))
    return text, passages


def _listed(scene: Scene) -> Words | None:
    """Of several things that the approved lesson takes one after the other all, or the one that is asked for."""
    told = [one.text for one in scene.approved]
    found = numbered(told, scene.question) or one_of(told, scene.question)
    if not found or not scene.is_safe(" ".join(one for _, one in found)):
        return None
    return _quoted(scene, scene.phrase("approved"), found, [one.passage for one in scene.approved])


def _best(scene: Scene) -> Words | None:
    """Of all that the lesson says the sentence that answers best, and what goes on from it; for who wishes to hear more
    or something else not what they were just told.
    """
    for one in _ranking(scene):
        told = _told(scene, one) if one.score >= FLOOR else None
        if told and scene.intent in MANNERS and plain(told[0]) in scene.told:
            continue
        if told and (one.score >= SURE or scene.code != USUAL or scene.strange):
            return told
        if told:
            return run_on((scene.phrase("nearest"), told[0])), told[1]
    return None


def _is_sure(scene: Scene) -> bool:
    return any(one.score >= SURE for one in _ranking(scene)[:1])


def _ranking(scene: Scene) -> list[Ranked]:
    wanted = Wanted(
        words=scene.thing or scene.question,
        page=scene.page.number,
        example=scene.intent is Intent.EXAMPLE,
        found=_pages_found(scene),
        language=scene.code,
    )
    every = [*_sayable(scene)]
    if not forms(wanted.words, scene.code):
        every = [run for run in every if run.page == wanted.page]  # "why is that so?" is about what was just said
    return ranked(wanted, every)


def _pages_found(scene: Scene) -> dict[int, float]:
    """How well the best passage of each page answers, of those found."""
    scores = dict[int, float]()
    for one in scene.passages:
        scores[one.page] = max(scores.get(one.page, 0.0), one.score)
    return scores


def _sayable(scene: Scene) -> Iterator[Run]:
    """All that may be quoted: the approved lines of each page, and of the passages at hand the notes, between the
    things they have the teacher do, and the lines.
    """
    for page in dict.fromkeys(one.page for one in scene.approved):
        said = [(each, one.passage) for one in scene.approved if one.page == page for each in split(one.text)]
        yield _run(scene, Kind.SAID, page, said)
    if scene.crosses:
        return  # the deck's words are in another language
    for one in scene.ground:
        if _is_note(one):
            yield from (_run(scene, Kind.NOTES, one.page, [(each, one) for each in run]) for run in _runs(one) if run)
        else:
            yield _run(scene, Kind.PAGE, one.page, [(each, one) for each in split(one.text)])


def _run(scene: Scene, kind: Kind, page: int, said: list[tuple[str, Passage]]) -> Run:
    title = scene.page.title if page == scene.page.number else scene.titles.get(page, "")
    return Run(kind, page, title, tuple(one for one, _ in said), tuple(passage for _, passage in said))


def _told(scene: Scene, one: Ranked) -> Words | None:
    """A sentence that was ranked, and what goes on from it, after where it stands; None where it may not be told, or is
    one of several things of which all are asked for: one alone is no list.
    """
    run, best = one.run, one.run.sentences[one.at]
    if is_one_of_all(best, scene.question):
        return None
    if run.kind is Kind.PAGE:  # its lines do not go on from each other
        found = [(one.at, ended(best))] if scene.is_safe(best) else []
    else:
        found = onward(run.sentences, lambda each: float(each == best), scene.is_safe)
    return _quoted(scene, _place(scene, run.kind, run.page), found, [*run.passages]) if found else None


def _wished(scene: Scene) -> Words | None:
    """Where nothing is named: an example of the approved lesson on this page, or its heart for who wants to go deeper.
    Who did not understand is told what the page has in other words, else its gist, not the same words again, and asked
    for the spot.
    """
    if scene.intent not in MANNERS or scene.names_a_thing:
        return None
    page = scene.page
    if scene.intent is Intent.EXAMPLE:
        return _example(scene) or (scene.phrase("no_example"), [])
    if scene.intent is Intent.DEEPER:
        return _approved("approved", page.number, by_words(stems(f"{page.title} {page.text}")), scene)
    which = scene.phrase("which_part")
    if told := _other_words(scene):
        return run_on((told[0], which)), told[1]
    title = shorten(page.title, 80)
    gist = scene.phrase("gist", title=title) if title and scene.is_safe(title) else ""
    return run_on((gist, which)), []


def _other_words(scene: Scene) -> Words | None:
    """What the notes to the page say on from the first sentence that is about what was said on it and does not say it
    again; else such a sentence of the page itself, as a page's lines do not go on from each other.
    """
    said = stems("\n".join(one.text for one in scene.recent if one.page == scene.page.number))

    def is_new(one: str) -> bool:
        is_sentence = count_words(one) > HEADING and one[-1] in _STATED
        return bool(stems(one) & said) and is_sentence and not says_again(one, scene.told) and scene.is_safe(one)

    lines = [one for one in scene.page.passages if scene.is_line(one)]
    for one in lines or sorted(scene.page.passages, key=_is_note, reverse=True):
        if _is_note(one):
            runs = (onward(run, is_new, scene.is_safe) for run in _runs(one))
            found = next(([each for _, each in run] for run in runs if run), [])
            opening = "notes_put"
        else:
            found = [each for each in split(one.text) if is_new(each) and not leans(each)][:1]
            opening = "approved" if lines else "page_puts"
        if found:
            return _in_marks(scene, scene.phrase(opening, page=one.page), run_on(found), [one])
    return None


def _runs(note: Passage) -> Iterator[list[str]]:
    """What notes say between the things they have the teacher do: what leans on one of those is left out."""
    run: list[str] = []
    for one in split(note.text.removeprefix(NOTES_MARK)):
        if CUE.match(one):
            yield run
            run = []
        elif run or not leans(one):
            run.append(one)
    yield run


def _said_of_it(scene: Scene) -> Words | None:
    """The approved lesson's words on this page that have half of what a student remarked: what is only near to it in
    meaning would be held against words that it does not speak of.
    """
    about = stems(scene.question)
    return _approved("approved", scene.page.number, lambda one: float(_has_half(about, one)), scene)


def _example(scene: Scene) -> Words | None:
    """A line of the approved lesson on this page that has an example and was not just said."""
    here = [one for one in scene.approved if one.page == scene.page.number and one.text not in scene.told]
    told = next((one for one in here if EXAMPLE.search(one.text) and scene.is_safe(one.text)), None)
    return _in_marks(scene, scene.phrase("example"), told.text, [told.passage]) if told else None


def _found(scene: Scene) -> Words | None:
    """Of the passages at hand, sentences that have most of what was asked, if they are more than a heading."""
    about = stems(scene.question)
    for one in scene.ground:
        texts, is_safe = [_bare(one)], scene.is_safe
        found = onward(texts, by_words(about), is_safe) if _is_note(one) else nearest(texts, about, is_safe)
        words = run_on(each for _, each in found)
        if is_safe(one.text) and count_words(words) > HEADING and 2 * len(stems(words) & about) > len(about):
            return _quoted(scene, _stands(scene, one), found, [one])
    return None


def _whole(scene: Scene) -> Words | None:
    """The best passage that was found."""
    best = next((one for one in scene.passages if scene.is_safe(one.text) and _bare(one)), None)
    return _in_marks(scene, _stands(scene, best), _bare(best), [best]) if best else None


def _approved(opening: str, page: int, score: Callable[[str], float], scene: Scene) -> Words | None:
    """What the approved lesson says on a page from its sentence with the highest score on, after a phrase. It may go
    on into what the teacher is about to say: half of it can say the contrary.
    """
    lines = [one for one in scene.approved if one.page == page]
    found = onward([one.text for one in lines], score, scene.is_safe)
    return _quoted(scene, scene.phrase(opening, page=page), found, [one.passage for one in lines]) if found else None


def _quoted(scene: Scene, opening: str, found: list[tuple[int, str]], passages: list[Passage]) -> Words:
    """Sentences after an opening, with the passages of their texts."""
    used = {passages[at].id: passages[at] for at, _ in found}
    return _in_marks(scene, opening, run_on(one for _, one in found), [*used.values()])


def _in_marks(scene: Scene, opening: str, words: str, passages: list[Passage]) -> Words:
    return scene.phrase("quoted", opening=opening, words=shorten(words, LONGEST)), passages


def nearest_said(scene: Scene) -> Words | None:
    """What the approved lesson said on an earlier page from a sentence on that has half of what was asked, though it is
    no answer.
    """
    about = stems(scene.question)
    for page in sorted({one.page for one in scene.approved if one.page < scene.page.number}, reverse=True):
        told = _approved("no_answer", page, lambda one: float(_has_half(about, one)), scene)
        if told:
            return told
    return None


def _has_half(about: frozenset[str], words: str) -> bool:
    return bool(about) and 2 * len(stems(words) & about) >= len(about)


def not_covered(scene: Scene) -> str:
    """That no page answers it, or speaks of what a student remarked, and where the class is."""
    titled = scene.phrase("titled", title=shorten(scene.page.title, 80))
    name = "remark" if scene.remarks else "strange" if scene.strange else "not_covered"
    return scene.phrase(name, here=titled if scene.is_safe(titled) else scene.phrase("here"), word=scene.strange)


def _bare(passage: Passage) -> str:
    """What may be quoted of a passage: of notes not what they have the teacher do."""
    if not _is_note(passage):
        return passage.text
    return "\n".join(one for one in split(passage.text.removeprefix(NOTES_MARK)) if not CUE.match(one))


def _is_note(passage: Passage) -> bool:
    return passage.text.startswith(NOTES_MARK)


def _stands(scene: Scene, passage: Passage) -> str:
    """Where a passage stands, as `_place` says it."""
    kind = Kind.SAID if scene.is_line(passage) else Kind.NOTES if _is_note(passage) else Kind.PAGE
    return _place(scene, kind, passage.page)


def _place(scene: Scene, kind: Kind, page: int) -> str:
    """When it was said or will be, or that it can be shown where it stands."""
    if kind is Kind.SAID:
        at = "before" if page < scene.page.number else "ahead" if page > scene.page.number else "approved"
        return scene.phrase(at, page=page)
    return scene.phrase("notes_say" if kind is Kind.NOTES else "page_says", page=page)
