"""`bench quotes`: whether what stands in for a model's words answers the question, on two lessons.

Each question has the fragments of which the lesson's answer has one, and none where the lesson does not answer it. No
model is asked: what is measured is what is quoted where nothing of a model's words may be shown, and without a model.
"""

import argparse
import json
from collections import Counter
from functools import cache
from pathlib import Path

from pydantic import BaseModel, TypeAdapter

from app.base.console import say, say_progress, say_table, write_figures
from app.base.db import unit_of_work
from app.base.settings import ROOT
from app.classroom.models import ClassSession
from app.classroom.speech.phrasing import phrase
from app.classroom.stage.lesson import lesson_of
from app.cli import bench_class_stage as stage
from app.cli.bench_answers import answer
from app.courses.schema import ReadPage

FOLDER = ROOT / "tests" / "benchmarks" / "answers"
LESSONS = {"memory": "", "heart": "heart.json"}
"""Each lesson with the file of its pages; the first is the demo lesson."""
HEDGES = ("strange", "strange_near", "near_only", "nearest", "not_covered", "no_answer", "remark", "no_example")
"""Phrases that say that the lesson has no answer, or none that is sure."""
_GAP = "\0"


class Asked(BaseModel):
    """A question on a page, and fragments of the lesson of which an answer has one, if the lesson has an answer."""

    page: int
    text: str
    right: list[str]


class TaughtPage(BaseModel):
    """A page of a benchmark lesson, with what the teacher says on it."""

    title: str
    text: str
    notes: str = ""
    said: list[str]


class Quotes(BaseModel):
    """Shares of the questions that the lesson answers: `right`; `hedged`: right, but as what is only near; `refused`:
    told that there is nothing; `wrong`: quoted what is no answer. `put_off` and `misled`: of the questions it does not
    answer those that were told so, and those that were quoted something as an answer.
    """

    lesson: str
    answered: int
    right: float
    hedged: float
    refused: float
    wrong: float
    unanswered: int
    put_off: float
    misled: float


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench quotes`."""
    parser = parts.add_parser("quotes", help="whether what is quoted in place of a model's words answers the question")
    parser.add_argument("--show", action="store_true", help="print every question that is not answered as it should be")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Ask everything and report."""
    with stage.stub() as url, stage.platform(url):
        figures = [measure(name, chosen.show) for name in LESSONS]
    if chosen.json:
        write_figures(chosen.json, "bench quotes", {"lessons": [one.model_dump() for one in figures]})
    else:
        say_table([[str(value) for value in one.model_dump().values()] for one in figures], tuple(Quotes.model_fields))
    return 0


def measure(name: str, show: bool = False) -> Quotes:
    """Put every question of a lesson and count what came of it."""
    school = _school(LESSONS[name])
    (seat,) = stage.enrol(school, 1)
    with unit_of_work() as session:
        lesson = lesson_of(session, session.get_one(ClassSession, seat.class_id))
    asked = [Asked.model_validate_json(line) for line in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines()]
    kinds: Counter[str] = Counter()
    for number, one in enumerate(asked, 1):
        say_progress(f"{name}: question {number} of {len(asked)}")
        told = answer(seat.class_id, lesson, one.page, one.text, by_rule=True).text
        kind = kind_of(one, told)
        kinds[kind] += 1
        if show and kind not in ("right", "put_off"):
            say_progress("")
            say(f"{kind}, page {one.page}: {one.text}\n    {told}")
    say_progress("")
    answered = sum(bool(one.right) for one in asked)
    unanswered = len(asked) - answered
    return Quotes(
        lesson=name,
        answered=answered,
        unanswered=unanswered,
        **{kind: round(kinds[kind] / answered, 3) for kind in ("right", "hedged", "refused", "wrong")},
        **{kind: round(kinds[kind] / unanswered, 3) for kind in ("put_off", "misled")},
    )


def kind_of(one: Asked, told: str) -> str:
    """Which share of the figures what was told belongs to."""
    hedges = any(mark in told for mark in _hedging())
    hits = any(_plain(fragment) in _plain(told) for fragment in one.right)
    if not one.right:
        return "put_off" if hedges else "misled"
    if hits:
        return "hedged" if hedges else "right"
    return "refused" if hedges else "wrong"


@cache
def _hedging() -> tuple[str, ...]:
    """Of each phrase that hedges the longest piece without a name in it."""
    told = (phrase(name, "English", word=_GAP, here=_GAP, page=_GAP) for name in HEDGES)
    return tuple(max(one.split(_GAP), key=len) for one in told)


def _plain(text: str) -> str:
    return " ".join(text.replace("’", "'").split()).lower()


def _school(file: str) -> stage.School:
    if not file:
        return stage.demo_school()
    pages = TypeAdapter(list[TaughtPage]).validate_python(json.loads((FOLDER / file).read_text("utf-8")))
    read = [ReadPage(number=at, title=one.title, text=one.text, notes=one.notes) for at, one in enumerate(pages, 1)]
    return stage.school_of(Path(file).stem.title(), read, [one.said for one in pages])
