"""`bench model`: how soon the model speaks, cold and with its page read beforehand, and how fast."""

import argparse
import statistics
import time
import uuid
from pathlib import Path

from pydantic import BaseModel, JsonValue

from app.base.console import say_progress, say_table, write_figures
from app.base.errors import Invalid
from app.cli import (
    bench_analyse,
    bench_answers,
    bench_author,
    bench_class,
    bench_director,
    bench_faithful,
    bench_grader,
    bench_quotes,
    bench_records,
    bench_retrieval,
    bench_simulate,
    bench_truth,
)
from app.inference import service
from app.inference.schema import Prompt, Reply, Role

PAGE = (
    "Course {course}. Page 3: How plants make sugar. Chloroplasts hold chlorophyll, which takes in red and blue light "
    "and turns green light back. The light splits water into oxygen, which leaves the leaf, and hydrogen, which stays. "
    "In the Calvin cycle the hydrogen joins carbon dioxide from the air; after six turns there is one glucose. Leaves "
    "open their stomata to let carbon dioxide in and lose water by it, so plants of dry places open them at night. "
    "Temperature matters because the enzyme rubisco works slowly in the cold and errs in the heat. "
    "You speak in a small class. Use plain words and only what the page supports."
)
QUESTIONS = (
    "Why do leaves look green to us?",
    "Where does the oxygen come from?",
    "How many turns of the cycle make one glucose?",
    "Why do some plants open their stomata at night?",
    "What does heat do to rubisco?",
)


class ModelFigures(BaseModel):
    """Medians over the rounds; tokens a second, milliseconds, tokens as the server counted them."""

    model: str
    rounds: int
    prompt_tokens: int
    cold_first_token_ms: float
    warm_first_token_ms: float
    warm_first_sentence_ms: float
    cached_share: float
    read_tokens_per_second: float
    speak_tokens_per_second: float


class Heard(BaseModel):
    """One reply and when its first sentence was complete, in milliseconds."""

    reply: Reply
    sentence_ms: float


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench model` to the command line."""
    parser = commands.add_parser("bench", help="measure a part of the running platform")
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    model = parts.add_parser("model", help="the model at INFERENCE_URL: first words cold and warm, tokens a second")
    model.add_argument("--rounds", type=int, default=5)
    model.add_argument("--role", choices=[role.value for role in Role], default=Role.TUTOR.value)
    model.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    model.set_defaults(run=run)
    bench_retrieval.add(parts)
    bench_class.add(parts)
    bench_director.add(parts)
    bench_faithful.add(parts)
    bench_grader.add(parts)
    bench_simulate.add(parts)
    bench_truth.add(parts)
    bench_records.add(parts)
    bench_analyse.add(parts)
    bench_answers.add(parts)
    bench_quotes.add(parts)
    bench_author.add(parts)


def run(chosen: argparse.Namespace) -> int:
    """Measure, and print or write what was found."""
    role = Role(chosen.role)
    if not service.available(role):
        raise Invalid("Say which server to measure: INFERENCE_URL=http://HOST:PORT/v1 ./lyceum bench model")
    figures = measure(role, max(1, chosen.rounds))
    values: dict[str, JsonValue] = figures.model_dump()
    if chosen.json:
        write_figures(chosen.json, "bench model", values)
    else:
        say_table([[name.replace("_", " "), str(value)] for name, value in values.items()], ("figure", "median"))
    return 0


def measure(role: Role, rounds: int) -> ModelFigures:
    """Ask the same questions about a page the server has never seen, and about one it was shown beforehand."""
    service.warm(role, Prompt(system="You are a teacher.", turn="Say hello."))
    cold: list[Heard] = []
    warm: list[Heard] = []
    for number in range(rounds):
        say_progress(f"round {number + 1} of {rounds}")
        question = QUESTIONS[number % len(QUESTIONS)]
        cold.append(_ask(role, Prompt(system=_page(), turn=question)))
        system = _page()
        service.warm(role, Prompt(system=system, turn=""))
        warm.append(_ask(role, Prompt(system=system, turn=question)))
    say_progress("")
    return _figures(cold, warm)


def _page() -> str:
    """The page as no server has read it yet."""
    return PAGE.format(course=uuid.uuid4().hex[:6])


def _ask(role: Role, prompt: Prompt) -> Heard:
    speech = service.stream(role, prompt, max_tokens=80)
    heard, ended = "", 0.0
    began = time.monotonic()
    for words in speech:
        heard += words
        if not ended and any(mark in heard for mark in ".!?"):
            ended = time.monotonic() - began
    return Heard(reply=speech.reply, sentence_ms=(ended or time.monotonic() - began) * 1000)


def _figures(cold: list[Heard], warm: list[Heard]) -> ModelFigures:
    def median(values: list[float]) -> float:
        return round(statistics.median(values), 2)

    replies = [one.reply for one in warm]
    return ModelFigures(
        model=replies[0].model,
        rounds=len(replies),
        prompt_tokens=replies[0].tokens_in,
        cold_first_token_ms=median([one.reply.first_token_ms for one in cold]),
        warm_first_token_ms=median([one.first_token_ms for one in replies]),
        warm_first_sentence_ms=median([one.sentence_ms for one in warm]),
        cached_share=median([one.tokens_cached / max(1, one.tokens_in) for one in replies]),
        read_tokens_per_second=median(
            [one.reply.tokens_in / max(0.001, one.reply.first_token_ms / 1000) for one in cold]
        ),
        speak_tokens_per_second=median(
            [one.tokens_out / max(0.001, (one.total_ms - one.first_token_ms) / 1000) for one in replies]
        ),
    )
