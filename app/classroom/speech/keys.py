"""What is right about a question that the script asks, and, where the lesson is in another language than its deck, what
says the same in the other of the two.
"""

import itertools
import re
from collections.abc import Iterator
from uuid import UUID

from app.assessment.in_class import Solution
from app.base.languages import code_of
from app.base.scripts import count_words, is_question
from app.classroom.speech.guard import numbers_in
from app.classroom.speech.quoting import CUE, split
from app.classroom.stage.lesson import Lesson
from app.courses.grounding import COUNTS
from app.courses.passages import NOTES_MARK
from app.courses.stemming import beginnings, forms, plain_words
from app.lessons.planning.phrasing import is_phrase
from app.lessons.schema import Ask

HEADING = 2
"""So many words are a heading, which answers nothing."""
_SIGN = re.compile(r"\b[A-Z][a-z]?\d?\b")
_NO_SIGNS = re.compile(r"A|I|An|As|At|By|Do|Go|He|If|In|Is|It|Me|My|No|Of|On|Or|So|To|Up|Us|We")
_GOES_ON = re.compile(r"(?:it|they|this|these|that|he|she)\b", re.IGNORECASE)


def key_of(lesson: Lesson, action: Ask) -> str:
    """What the page says about a question, a sentence a line: the one nearest to it in words, of those as near the one
    that adds most, and what goes on about the same thing ("It keeps ...").

    Where the lesson crosses languages the script says it, first in what rests on the question's own passages; all that
    it says on the page, where none of it shares a word with the question.
    """
    answers = _answers(lesson, action) or _answers(lesson, action, of_page=True)
    if not answers:
        return ""
    said, near = [sentence for sentence, _ in answers], [how for _, how in answers]
    best = max(near)
    if lesson.crosses and not best[0]:
        return "\n".join(said)
    first = near.index(best)
    more = itertools.takewhile(lambda one: _GOES_ON.match(one), said[first + 1 :])
    return "\n".join([said[first], *more])


def _answers(lesson: Lesson, action: Ask, of_page: bool = False) -> list[tuple[str, tuple[int, int]]]:
    """The sentences that can answer a question, as they add something to it and ask nothing: each with how near it is,
    and how much it adds.
    """
    code, found = code_of(lesson.language), []
    about = _words(action.words, code)
    for sentence, is_own in _told(lesson, action, of_page):
        words = _words(sentence, code)
        shared, more = len(words & about), len(words - about)
        if more and not is_question(sentence):
            found.append((sentence, (shared + is_own if shared else 0, more)))
    return found


def _words(text: str, code: str) -> frozenset[str]:
    """The words by which sentences are near to a question or add to it; its numbers too, and signs such as Au."""
    counts = set(COUNTS).intersection(plain_words(text))
    signs = {one for one in _SIGN.findall(text) if not _NO_SIGNS.fullmatch(one)}
    return forms(text, code) | numbers_in(text) | counts | signs


def _told(lesson: Lesson, action: Ask, of_page: bool) -> Iterator[tuple[str, bool]]:
    """The sentences among which the answer is, and whether each is known to rest on what the question rests on."""
    own = set[UUID]() if of_page and not lesson.crosses else set(action.passages)
    if lesson.crosses:
        for one in lesson.approved:
            is_own = any(rest.id in own for rest in one.rests)
            if one.page == action.page:
                yield from ((sentence, is_own) for sentence in split(one.text) if not is_phrase(sentence))
    else:
        passages = lesson.pages[action.page].passages
        for rest in [one for one in passages if one.id in own] or passages:
            sentences = split(rest.text.removeprefix(NOTES_MARK))
            is_note = rest.text.startswith(NOTES_MARK)  # of which some has the teacher do something
            yield from ((sentence, False) for sentence in sentences if not (is_note and CUE.match(sentence)))


def deck_key(lesson: Lesson, action: Ask, key: str) -> str:
    """What may be the same in the deck's words, a sentence a line: all that the question, and the lines of the script
    with its answer, rest on. It is not to be shown, and too much to hold other words against.
    """
    ids = set(action.passages)
    for one in lesson.approved:
        if any(line in one.text for line in key.splitlines()):
            ids.update(rest.id for rest in one.rests)
    rests = [one for one in lesson.pages[action.page].passages if one.id in ids]
    return "\n".join(line for one in rests for line in split(one.text) if count_words(line) > HEADING)


def told_of(lesson: Lesson, found: Solution) -> str:
    """What the script says of the answer of a question of the bank, which may be in the deck's language: the lines that
    rest on the passage nearest to it in words.
    """
    about = beginnings(f"{found.stem} {' '.join(found.lines)} {found.explanation}", lesson.deck_code)
    near = {one.id: len(about & beginnings(one.text, lesson.deck_code)) for one in lesson.passages}
    best = max(near, key=lambda each: near[each], default=None)
    if best is None or not near[best]:
        return ""
    lines = [one.text for one in lesson.approved if any(rest.id == best for rest in one.rests)]
    return "\n".join(sentence for text in lines for sentence in split(text) if not is_phrase(sentence))
