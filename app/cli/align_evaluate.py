"""`./lyceum align evaluate`: systems side by side on held-back lines, or a reward model against people."""

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from app.base.console import say, say_progress, say_table
from app.base.embedded.address import use_environment
from app.base.errors import Invalid
from app.base.files import write_whole

if TYPE_CHECKING:
    from app.alignment.evaluation.planning import Sizes


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb."""
    parser = verbs.add_parser("evaluate", help="figures with intervals, systems side by side")
    parser.add_argument("--set", metavar="HASH", help="a frozen set, whose held-back part is used")
    parser.add_argument("--data-file", "--file", dest="file", type=Path, help="a file instead, all of it")
    parser.add_argument("--format", choices=("bridge", "mrbench", "cima", "gsm8k", "plain", "lines"), default="plain")
    parser.add_argument("--systems", nargs="+", default=["base"], help="base, runs, adapters, NAME=RUN, NAME=FOLDER")
    parser.add_argument("--base", default="", help="the base model, where no run names it")
    parser.add_argument("--role", choices=("tutor", "teacher", "classmate"), default="tutor")
    parser.add_argument("--reward", metavar="RUN", help="score this reward model on --pairs instead")
    parser.add_argument("--pairs", type=Path, help="CSV: conversation_history, response_a, response_b, label")
    parser.add_argument("--sizes", default="", help="how much is asked, such as pairs=100,learners=20; or tiny")
    parser.add_argument("--most", type=int, default=0, help="at most so many pairs for --reward")
    parser.add_argument("--threads", type=int, default=0, help="processor threads (default: all)")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--html", type=Path, help="write the report with plots here")
    parser.add_argument("--data", type=Path, help="the data folder")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Evaluate and print the figures."""
    if arguments.data and arguments.data.is_file():  # --data FILE, as one may call it
        arguments.file, arguments.data = arguments.data, None
    if arguments.data:
        use_environment({"LYCEUM_DATA": str(arguments.data.expanduser().resolve())})
    return _reward(arguments) if arguments.reward else _systems(arguments)


def _reward(arguments: argparse.Namespace) -> int:
    from app.alignment.evaluation import service as evaluation

    if not arguments.pairs:
        raise Invalid("Name the pairs: --pairs FILE.csv.")
    report = evaluation.evaluate_reward(
        arguments.reward, arguments.pairs, arguments.most, arguments.threads, say_progress
    )
    for one in report.dropped:
        say(f"Left out: {one.reason}: {one.count} ({', '.join(one.places)})")
    rows = [
        [name, *(f"{x:.3f}" for x in (one.value, one.low, one.high)), one.n] for name, one in report.figures.items()
    ]
    say_table(rows, ("figure", "value", "low", "high", "n"))
    if arguments.json:
        write_whole(arguments.json, report.model_dump_json(indent=2).encode())
    return 0


def _systems(arguments: argparse.Namespace) -> int:
    from app.alignment.datasets.schema import Format
    from app.alignment.evaluation import drawing
    from app.alignment.evaluation import service as evaluation
    from app.alignment.evaluation.systems import systems_of
    from app.alignment.schema import Role

    if bool(arguments.set) == bool(arguments.file):
        raise Invalid("Name what to evaluate on: --set HASH, or --data FILE with its --format.")
    form = Format.PLAIN if arguments.format == "lines" else Format(arguments.format)
    given = arguments.file
    material = evaluation.from_file(form, [given]) if given else evaluation.held_back(arguments.set)
    systems, base = systems_of(arguments.systems, arguments.base)
    wish = evaluation.Wish(
        title=f"{', '.join(one.name for one in systems)} on {arguments.set or arguments.file.name}",
        role=Role(arguments.role),
        base=base,
        systems=systems,
        sizes=sizes_of(arguments.sizes),
        threads=arguments.threads,
        command=shlex.join(["./lyceum", *sys.argv[1:]]),
    )
    report = evaluation.evaluate(wish, material, say_progress)
    for note in report.notes:
        say(f"Note: {note}")
    rows = [
        [metric, name, *(f"{x:.3f}" for x in (one.value, one.low, one.high)), one.n]
        for metric in drawing.metrics_of(report)
        for name, one in drawing.rows_of(report, metric).items()
    ]
    say_table(rows, ("figure", "system", "value", "low", "high", "n"))
    if arguments.json:
        write_whole(arguments.json, evaluation.as_json(report))
    if arguments.html:
        write_whole(arguments.html, drawing.page(report).encode())
    return 0


def sizes_of(words: str) -> "Sizes":
    """The sizes that words like "pairs=100,learners=20" ask for. Raises Invalid."""
    from pydantic import ValidationError

    from app.alignment.evaluation.planning import TINY, Sizes

    if words == "tiny":
        return TINY
    try:
        return Sizes.model_validate(dict(one.split("=", 1) for one in words.split(",") if one))
    except (ValidationError, ValueError) as error:
        names = ", ".join(Sizes.model_fields)
        raise Invalid(f"--sizes {words} cannot be read; write such as pairs=100. There are: {names}.") from error
