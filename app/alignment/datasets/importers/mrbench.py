"""Pairs of tutors' turns on one dialogue, ranked by human labels of MRBench (arXiv 2412.09416): a CSV table.

Columns: conversation_history, response_a, response_b, label (1: a is preferred, 0: b). With `score_a` and `score_b`
a label that contradicts the scores is left out. Any table with these columns will do.
"""

import hashlib
import re
from collections.abc import Iterator

from app.alignment.datasets.reading import Reader, csv_rows, words
from app.alignment.datasets.schema import Format, Problem
from app.alignment.datasets.talking import answer, normal, opening, talk
from app.alignment.schema import Line, PairLine

WANTED = ("conversation_history", "response_a", "response_b", "label")
PREFERRED = {"1": "a", "0": "b", "a": "a", "b": "b"}
_TURN = re.compile(r"^\s*(tutor|teacher|student|learner)\s*:\s*", re.IGNORECASE | re.MULTILINE)


def read(text: str, name: str, reader: Reader) -> Iterator[Line | Problem]:
    """The pairs of a table."""
    for place, row in csv_rows(text, name, reader, WANTED):
        if line := _line(row, place, reader):
            yield line


def _line(row: dict[str, str], place: str, reader: Reader) -> PairLine | None:
    history, both = words(row["conversation_history"]), {"a": words(row["response_a"]), "b": words(row["response_b"])}
    turns = turns_of(history)
    preferred = PREFERRED.get(row["label"].strip().lower(), "")
    if not turns or not all(both.values()):
        reader.drop("no history or no reply", place)
    elif not preferred:
        reader.drop("a tie, or a label that is neither 0 nor 1", place)
    elif normal(both["a"]) == normal(both["b"]):
        reader.drop("both replies are the same", place)
    elif _contradicts(row, preferred):
        reader.drop("the label contradicts the scores", place)
    else:
        return PairLine(
            id=place,
            conversation=f"{Format.MRBENCH.value}:{row.get('conversation_id') or _digest(history)}",
            source=Format.MRBENCH.value,
            prompt=[opening(), *talk(turns)],
            chosen=answer(both[preferred]),
            rejected=answer(both["b" if preferred == "a" else "a"]),
        )
    return None


def _contradicts(row: dict[str, str], preferred: str) -> bool:
    try:
        a, b = float(row["score_a"]), float(row["score_b"])
    except (KeyError, ValueError):
        return False
    return a != b and (a > b) != (preferred == "a")


def turns_of(history: str) -> list[tuple[bool, str]]:
    """The turns of a dialogue in one text, each begun by its speaker's name; one without names is the learner's."""
    parts = _TURN.split(history)
    if len(parts) < 3:
        return [(False, history)] if history else []
    named = zip(parts[1::2], parts[2::2], strict=True)
    return [(who.lower() in ("tutor", "teacher"), " ".join(said.split())) for who, said in named if said.strip()]


def _digest(history: str) -> str:
    return hashlib.sha256(history.encode()).hexdigest()[:16]
