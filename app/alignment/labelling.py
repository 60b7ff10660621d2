"""How a turn says its labels: a reply in JSON, as a model is taught to give it and as it is read again.

After Sonkar et al. (arXiv 2402.05000), whose tutor gives with each turn what it thinks of the learner's words, what it
does about that, and where the problem stands.
"""

import json
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, ValidationError

from app.alignment.schema import Labels, Message

LONGEST = 20_000


class Spoken(BaseModel):
    """A turn that was read: its labels, and what the learner sees."""

    model_config = ConfigDict(frozen=True)

    labels: Labels
    text: str


class Disagreement(StrEnum):
    """In what a sampled turn differs from the one to be learnt, the first of these that holds."""

    UNPARSABLE = "unparsable"
    EVALUATION = "evaluation"
    ACTION = "action"
    STATE = "state"


def written(labels: Labels, text: str) -> str:
    """The reply that says these labels and this text."""
    return json.dumps({**labels.model_dump(), "text": text}, ensure_ascii=False)


def read(reply: str) -> Spoken | None:
    """The labels and text of a reply; words around the one JSON object are passed over. None where a field is
    missing, no label, or empty, or where the action does not belong to the evaluation.
    """
    start, end = reply.find("{"), reply.rfind("}")
    if not 0 <= start < end <= LONGEST:
        return None
    try:
        found = json.loads(reply[start : end + 1])
        labels = Labels.model_validate(found)
    except (ValueError, ValidationError, RecursionError):
        return None
    text = found.get("text")
    if not labels.is_whole or not isinstance(text, str) or not text.strip():
        return None
    return Spoken(labels=labels, text=text.strip())


def said(turn: list[Message]) -> str:
    """What a learner sees of a turn, with labels or without."""
    spoken = read(turn[-1].content)
    return spoken.text if spoken else turn[-1].content


def disagreement(wanted: Labels, reply: str) -> Disagreement | None:
    """Whether a sampled reply makes a pair with the turn that has these labels, and by what: unparsable, else the
    first of evaluation, action and state that differs. None: they agree, and there is no pair (arXiv 2402.05000).
    """
    spoken = read(reply)
    if spoken is None:
        return Disagreement.UNPARSABLE
    for one in (Disagreement.EVALUATION, Disagreement.ACTION, Disagreement.STATE):
        if getattr(spoken.labels, one.value) != getattr(wanted, one.value):
            return one
    return None
