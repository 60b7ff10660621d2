"""CIMA (Stasaski et al., 2020): Italian prepositions; to each learner's turn the replies of several tutors.

Every reply is one to imitate. The learner's and the tutor's action become labels of arXiv 2402.05000 where they fit.
"""

import json
from collections.abc import Iterator

from pydantic import JsonValue

from app.alignment.datasets.reading import Reader, json_file, words
from app.alignment.datasets.schema import Format, Problem
from app.alignment.datasets.talking import answer, opening, talk
from app.alignment.schema import Labels, Line, SftLine
from app.base.errors import Invalid

GUESS, QUESTION = 0, 1
"""Places in the learner's actions: guess, question, affirmation, other."""
ASKS, HINTS, CORRECTS, CONFIRMS = 0, 1, 2, 3
"""Places in the tutor's actions: question, hint, correction, confirmation, other."""


def read(text: str, name: str, reader: Reader) -> Iterator[Line | Problem]:
    """The lines of a CIMA file: an object of data sets, each an object of exercises."""
    found = json_file(text, name)
    parts = found.values() if isinstance(found, dict) else []
    exercises = [(key, one) for part in parts if isinstance(part, dict) for key, one in part.items()]
    if not exercises:
        raise Invalid(f"{name} has no exercises as CIMA has them.")
    for key, exercise in exercises:
        if isinstance(exercise, dict):
            yield from _lines(exercise, f"{name}:{key}", reader)
        else:
            reader.drop("no exercise", f"{name}:{key}")


def _lines(exercise: dict[str, JsonValue], place: str, reader: Reader) -> Iterator[SftLine]:
    before = [words(one) for one in _list(exercise.get("past_convo"))]
    turns = [(at % 2 == 0, text) for at, text in enumerate(before) if text]
    if not turns or turns[-1][0]:
        reader.drop("no learner's turn to reply to", place)
        return
    wanted = f"{words(exercise.get('engColor'))} {words(exercise.get('engObj'))}, {words(exercise.get('engPrep'))}"
    prompt = [opening("Italian", f"Say in Italian where things are, with: {wanted}."), *talk(turns)]
    learner, tutor = _list(exercise.get("studentActions")), _list(exercise.get("tutorActions"))
    for at, reply in enumerate(_list(exercise.get("tutorResponses"))):
        if not (said := words(reply)):
            reader.drop("an empty reply", f"{place}/{at}")
            continue
        labels = labels_of(learner, _list(tutor[at]) if at < len(tutor) else [])
        yield SftLine.model_validate(
            {
                "id": f"{place}/{at}",
                "conversation": f"{Format.CIMA.value}:{_exercise(exercise)}",
                "source": Format.CIMA.value,
                "prompt": prompt,
                "completion": answer(said),
                **labels.model_dump(),
            }
        )


def _exercise(exercise: dict[str, JsonValue]) -> str:
    """What is drawn: learners who have the same picture say the same things."""
    return json.dumps([words(exercise.get(one)) for one in ("prep", "obj", "color")], ensure_ascii=False)


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _is_set(actions: list[JsonValue], place: int) -> bool:
    return place < len(actions) and str(actions[place]).lower() == "true"


def labels_of(learner: list[JsonValue], tutor: list[JsonValue]) -> Labels:
    """The labels of a reply, empty where what was done tells no more than one of them."""
    confirms, helps = _is_set(tutor, CONFIRMS), _is_set(tutor, ASKS) or _is_set(tutor, HINTS)
    if _is_set(learner, GUESS):
        if confirms and not helps and not _is_set(tutor, CORRECTS):
            return Labels(evaluation="b", action="3", state="y")
        if helps:
            action = ("c", "4") if confirms else ("a", "1")
            return Labels.model_validate({"evaluation": action[0], "action": action[1], "state": "x"})
    elif _is_set(learner, QUESTION):
        return Labels(evaluation="f", action="8" if helps else "11", state="x")
    return Labels()
