"""`./lyceum align loop`: one whole turn of the cycle, from data to an adapter that the gate would let through."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.alignment.runs import service as runs
from app.alignment.runs.schema import Method
from app.base.console import say, say_progress, say_table, write_figures
from app.cli.align_import import use_data

if TYPE_CHECKING:
    from app.alignment.evaluation.schema import Report
    from app.alignment.evaluation.statistics import Estimate
    from app.alignment.looping import Loop

SHOWN = ("pairs_raw", "pairs_length_controlled", "pairs_moved_length_controlled", "tell_gap", "leak_plain", "transfer")


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb."""
    parser = verbs.add_parser("loop", help="one turn of the cycle: build, train, evaluate, gate")
    shipped = ", ".join(runs.recipe_names())
    parser.add_argument("--recipe", required=True, metavar="NAME", help=f"one of {shipped}, or a TOML file")
    parser.add_argument("--sources", type=Path, metavar="DIR", help="import published data from this folder first")
    parser.add_argument("--base", default="", help="another base model than the recipe's")
    parser.add_argument("--method", nargs="+", choices=[one.value for one in Method], help="only these of the recipe")
    parser.add_argument("--share", type=float, help="this share of the recipe's examples (default: all)")
    parser.add_argument("--sizes", default="", help="how much is asked of each system, such as pairs=100")
    parser.add_argument("--resume", action="store_true", help="go on with the last loop; what is not begun can be cut")
    parser.add_argument("--json", type=Path, help="write stages, times, figures and verdicts here")
    parser.add_argument("--data", type=Path, help="the data folder of the platform")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Go round once; times, figures and verdicts are told and kept."""
    from app.alignment.looping import Turn
    from app.cli.align_evaluate import sizes_of

    use_data(chosen.data)
    sizes = sizes_of(chosen.sizes).model_dump(exclude_unset=True) if chosen.sizes else None
    methods = [Method(one) for one in chosen.method or ()]
    turn = Turn(runs.load_recipe(chosen.recipe), chosen.base, say, say_progress)
    loop = turn.go(chosen.sources, chosen.resume, chosen.share, sizes, methods)
    report = turn.report()
    tell(loop, report)
    if chosen.json:
        write_told(chosen.json, loop, report)
    return 0


def tell(loop: "Loop", report: "Report") -> None:
    """The figures side by side, why systems are refused, and what to do with the best."""
    names = [name for name in SHOWN if any(name in figures for figures in report.figures.values())]
    rows = [[system, *(_figure(figures.get(name)) for name in names)] for system, figures in report.figures.items()]
    say_table(rows, ("system", *names))
    for system, reasons in loop.refused.items():
        for reason in reasons:
            say(f"{system} is refused: {reason}")
    say(f"To serve it: ./lyceum align promote {loop.run_named(loop.best)}" if loop.best else "No adapter passes.")


def _figure(one: "Estimate | None") -> str:
    """A value and half its interval; a figure that this system cannot have is a dash."""
    return "–" if one is None else f"{one.value:.3f} ±{(one.high - one.low) / 2:.3f}"


def write_told(path: Path, loop: "Loop", report: "Report") -> None:
    """Stages with their times, verdicts, and system -> metric -> value, low, high, n."""
    told = {"loop": loop.model_dump(mode="json"), "systems": report.model_dump(mode="json")["figures"]}
    write_figures(path, "align loop", told)
