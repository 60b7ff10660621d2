"""The scaffolded exchange about an open question: how an answer is judged, and what the tutor's turn then does.

The verdicts and actions are those of Sonkar et al., "Pedagogical Alignment of Large Language Models" (arXiv
2402.05000): a wrong answer is met with a hint, a partly right one with credit and a hint, an unclear one with a
question, and only
repeated failure or a plain request with the solution.
"""

import re
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel

from app.base.marks import data
from app.base.prompts import fill
from app.base.text import normal, words_in
from app.classroom.log.state import Question
from app.classroom.schema import Intent, TutorAction, Verdict
from app.classroom.speech.guard import DENIAL, numbers_in
from app.courses.grounding import COUNTS
from app.courses.stemming import all_words, stems
from app.inference import service as inference
from app.inference.schema import ModelJunk, ModelUnavailable, Prompt, Role

PROMPTS = Path(__file__).parent / "prompts"
MOST_FAILURES = 2
"""After so many answers that were not right, the solution is given."""
SAME = 0.75
"""An answer that has this share of the key's own words is right, whatever a model thinks."""
NEAR = 0.4
LABELS = {"A": Verdict.RIGHT, "B": Verdict.PARTLY, "C": Verdict.WRONG, "D": Verdict.UNCLEAR}
JUDGE_SECONDS = 4.0
_DENIAL = re.compile(rf"{DENIAL.pattern}|\b(?:without|neither)\b", re.IGNORECASE)
_ANSWERS = words_in("yes no both neither none all more less before after always never left right first last same other")
"""Small words that can be all of an answer."""
_WANTS_SOLUTION = re.compile(
    r"\b(?:(?:tell|give|show)\s+(?:me|us)\s+(?:the\s+)?(?:answer|solution)|just\s+tell\s+(?:me|us)"
    r"|what(?:'s|\s+is|\s+was)\s+the\s+(?:right\s+|correct\s+)?(?:answer|solution))\b",
    re.IGNORECASE,
)
HINTS = (TutorAction.HINT, TutorAction.CREDIT_AND_HINT, TutorAction.HINT_ON_REQUEST, TutorAction.CLARIFY)


class Judgement(BaseModel):
    """A verdict on an answer, what the tutor does about it, and whether a model or a rule judged."""

    verdict: Verdict
    move: TutorAction
    by: str = "rule"


def judge(question: Question, key: str, about: UUID | None = None, by_rule: bool = False) -> Judgement:
    """Judge the words that reply to an open question. `key` is what the page says about it; it goes to no tutor's
    prompt. `by_rule`: no model is asked, also where the words alone do not decide. What code has graded stands.
    """
    if question.graded:
        return Judgement(verdict=question.graded, move=_move(question, question.graded), by="code")
    verdict, by = _verdict(question, key, about, by_rule)
    return Judgement(verdict=verdict, move=_move(question, verdict), by=by)


def _verdict(question: Question, key: str, about: UUID | None, by_rule: bool) -> tuple[Verdict, str]:
    if question.intent is not Intent.ANSWER or _WANTS_SOLUTION.search(question.text):
        return Verdict.UNCLEAR, "rule"
    if (verdict := by_words(question.text, key, question.replies_to)) is not None:
        return verdict, "rule"
    if by_rule:
        return _by_share(question.text, key, question.replies_to), "rule"
    try:
        label = inference.choose(Role.TUTOR, _prompt(question, key), list(LABELS), about=about, seconds=JUDGE_SECONDS)
    except (ModelJunk, ModelUnavailable):
        return _by_share(question.text, key, question.replies_to), "fallback"
    return LABELS[label], "model"


def by_words(answer: str, key: str, asked: str) -> Verdict | None:
    """A verdict that needs no model: the key's own words or its one number, or none of anybody's. Where something is
    denied ("Sydney, not Canberra") it takes a model, as for one number of several.
    """
    if normal(answer) and normal(answer) in map(normal, key.splitlines()):
        return Verdict.RIGHT
    more = stems(answer) - stems(asked) - set(COUNTS)
    numbers, given = numbers_in(key) - numbers_in(asked), numbers_in(answer) - numbers_in(asked)
    if not more:  # nothing but a number: "two" is one then
        given |= {str(at) for at in (1, 2) if COUNTS[at] in all_words(answer)} - numbers_in(asked)
    if given and len(numbers) == 1 and len(more) <= 2 and not _DENIAL.search(answer):
        if given != numbers:
            return Verdict.WRONG
        return Verdict.RIGHT if more <= stems(key) else None
    if not stems(answer) and not given:
        return None if all_words(answer) & (all_words(key) | _ANSWERS) else Verdict.UNCLEAR
    is_plain = not _DENIAL.search(answer) and not _DENIAL.search(key)
    return Verdict.RIGHT if is_plain and _share(answer, key, asked) >= SAME else None


def _by_share(answer: str, key: str, asked: str) -> Verdict:
    share = _share(answer, key, asked)
    if bool(_DENIAL.search(answer)) != bool(_DENIAL.search(key)):
        return Verdict.UNCLEAR
    return Verdict.RIGHT if share >= SAME else Verdict.PARTLY if share >= NEAR else Verdict.UNCLEAR


def _share(answer: str, key: str, asked: str) -> float:
    """How much of what the key adds to the question the answer has, of the line of the key that it has most of."""
    lines = [own for line in key.splitlines() if (own := stems(line) - stems(asked))]
    return max((len(own & stems(answer)) / len(own) for own in lines), default=0.0)


def _prompt(question: Question, key: str) -> Prompt:
    return Prompt(
        system=fill(PROMPTS, "judge.txt.j2"),
        turn=fill(
            PROMPTS,
            "judge_turn.txt.j2",
            asked=data(question.replies_to, 300),
            key=data(key, 500),
            answer=data(question.text, 400),
        ),
    )


def _move(question: Question, verdict: Verdict) -> TutorAction:
    """The action for a verdict, by the table of the paper; repeated failure leads to the solution."""
    is_last = question.failures + 1 > MOST_FAILURES
    if _WANTS_SOLUTION.search(question.text):
        return TutorAction.SOLUTION_ON_REQUEST if question.failures else TutorAction.HINT_ON_REQUEST
    if question.intent is Intent.QUESTION:
        return TutorAction.ANSWER
    if question.intent is not Intent.ANSWER:
        return TutorAction.SOLUTION_ON_REQUEST if is_last else TutorAction.HINT_ON_REQUEST
    table = {
        Verdict.RIGHT: TutorAction.CONFIRM,
        Verdict.PARTLY: TutorAction.SOLUTION_AFTER_PARTLY if is_last else TutorAction.CREDIT_AND_HINT,
        Verdict.WRONG: TutorAction.SOLUTION_AFTER_FAILURE if is_last else TutorAction.HINT,
        Verdict.UNCLEAR: TutorAction.SOLUTION_AFTER_FAILURE if is_last else TutorAction.CLARIFY,
    }
    return table[verdict]
