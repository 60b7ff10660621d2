"""`bench answers`: what the tutor says to students' questions on the demo lesson, and how much of it the guard lets by.

Each question is put after the teacher's first lines on a page, through scene, model, guard and what stands in, as in a
class, on a platform of its own with a bundled model or on the server named by --inference.
"""

import argparse
import time
from collections import Counter
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ValidationError

from app.base.console import say, say_progress, say_table, write_figures
from app.base.db import unit_of_work
from app.base.errors import Invalid
from app.classroom.directing.director import Act, Move
from app.classroom.log.hearing import hear
from app.classroom.log.state import ClassState, Line, Question
from app.classroom.models import ClassSession
from app.classroom.schema import Voice
from app.classroom.speech.scene import set_scene
from app.classroom.speech.speaking import Utterance, speak
from app.classroom.stage.lesson import Lesson, lesson_of
from app.cli import bench_class_direct as direct
from app.cli import bench_class_stage as stage
from app.cli.bench_class_figures import quantile
from app.lessons.schema import Say

QUESTIONS = Path(__file__).parents[2] / "tests" / "benchmarks" / "answers" / "questions.jsonl"
HEARD = 2
"""How many of the teacher's lines on a page were heard before the question."""
ASKED_AT = 100


class Asked(BaseModel):
    """A question, and the page on which it is asked; 0: on every page."""

    page: int
    text: str


class AnswerFigures(BaseModel):
    """Shares of all answers. `own`: in the model's words, at once; `second`: after a refusal; `stood_in`: something
    safe instead; `unasked`: nothing in the lesson is about it, and no model was asked. `refused_for` counts why.
    """

    model: str
    questions: int
    own: float
    second: float
    stood_in: float
    unasked: float
    refused_for: dict[str, int]
    seconds_p50: float
    seconds_p95: float


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench answers`."""
    parser = parts.add_parser("answers", help="the tutor's answers to fixed questions: own words, refused, stood in")
    parser.add_argument("--questions", type=Path, default=QUESTIONS, help="JSON lines of page and text (default: ours)")
    parser.add_argument("--pages", default="", help="only on these, such as 2,3")
    parser.add_argument("--show", action="store_true", help="print every answer, and what was refused")
    parser.add_argument("--inference", default="", metavar="URL", help="an OpenAI-compatible server (default: bundled)")
    parser.add_argument("--model", default="", help="which bundled model (default: as `up` chooses)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Ask everything and report."""
    asked = read_questions(chosen.questions)
    try:
        only = {int(one) for one in chosen.pages.split(",") if one}
    except ValueError as error:
        raise Invalid("--pages takes numbers with commas between them: 2,3.") from error
    with stage.platform(chosen.inference.rstrip("/"), chosen.model) as platform:
        model = direct.served(platform.inference_url)
        (seat,) = stage.enrol(stage.demo_school(), 1)
        with unit_of_work() as session:
            lesson = lesson_of(session, session.get_one(ClassSession, seat.class_id))
        every = [(page, one.text) for page in lesson.pages for one in asked if one.page in (0, page)]
        told = [(page, text) for page, text in every if not only or page in only]
        if not told:
            raise Invalid("There is no question for these pages.")
        figures = ask_all(seat.class_id, lesson, told, model, chosen.show)
    if chosen.json:
        write_figures(chosen.json, "bench answers", figures.model_dump())
    else:
        say_table([[name, str(value)] for name, value in figures.model_dump().items()], ("", ""))
    return 0


def read_questions(path: Path) -> list[Asked]:
    """The questions of a file. Raises Invalid with the line that cannot be read."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read as text.") from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found += [Asked.model_validate_json(line)] if line.strip() else []
        except ValidationError as error:
            raise Invalid(f"Line {number} of {path} is no question with a page and a text.") from error
    return found


def ask_all(class_id: UUID, lesson: Lesson, told: list[tuple[int, str]], model: str, show: bool) -> AnswerFigures:
    """Put every question (page and text) and count what came of it."""
    kinds: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    took = []
    for number, (page, text) in enumerate(told, 1):
        say_progress(f"question {number} of {len(told)}")
        began = time.perf_counter()
        said = answer(class_id, lesson, page, text)
        took.append(time.perf_counter() - began)
        kinds[kind_of(said)] += 1
        if said.reason:
            reasons[said.reason] += 1
        if show:
            say_progress("")
            refused = f"\n    not shown ({said.reason}): {said.refused}" if said.refused else ""
            say(f"page {page}: {text}\n  {kind_of(said)}: {said.text}{refused}")
    say_progress("")
    count = len(told)
    return AnswerFigures(
        model=model,
        questions=count,
        **{kind: round(kinds[kind] / count, 3) for kind in ("own", "second", "stood_in", "unasked")},
        refused_for=dict(reasons.most_common()),
        seconds_p50=round(quantile(took, 0.5), 2),
        seconds_p95=round(quantile(took, 0.95), 2),
    )


def answer(class_id: UUID, lesson: Lesson, page: int, text: str, *, by_rule: bool = False) -> Utterance:
    """What the tutor says to a question that is asked on a page after the teacher's first lines; `by_rule`: where no
    model may be asked.
    """
    lines = [one.text for one in lesson.script.actions if one.page == page and isinstance(one, Say)][:HEARD]
    recent = [Line(seq=number, voice=Voice.TEACHER, text=line, page=page) for number, line in enumerate(lines, 1)]
    question = Question(seq=ASKED_AT, text=text, page=page, intent=hear(text).intent)
    state = ClassState(
        seq=ASKED_AT,
        page=page,
        pages=len(lesson.pages),
        recent=[*recent, Line(seq=ASKED_AT, voice=Voice.STUDENT, text=text, page=page)],
        pending=[question],
    )
    with unit_of_work() as session:
        row = session.get_one(ClassSession, class_id)
        scene = set_scene(session, row, state, Move(act=Act.ANSWER, voice=Voice.TUTOR, answers=ASKED_AT))
    scene.script_only = scene.script_only or by_rule
    said = speak(scene, lambda _: None, lambda: False, lambda _: None)
    assert said is not None, "only classmates may have nothing to say"
    return said


def kind_of(said: Utterance) -> str:
    """Which share of the figures an answer belongs to."""
    if said.prompt is None:
        return "unasked"
    if said.fallback:
        return "stood_in"
    return "second" if said.refused else "own"
