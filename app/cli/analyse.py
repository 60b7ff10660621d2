"""`./lyceum analyse`: what records say: of a course or a release as a report, of a table of answers, of orders."""

import argparse
import importlib
from pathlib import Path

from app.base.errors import Invalid

WAYS = {
    "given": "app.cli.analyse_from",
    "designer": "app.cli.analyse_designer",
}
"""What else than a course can be analysed: the option's name and the module whose `run(arguments)` does it."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("analyse", help="what records say: of a course, a release, a table, orders of topics")
    parser.add_argument("course", nargs="?", metavar="COURSE", help="the id of a course of the running platform")
    parser.add_argument("--from", dest="given", type=Path, metavar="FILE", help="a table of answers, to fit models on")
    parser.add_argument("--test", type=Path, metavar="FILE", help="with --from: the answers to be predicted")
    parser.add_argument("--skill", metavar="COLUMN", help="with --from: the column (or KC model) of skills")
    parser.add_argument("--forgets", action="store_true", help="with --from: skills may be forgotten between answers")
    parser.add_argument("--designer", type=Path, metavar="MATRIX.json", help="distances of topics: scores of orders")
    parser.add_argument("--release", type=Path, metavar="DIR", help="the folder of a release instead of a course")
    parser.add_argument(
        "--everyone", action="store_true", help="also those who do not consent to research: to teach by"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the report goes: a folder, new or empty")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--seed", type=int, default=1, help="of all that is drawn at random (default: %(default)s)")
    parser.add_argument("--data", type=Path, help="the data folder of the running platform")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Hand on to the module that does what was asked."""
    wanted = [name for name in WAYS if getattr(arguments, name) is not None]
    if len(wanted) + bool(arguments.release or arguments.course) != 1:
        raise Invalid("Name one thing to analyse: a COURSE, --release DIR, --from FILE, or --designer MATRIX.json.")
    module = importlib.import_module(WAYS[wanted[0]] if wanted else "app.cli.analyse_report")
    return int(module.run(arguments) or 0)
