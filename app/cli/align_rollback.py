"""`./lyceum align rollback`: what is being tried is tried no more, or what stands gives way to what stood before."""

import argparse
from pathlib import Path

from app.base.console import say
from app.base.embedded.address import need_stores


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb."""
    parser = verbs.add_parser("rollback", help="undo the newest promotion of a role")
    parser.add_argument("--role", choices=("tutor", "teacher", "classmate"), default="tutor")
    parser.add_argument("--data", type=Path, help="the data folder of the running platform")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Roll back."""
    need_stores(arguments.data)
    from app.alignment.schema import Role
    from app.alignment.serving import service as serving
    from app.base.db import unit_of_work

    with unit_of_work() as session:
        found = serving.roll_back(session, None, Role(arguments.role), agent="./lyceum align rollback")
    say(f"{found.adapter} speaks no more; {found.previous or 'the base model'} does.")
    return 0
