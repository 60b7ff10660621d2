"""The short talk in which a learner says how they like to be taught: four questions, read by rule. Pure.

Who answers in words of their own is understood by a few phrases, and asked again where none fits: no model hears it,
and the words themselves are not kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter

from app.base.languages import LANGUAGES
from app.lessons.personal.schema import AS_IT_IS, Depth, Goal, Level


@dataclass(frozen=True)
class Question:
    """A question of the talk: the profile's field, what is asked, the answers by their values, and phrases that mean
    them."""

    name: str
    label: str
    asked: str
    answers: dict[str, str]
    phrases: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What was understood: the value, and its words."""

    value: str
    words: str


QUESTIONS = (
    Question(
        "goal",
        "What for",
        "What do you learn for?",
        {
            Goal.OPEN: "No reason in particular",
            Goal.TEST: "For a test",
            Goal.WORK: "For work",
            Goal.CURIOUS: "Out of curiosity",
            Goal.REFRESH: "To refresh what I knew",
        },
        {
            Goal.TEST: r"test|exam|grade|mark|quiz",
            Goal.WORK: r"work|job|career|project",
            Goal.CURIOUS: r"curio|interest|fun|like",
            Goal.REFRESH: r"refresh|remind|forgot|again",
            Goal.OPEN: r"no reason|none|nothing|just because|don.?t know",
        },
    ),
    Question(
        "level",
        "What I know",
        "How much of the subject do you know already?",
        {
            Level.OPEN: "I go with the lesson",
            Level.NEW: "It is new to me",
            Level.KNOWS: "I know the basics",
        },
        {
            Level.NEW: r"new|nothing|beginner|not much|little|never",
            Level.KNOWS: r"basics|some|a lot|advanced|much|already|know",
            Level.OPEN: r"lesson|normal|any",
        },
    ),
    Question(
        "depth",
        "How fully",
        "How fully shall the teacher tell it?",
        {
            Depth.OPEN: "As the lesson does",
            Depth.BRIEF: "Briefly, to the point",
            Depth.FULL: "Fully, with how things belong together",
        },
        {
            Depth.BRIEF: r"brief|short|quick|point|concise",
            Depth.FULL: r"full|detail|deep|thorough|more|long",
            Depth.OPEN: r"lesson|normal|any|as it",
        },
    ),
    Question(
        "language",
        "Language",
        "In which language?",
        {AS_IT_IS: "The lesson's own", **dict(sorted(LANGUAGES.items(), key=itemgetter(1)))},
        {
            AS_IT_IS: r"lesson|same|any|own",
            **{code: rf"\b{re.escape(name.casefold())}" for code, name in LANGUAGES.items()},
        },
    ),
)


def understood(question: Question, given: str) -> Answer | None:
    """The answer that a value or somebody's words mean, None where no phrase or more than one fits."""
    if given in question.answers:
        return Answer(given, question.answers[given])
    plain = " ".join(given.casefold().split())
    fitting = [value for value, phrase in question.phrases.items() if re.search(phrase, plain)]
    exact = [value for value, words in question.answers.items() if words.casefold() == plain]
    found = exact or fitting
    return Answer(found[0], question.answers[found[0]]) if len(found) == 1 else None


def heard(given: Mapping[str, str | None]) -> dict[str, Answer | str]:
    """What was understood of the answers given, by field, up to the first that was not: its words stand there."""
    found: dict[str, Answer | str] = {}
    for question in QUESTIONS:
        words = given.get(question.name)
        if words is None:
            break
        answer = understood(question, words)
        found[question.name] = answer if answer is not None else words
        if answer is None:
            break
    return found
