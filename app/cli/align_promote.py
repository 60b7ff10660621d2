"""`./lyceum align promote`: an adapter is kept, tried at the gate, and served."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from app.base.console import say, say_progress, say_table
from app.base.embedded.address import need_stores

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb."""
    parser = verbs.add_parser("promote", help="try an adapter at the gate and serve it to learners")
    parser.add_argument("adapter", nargs="?", help="a run's id, an adapter's name, or a folder; nothing: list them")
    parser.add_argument("--role", choices=("tutor", "teacher", "classmate"), default="tutor", help="for a folder")
    parser.add_argument("--base", default="", help="the base model of a folder")
    parser.add_argument("--set", default="", metavar="HASH", help="hold it against the held-back part of this set")
    parser.add_argument("--sizes", default="", help="how much the gate asks, such as pairs=100; or tiny")
    parser.add_argument("--percent", type=int, default=10, help="share of learners; 0: in the shadow (default: 10)")
    parser.add_argument("--gate-only", action="store_true", help="try it at the gate and no more")
    parser.add_argument(
        "--despite",
        default="",
        metavar="REASON",
        help="try one that became worse in nothing, but has not shown that it is better; the reason is kept",
    )
    parser.add_argument("--data", type=Path, help="the data folder of the running platform")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Gate and promote; 1 where the gate refuses or the server does."""
    need_stores(arguments.data)
    from app.alignment.schema import Role
    from app.alignment.serving import adapters
    from app.alignment.serving import service as serving
    from app.base.db import unit_of_work
    from app.cli.align_evaluate import sizes_of
    from app.inference import adapters as served

    if not arguments.adapter:
        with unit_of_work() as session:
            rows = [[one.name, one.base, one.method, one.gate, one.serves] for one in adapters.listing(session)]
        say_table(rows, ("adapter", "base", "method", "gate", "serves"))
        return 0
    with unit_of_work() as session:
        name = serving.take(session, arguments.adapter, Role(arguments.role), arguments.base)
        role = adapters.found(session, name).role
        is_through = _is_through(session, name, served.served(session, role).standing, bool(arguments.despite))
    if arguments.gate_only or not is_through:
        found = serving.run_gate(name, arguments.set, sizes_of(arguments.sizes), say_progress)
        for check in found.checks:
            say(f"  {'passed' if check.ok else 'FAILED'}  {check.name}: {check.sentence}")
        if not found.passed and not (arguments.despite and not arguments.gate_only):
            say(f"{name} is refused. {found.sentence}".strip())
            return 1
        if arguments.gate_only:
            say(f"{name} may be served.")
            return 0
    rollout = serving.promote_now(name, arguments.percent, arguments.despite)
    say(f"{rollout.adapter}: {rollout.state.value}. {rollout.sentence}".strip())
    return 1 if rollout.state.value == "failed" else 0


def _is_through(session: "Session", name: str, standing: str, despite: bool) -> bool:
    """Whether what the gate said last is enough to go on with."""
    from app.alignment.serving import gating

    through = gating.has_passed(session, name, standing)
    return through or (despite and gating.may_be_tried(session, name, standing))
