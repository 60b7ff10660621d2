"""What `bench class` reports. Times in milliseconds, memory in kilobytes, shares from 0 to 1."""

import json
import statistics
import time
from collections.abc import Sequence

from pydantic import BaseModel

WORK = 50
"""How often a list of a hundred small documents is written and read, as a measure of the machine."""


class Spread(BaseModel):
    """Median and 95th percentile."""

    p50: float
    p95: float


class Level(BaseModel):
    """One number of concurrent classes, each asking again as soon as it was answered.

    `added_first_word_ms`: from the student's post to the first words shown, less the time the same model, called
    directly by as many, takes to deliver those same words. `first_token_to_shown_ms` is the strict difference to the
    direct call's first token: it contains the words of the sentence that is held for its check. `delivered_ratio`:
    words shown of those the model sent; the end of a reply that the model broke off in mid-sentence is never shown.
    `cpu_ms_per_turn` is our own processes' (web, workers, clock), `stores_cpu_ms_per_turn` Postgres's and Valkey's;
    `cpu_ms_by_part` says whose it is. `load_cpu_ms_per_turn` is the students' and our stub model's, which share the
    cores with what is measured; a server named by --inference is not counted. `machine_ms` is what a fixed piece of
    work (`machine_ms`) took just before: the same machine can be half as fast an hour later, and then all of this is.
    """

    classes: int
    turns: int
    added_first_word_ms: Spread
    first_token_to_shown_ms: Spread
    first_word_ms: Spread
    direct_first_word_ms: Spread
    said_ms: Spread
    delivered_ratio: float
    cpu_ms_per_turn: float
    stores_cpu_ms_per_turn: float
    cpu_ms_by_part: dict[str, float] = {}
    load_cpu_ms_per_turn: float = 0.0
    turns_per_second: float
    lost: int
    doubled: int
    unanswered: int
    load_average: float
    machine_ms: float


class Figures(BaseModel):
    """All parts; one that was not asked for is empty.

    `prefix_cached_share` is of the prompts of turns, which somebody waits for; pages read ahead in a quiet moment
    are what they find read already. `append_ms_p95` is of 40 classes in five tabs each, `room_ms_p95` of one class
    of 200 students.
    """

    inference: str = ""
    levels: list[Level] = []
    idle_pages: int | None = None
    kb_per_idle_class: float | None = None
    idle_cpu_share: float | None = None
    bundled_model: str = ""
    bundled_throughput_ratio: float | None = None
    bundled_tokens_per_second: float | None = None
    bundled_first_words_s: float | None = None
    replay_ms_p95: float | None = None
    append_ms_p95: float | None = None
    room_ms_p95: float | None = None
    prefix_cached_share: float | None = None
    prefix_cached_share_with_warm_ups: float | None = None
    director_calls_per_turn: float | None = None


def machine_ms() -> float:
    """Milliseconds that this machine takes just now for a fixed piece of work on one core, the median of some."""
    document = [{"seq": at, "text": f"Water and air go in {at} times.", "page": at % 7} for at in range(100)]

    def once() -> float:
        began = time.perf_counter()
        for _ in range(WORK):
            json.loads(json.dumps(document))
        return time.perf_counter() - began

    return round(middle([once() for _ in range(15)]) * 1000, 2)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which this share of the values lies; 0 for none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def spread(seconds: Sequence[float]) -> Spread:
    """Of seconds, in milliseconds."""
    return Spread(p50=round(quantile(seconds, 0.5) * 1000, 1), p95=round(quantile(seconds, 0.95) * 1000, 1))


def middle(values: Sequence[float]) -> float:
    """The median; 0 for none."""
    return statistics.median(values) if values else 0.0
