"""The grader: a model marks an open answer by its rubric, and its marks are believed only where they can be checked.

Every mark must rest on words that really stand in the answer. What cannot be checked, or what the grader is not sure
of, waits for the instructor, with the reason.
"""

import re
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, Field, create_model

from app.assessment.documents import CriterionMark
from app.assessment.schema import Criterion, OpenItem
from app.assessment.words import folded
from app.base.marks import data, without_marks
from app.base.prompts import fill
from app.inference import service as inference
from app.inference.schema import ModelJunk, Prompt, Role

PROMPTS = Path(__file__).parent / "prompts"
SURE = 0.6
"""With less confidence the marks are a proposal to the instructor."""
READ_CHARACTERS = 6_000
"""Longer answers are not put before the model, which would mark a part for the whole."""
QUOTE_CHARACTERS = 160
LEAST_QUOTE = 3
CRITERION_TOKENS, OTHER_TOKENS = 100, 60
"""What a reply may take for each criterion and for the rest."""
TO_THE_GRADER = re.compile(
    r"\b(?:(?:give|award|grant)\s+(?:me|this|it|the\s+answer|full|max\w*)\b.{0,40}\b(?:marks?|points?|score|grade)"
    r"|full\s+(?:marks|points|score)|(?:ignore|disregard|forget)\s+(?:all\s+|the\s+|any\s+|your\s+|previous\s+)+"
    r"(?:\w+\s+)?(?:instructions?|rubric|rules|above)|as\s+(?:an?\s+)?(?:ai|language\s+model)|you\s+are\s+(?:now\s+)?"
    r"(?:a\s+|the\s+)?(?:grader|marker|examiner)|set\s+confidence|cannot_grade)",
    re.IGNORECASE,
)
"""Words meant for whoever marks, not for the question. They decide no marks: a person looks at such an answer."""

TOO_LONG = "The answer is longer than the model is given; please mark it."
SPEAKS = "The answer speaks to whoever marks it; please look at it yourself."
CANNOT = "The model says that it cannot grade this answer."
UNSURE = "The model is not sure of these marks; please check them."
JUNK = "The model's marks could not be used, twice."


class ReplyMark(BaseModel):
    """What the model says of one criterion."""

    criterion: int
    marks: float = Field(ge=0)
    quote: str = Field(max_length=QUOTE_CHARACTERS)


class GraderReply(BaseModel):
    """What the model is asked for."""

    criteria: list[ReplyMark]
    cannot_grade: bool
    confidence: float = Field(ge=0, le=1)


@lru_cache(maxsize=16)
def _form(count: int) -> type[GraderReply]:
    """What is asked for by a rubric of so many criteria: just as many marks, so that a small model stops in time."""
    marks = (list[ReplyMark], Field(min_length=count, max_length=count))
    return create_model("GraderReply", __base__=GraderReply, criteria=marks)


class Marking(BaseModel):
    """How an open answer was marked. `sure`: the marks hold without a person; else `reason` says why they do not."""

    criteria: list[CriterionMark] = []
    confidence: float | None = None
    sure: bool = False
    reason: str = ""
    model: str = ""
    call_id: UUID | None = None

    @property
    def raw(self) -> float | None:
        """The marks together, None where none were given."""
        return sum(one.mark for one in self.criteria) if self.criteria else None


def mark(item: OpenItem, answer: str, about: UUID | None = None) -> Marking:
    """Have the model mark an answer. Raises ModelUnavailable: whether to wait is for the job to decide."""
    if len(answer) > READ_CHARACTERS:
        return Marking(reason=TOO_LONG)
    check, count = ReplyCheck(item.criteria, answer), len(item.criteria)
    prompt, tokens = grader_prompt(item, answer), CRITERION_TOKENS * count + OTHER_TOKENS
    try:
        reply, call = inference.draft(Role.GRADER, prompt, _form(count), about=about, max_tokens=tokens, check=check)
    except ModelJunk:
        return Marking(reason=SPEAKS if TO_THE_GRADER.search(answer) else JUNK)
    told = Marking(confidence=reply.confidence, model=call.model, call_id=call.call_id)
    if reply.cannot_grade:
        return told.model_copy(update={"reason": CANNOT})
    criteria = [
        CriterionMark(name=line.name, points=line.points, mark=one.marks, quote=one.quote if one.marks else "")
        for line, one in zip(item.criteria, reply.criteria, strict=True)
    ]
    reason = SPEAKS if TO_THE_GRADER.search(answer) else UNSURE if reply.confidence < SURE else ""
    return told.model_copy(update={"criteria": criteria, "sure": not reason, "reason": reason})


class ReplyCheck:
    """Checks a reply against the rubric and the answer: "" when it holds, else a sentence for the model to mend."""

    def __init__(self, criteria: list[Criterion], answer: str) -> None:
        self.criteria = criteria
        self.answer = folded(without_marks(answer))

    def __call__(self, reply: GraderReply) -> str:
        if reply.cannot_grade:
            return ""
        if [one.criterion for one in reply.criteria] != list(range(1, len(self.criteria) + 1)):
            return f"Mark criteria 1 to {len(self.criteria)}, each once and in order."
        found = (self._trouble(line, one) for line, one in zip(self.criteria, reply.criteria, strict=True))
        return next((problem for problem in found if problem), "")

    def _trouble(self, line: Criterion, one: ReplyMark) -> str:
        if one.marks > line.points or (2 * one.marks) % 1:
            return f"Criterion {one.criterion}: marks go from 0 to {line.points:g} in halves."
        quote = folded(one.quote)
        if one.marks and (len(quote) < LEAST_QUOTE or quote not in self.answer):
            return f"Criterion {one.criterion}: copy words that stand in the answer, exactly."
        return ""


def grader_prompt(item: OpenItem, answer: str) -> Prompt:
    """The prompt: what is the same for all answers first, then the question and its rubric, then the answer."""
    criteria = [
        Criterion(
            name=data(one.name, 300), points=one.points, descriptors=[data(line, 500) for line in one.descriptors]
        )
        for one in item.criteria
    ]
    turn = fill(
        PROMPTS,
        "grader_turn.txt.j2",
        question=data(item.stem, 4_000),
        criteria=criteria,
        answer=data(answer, READ_CHARACTERS),
    )
    return Prompt(system=fill(PROMPTS, "grader.txt.j2"), turn=turn)


def _short(lines: list[str]) -> list[str]:
    return [data(line, 500) for line in lines]
