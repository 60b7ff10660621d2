"""Bridge (Wang et al., arXiv 2310.10648): a novice's turn after a learner's mistake, and an expert's in its place.

The expert's turn is preferred to the novice's and is one to imitate. What the expert said of the mistake and of the
reply becomes labels of arXiv 2402.05000 where both fit into its table; the state follows from the action.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from app.alignment.datasets.reading import Reader, json_file, words
from app.alignment.datasets.schema import Format, Problem
from app.alignment.datasets.talking import answer, opening, talk
from app.alignment.schema import Labels, Line, PairLabels, PairLine, SftLine
from app.base.errors import Invalid

MISTAKES = {"guess": "a", "misinterpret": "a", "careless": "a", "right-idea": "c", "imprecise": "c", "diagnose": "d"}
HINTS = {
    "ask_question",
    "explain_concept",
    "provide_hint",
    "provide_strategy",
    "simplify_question",
    "provide_similar_problem",
    "provide_example",
    "encourage_student",
}
TOLD = {"provide_correction"}
ACTIONS = {("a", True): "1", ("a", False): "2", ("c", True): "4", ("c", False): "5"}


def read(text: str, name: str, reader: Reader) -> Iterator[Line | Problem]:
    """The lines of a Bridge file: a JSON list of segments."""
    segments = json_file(text, name)
    if not isinstance(segments, list):
        raise Invalid(f"{name} is no list of Bridge segments.")
    for number, segment in enumerate(segments, 1):
        place = f"{name}:{number}"
        if isinstance(segment, dict):
            yield from _lines(segment, place, reader)
        else:
            reader.drop("no segment", place)


def _lines(segment: dict[str, JsonValue], place: str, reader: Reader) -> Iterator[Line]:
    conversation, before = words(segment.get("c_id")), _turns(segment.get("c_h"))
    novice, expert = _said(segment.get("c_r")), _said(segment.get("c_r_"))
    if not conversation or not before or not expert:
        reader.drop("no conversation id, history or expert's turn", place)
        return
    labels = labels_of(words(segment.get("e")), words(segment.get("z_what")))
    head = {
        "conversation": f"{Format.BRIDGE.value}:{conversation}",
        "source": Format.BRIDGE.value,
        "prompt": [opening(words(segment.get("lesson_topic"))), *talk(before)],
    }
    yield SftLine.model_validate({**head, "id": place, "completion": answer(expert), **labels.model_dump()})
    if novice and novice != expert:
        sides = PairLabels(chosen=labels)
        pair = {"id": f"{place}/pair", "chosen": answer(expert), "rejected": answer(novice), "labels": sides}
        yield PairLine.model_validate({**head, **pair})
    else:
        reader.drop("a pair whose turns are the same, or without the novice's turn", place)


def _turns(value: JsonValue) -> list[tuple[bool, str]]:
    """Who spoke and what: (whether it was the tutor, words)."""
    turns = value if isinstance(value, list) else []
    return [
        (one.get("user") != "student", words(one.get("text")))
        for one in turns
        if isinstance(one, dict) and words(one.get("text"))
    ]


def _said(value: JsonValue) -> str:
    """All that the tutor says in some turns; a chat line without a stop at its end gets one."""
    said = [text for is_tutor, text in _turns(value) if is_tutor]
    return " ".join([*(text if text[-1] in ".!?:," else f"{text}." for text in said[:-1]), *said[-1:]])


def labels_of(mistake: str, decision: str) -> Labels:
    """The labels of an expert's decision; empty where the mistake or what was done has no place in the table."""
    evaluation, is_hint = MISTAKES.get(mistake, ""), decision in HINTS
    if evaluation == "d" and decision in ("ask_question", "simplify_question"):
        return Labels(evaluation="d", action="6", state="x")
    if (evaluation, is_hint) not in ACTIONS or not (is_hint or decision in TOLD):
        return Labels()
    action = ACTIONS[evaluation, is_hint]
    return Labels.model_validate({"evaluation": evaluation, "action": action, "state": "x" if is_hint else "y"})
