"""`./lyceum user add`: an account made by the operator, such as the first instructor or an admin."""

import argparse
import secrets
from pathlib import Path

from app.base.console import say
from app.base.embedded.address import need_stores


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    group = commands.add_parser("user", help="accounts").add_subparsers(metavar="VERB", required=True)
    parser = group.add_parser("add", help="make an account")
    parser.add_argument("email")
    parser.add_argument("--name", required=True)
    parser.add_argument("--role", default="student", choices=["student", "instructor", "researcher", "admin"])
    parser.add_argument("--password", help="(default: a random one, printed)")
    parser.add_argument("--data", type=Path, help="the data folder of the running platform")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the account in the database of DATABASE_URL or of the running platform."""
    need_stores(arguments.data)
    from app.accounts import service
    from app.accounts.schema import SiteRole
    from app.base.db import unit_of_work

    password = arguments.password or secrets.token_urlsafe(12)
    with unit_of_work() as session:
        service.add_person(session, arguments.email, arguments.name, password, SiteRole(arguments.role))
    shown = "" if arguments.password else f" Password: {password}"
    say(f"{arguments.name} may sign in as {arguments.email} ({arguments.role}).{shown}")
    return 0
