"""Plain JSON lines: this platform's own form of a line, or a shorter one.

`prompt` is a list of messages or the learner's words alone; beside it stand `completion` (a turn to imitate, with
`label` true or false one that was liked or not, with `feedback` what was said of it), `chosen` and `rejected` (with
`edited` true, the first is what somebody made of the second), or `candidates`: turns with an `outcome` and a `rubric`
from 0 to 1, of which every two that differ enough make a pair. `question` and `answer` make a problem.
"""

from collections.abc import Iterator
from itertools import combinations

from pydantic import BaseModel, Field, JsonValue, ValidationError

from app.alignment.datasets.reading import Reader, json_lines, words
from app.alignment.datasets.schema import Format, Problem
from app.alignment.datasets.talking import answer, key_of, opening, spoken
from app.alignment.schema import Line, Message, PairLine, SftLine, UnpairedLine

MARGIN = 0.1
WEIGHT = 0.5
MOST_CANDIDATES = 20


class Candidate(BaseModel):
    """A turn with what came of it (the share of learners who were right next) and what a rubric gives it, both 0-1."""

    text: str = Field(min_length=1)
    outcome: float = Field(ge=0, le=1)
    rubric: float = Field(ge=0, le=1)

    @property
    def score(self) -> float:
        """Half outcome, half rubric (arXiv 2503.06424)."""
        return WEIGHT * self.outcome + (1 - WEIGHT) * self.rubric


def scored_pairs(candidates: list[Candidate]) -> list[tuple[Candidate, Candidate]]:
    """Every two candidates whose scores differ by more than MARGIN, the better one first (arXiv 2503.06424)."""
    both = (sorted(two, key=lambda one: one.score, reverse=True) for two in combinations(candidates, 2))
    return [(better, worse) for better, worse in both if round(better.score - worse.score, 9) > MARGIN]


def read(text: str, name: str, reader: Reader) -> Iterator[Line | Problem]:
    """The lines of a file of JSON lines."""
    for place, found in json_lines(text, name, reader):
        try:
            yield from _lines(found, place, reader)
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(str(one) for one in problem["loc"]) or "line"
            reader.drop(f"{where}: {problem['msg']}", place)


def _lines(found: dict[str, JsonValue], place: str, reader: Reader) -> Iterator[Line | Problem]:
    if "question" in found:
        yield _problem(found, place)
        return
    prompt = _prompt(found.get("prompt"))
    conversation = words(found.get("conversation")) or key_of(spoken(prompt))
    head: dict[str, object] = {
        "id": place,
        "conversation": f"{Format.PLAIN.value}:{conversation}",
        "source": Format.PLAIN.value,
        "role": found.get("role", "tutor"),
        "prompt": prompt,
    }
    if "candidates" in found:
        yield from _candidates(found["candidates"], head, place, reader)
    elif "chosen" in found or "rejected" in found:
        sides = {side: _turn(found.get(side)) for side in ("chosen", "rejected")}
        told = {"labels": found.get("labels", {}), "edited": found.get("edited", False)}
        yield PairLine.model_validate({**head, **sides, **told})
    elif "label" in found:
        told = {"label": found["label"], "feedback": words(found.get("feedback"))}
        yield UnpairedLine.model_validate({**head, "completion": _turn(found.get("completion")), **told})
    else:
        said = {name: found.get(name, "") for name in ("evaluation", "action", "state")}
        yield SftLine.model_validate({**head, "completion": _turn(found.get("completion")), **said})


def _problem(found: dict[str, JsonValue], place: str) -> Problem:
    told = {"question": found.get("question"), "answer": str(found.get("answer", "")), "solution": ""}
    return Problem.model_validate({**told, "id": place, "conversation": f"plain:{place}", "source": "plain"})


def _candidates(value: JsonValue, head: dict[str, object], place: str, reader: Reader) -> Iterator[PairLine]:
    given = value if isinstance(value, list) else []
    if not 2 <= len(given) <= MOST_CANDIDATES:
        reader.drop(f"candidates are a list of 2 to {MOST_CANDIDATES}", place)
        return
    pairs = scored_pairs([Candidate.model_validate(one) for one in given])
    if not pairs:
        reader.drop(f"no two candidates differ by more than {MARGIN}", place)
    for at, (better, worse) in enumerate(pairs):
        sides = {"chosen": answer(better.text), "rejected": answer(worse.text)}
        yield PairLine.model_validate({**head, "id": f"{place}/{at}", **sides})


def _prompt(value: JsonValue) -> list[Message]:
    """The messages of a prompt; a tutor's opening stands before words that come alone."""
    if isinstance(value, str):
        return [opening(), Message(role="user", content=words(value))] if words(value) else []
    return [Message.model_validate(one) for one in value] if isinstance(value, list) else []


def _turn(value: JsonValue) -> list[Message]:
    if isinstance(value, str):
        return answer(words(value)) if words(value) else []
    return [Message.model_validate(one) for one in value] if isinstance(value, list) else []
