"""`bench simulate`: simulated students attend classes, and what must always hold is checked on each log."""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

from app.base.console import say, say_progress, say_table, write_figures
from app.base.embedded.address import use_environment
from app.base.errors import Invalid
from app.base.settings import ROOT, get_settings
from app.cli.migrate import upgrade

TESTS = ROOT / "tests"


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench simulate`."""
    parser = parts.add_parser("simulate", help="simulated students in whole classes, on stores of their own")
    parser.add_argument("--classes", type=int, default=100, help="how many (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Attend, check and report; 1 where something did not hold. INFERENCE_URL names a model other than the stub."""
    if not TESTS.is_dir():
        raise Invalid("The simulated students are among the tests, which this installation does not have.")
    sys.path.insert(0, str(TESTS))
    given = get_settings().inference_url
    services = import_module("parts").start_services()
    try:
        environment = dict(services.environment) | ({"INFERENCE_URL": given} if given else {})
        environment["LYCEUM_INFERENCE_MODEL"] = os.environ.get("LYCEUM_INFERENCE_MODEL", "")
        use_environment(environment)
        upgrade()
        return _report(arguments, None if given else services.stub)
    finally:
        services.stop()


def _report(arguments: argparse.Namespace, stub: object) -> int:
    simulated = import_module("simulated")
    found = simulated.figures(simulated.simulate(max(1, arguments.classes), stub, say_progress))
    say_progress("")
    if arguments.json:
        write_figures(arguments.json, "bench simulate", found)
    head = ("student", "classes", "events", "said", "turns", "seconds", "breaches")
    say_table([(kind, *own.values()) for kind, own in found["by_kind"].items()], head)
    say(f"director calls per turn: {found['director_calls_per_turn']}")
    for line in found["breaches"]:
        say(line)
    return 1 if found["breaches"] else 0
