"""`bench class`: live classes under load, against the same model called directly.

It starts a platform of its own, as `up` starts it, on a stub model with exact timing or on the server named by
--inference, and drives it as people do: over HTTP and the class page's event stream. --parts chooses what to measure.
"""

import argparse
import signal
import sys
from pathlib import Path
from uuid import UUID

from pydantic import JsonValue

from app.base.console import say, say_progress, say_table, write_figures
from app.base.db import new_id, unit_of_work
from app.base.errors import Invalid
from app.cli import bench_class_bundled as bundled
from app.cli import bench_class_direct as direct
from app.cli import bench_class_load as load
from app.cli import bench_class_more as more
from app.cli import bench_class_stage as stage
from app.cli.bench_class_figures import Figures, Level
from app.courses import service as courses
from app.courses.schema import Page

PARTS = ("levels", "idle", "append", "room", "replay", "bundled")
SAMPLES = 24
HEAD = (
    "classes",
    "added p50",
    "p95",
    "1st token to shown",
    "delivered",
    "CPU/turn",
    "stores",
    "turns/s",
    "lost",
    "doubled",
    "machine",
)
BUNDLED_CLASSES = 3
"""As many as the embedded server is given turns at once: with more, the line before it would be measured."""


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `class` to the bench commands."""
    parser = parts.add_parser("class", help="live classes under load: added time, CPU, memory, nothing lost")
    parser.add_argument("--inference", default="", metavar="URL", help="an OpenAI-compatible server (default: a stub)")
    parser.add_argument("--classes", default="1,10,50,100,200", help="how many at once (default: %(default)s)")
    parser.add_argument("--idle", type=int, default=1000, help="open class pages without a word (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=12.0, help="of each level (default: %(default)s)")
    parser.add_argument("--parts", default=",".join(PARTS), help="what to measure (default: %(default)s)")
    parser.add_argument("--model", default="", help="the model of the part “bundled” (default: as `up` chooses)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Measure, and print or write what was found; 1 when an event was lost or came twice."""
    asked = chosen.parts.split(",")
    if unknown := [one for one in asked if one not in PARTS]:
        raise Invalid(f"There is no part “{unknown[0]}”; the parts are {', '.join(PARTS)}.")
    try:
        counts = [max(1, int(one)) for one in chosen.classes.split(",")] if "levels" in asked else []
    except ValueError as error:
        raise Invalid("--classes takes numbers with commas between them: 1,10,50.") from error
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the platform under measurement ends with us
    figures = Figures()
    try:
        if set(asked) - {"bundled"}:
            on_server(figures, chosen, asked, counts)
        if "bundled" in asked:
            on_bundled(figures, chosen.model)
    finally:  # what was measured before trouble is kept
        say_progress("")
        if figures.model_dump(exclude={"inference", "bundled_model"}, exclude_defaults=True):
            report(figures, chosen.json)
    return 1 if any(one.lost or one.doubled or one.unanswered for one in figures.levels) else 0


def report(figures: Figures, path: Path | None) -> None:
    """Print the figures, or write them to a file."""
    if path is None:
        tell(figures)
        return
    values: dict[str, JsonValue] = figures.model_dump()
    write_figures(path, "bench class", values)


def on_server(figures: Figures, chosen: argparse.Namespace, asked: list[str], counts: list[int]) -> None:
    """Everything that wants a model of known timing."""
    if chosen.inference:
        measure(figures, chosen.inference.rstrip("/"), chosen, asked, counts)
        return
    with stage.stub() as url:
        measure(figures, url, chosen, asked, counts)


def measure(figures: Figures, url: str, chosen: argparse.Namespace, asked: list[str], counts: list[int]) -> None:
    """Start a platform on this server and measure the parts that were asked for."""
    figures.inference = chosen.inference or "stub: first token after 100 ms, 30 tokens a second and stream"
    with stage.platform(url) as platform:
        say_progress("students sign up")
        school = stage.make_school(direct.sample(url, _blank(), SAMPLES), more.TABS)
        idle = chosen.idle if "idle" in asked else 0
        people = max([*counts, -(-idle // more.TABS), more.ROOM if "room" in asked else 40])
        seats = stage.enrol(school, people, more.TABS if idle else 1)
        firsts = seats[:: more.TABS if idle else 1]
        page = page_of(school.material_id)
        if idle:
            say_progress(f"{idle} idle class pages")
            found = more.idle(platform, seats[:idle])
            figures.idle_pages, figures.kb_per_idle_class = found.pages, round(found.kilobytes, 1)
            figures.idle_cpu_share = round(found.cpu_share, 3)
        for count in counts:
            say_progress(f"{count} classes")
            alone = direct.measure(url, page, count, chosen.seconds / 2)
            figures.levels.append(load.level(platform, firsts[:count], alone, chosen.seconds))
        if "append" in asked:
            figures.append_ms_p95 = more.append(platform, firsts[:40])
        if "room" in asked:
            say_progress(f"a room of {more.ROOM}")
            figures.room_ms_p95 = more.room(platform, school, firsts[: more.ROOM])
        if "replay" in asked:
            figures.replay_ms_p95 = more.replay(platform, firsts[-1])


def on_bundled(figures: Figures, model: str) -> None:
    """Everything that wants the bundled model, in classes of the demo lesson: a class costs it nothing, and finds most
    of each prompt read already.
    """
    say_progress("the bundled model")
    with stage.platform("", model) as platform:
        figures.bundled_model = direct.served(platform.inference_url)
        school = stage.demo_school()
        *seats, attended = stage.enrol(school, BUNDLED_CLASSES + 1)
        say_progress("the bundled model: a normal class")
        normal = bundled.normal(platform, attended)
        figures.prefix_cached_share = round(normal.cached_share_of_turns, 4)
        figures.prefix_cached_share_with_warm_ups = round(normal.cached_share, 4)
        figures.director_calls_per_turn = round(normal.director_calls, 4)
        figures.bundled_first_words_s = round(normal.first_words, 2)
        say_progress("the bundled model: called directly, and by classes")
        alone, through = bundled.throughput(platform, seats, page_of(school.material_id))
        figures.bundled_tokens_per_second = round(through, 2)
        figures.bundled_throughput_ratio = round(through / alone, 4)


def page_of(material_id: UUID) -> Page:
    """The page that the bench's lesson shows."""
    with unit_of_work() as session:
        return courses.pages(session, material_id)[0]


def _blank() -> Page:
    """A page before the model was heard; what it then says becomes the lesson's page."""
    words = "A plant takes in light and turns it into food. Water and air go in, sugar and oxygen come out."
    return Page(
        id=new_id(),
        number=1,
        title="What we know",
        text=words,
        notes="",
        has_picture=False,
        width=0,
        height=0,
        problem="",
    )


def tell(figures: Figures) -> None:
    """The figures as a table for people."""
    if figures.levels:
        say(f"Against {figures.inference}, in milliseconds:")
        say_table([_row(one) for one in figures.levels], HEAD)
    for name, value in figures.model_dump(exclude={"levels", "inference"}).items():
        if value not in (None, ""):
            say(f"{name.replace('_', ' ')}: {value}")


def _row(one: Level) -> list[object]:
    added = one.added_first_word_ms
    shown = one.first_token_to_shown_ms.p50
    return [
        one.classes, added.p50, added.p95, shown, one.delivered_ratio, one.cpu_ms_per_turn,
        one.stores_cpu_ms_per_turn, one.turns_per_second, one.lost, one.doubled, one.machine_ms,
    ]  # fmt: skip
