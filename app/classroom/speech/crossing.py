"""Answers of open questions where a lesson is in another language than its deck: in the script's words, and in the
deck's.
"""

from app.assessment.in_class import Solution
from app.base.languages import code_of
from app.base.scripts import count_words
from app.classroom.speech.quoting import split
from app.classroom.stage.lesson import Lesson
from app.courses.stemming import beginnings
from app.lessons.planning.phrasing import is_phrase
from app.lessons.schema import Ask

HEADING = 2
"""So many words are a heading, which answers nothing."""


def told_key(lesson: Lesson, action: Ask) -> str:
    """What the script says on its page about a question: the sentence nearest to it in words, those that rest on the
    question's own passages before others; all of them, where none shares a word with it.
    """
    code = code_of(lesson.language)
    about, own = beginnings(action.words, code), set(action.passages)
    said: dict[str, tuple[int, int]] = {}
    for one in lesson.approved:
        if one.page == action.page:
            for sentence in split(one.text):
                words = beginnings(sentence, code)
                if words - about and not is_phrase(sentence):
                    is_own = any(rest.id in own for rest in one.rests)
                    said[sentence] = (len(words & about) and len(words & about) + is_own, len(words - about))
    best = max(said.values(), default=(0, 0))
    return "\n".join(sentence for sentence, near in said.items() if not best[0] or near == best)


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
