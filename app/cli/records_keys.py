"""`./lyceum records key`: credentials of the clients of /xapi."""

import argparse
from pathlib import Path
from uuid import UUID

from app.base.console import say, say_table
from app.base.embedded.address import need_stores


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `records key add|list|revoke`."""
    verbs = parts.add_parser("key", help="clients of /xapi").add_subparsers(metavar="VERB", required=True)
    adding = verbs.add_parser("add", help="make a key; its secret is shown this once")
    adding.add_argument("name", help="what the client is called, such as “Video player”")
    adding.add_argument(
        "--scopes",
        default="statements/write,statements/read/mine,state,profile,define",
        help="what it may do, with commas between (default: %(default)s); all, all/read and statements/read are others",
    )
    adding.add_argument("--course", type=UUID, metavar="ID", help="bind it to one course")
    adding.set_defaults(run=add_key)
    listing = verbs.add_parser("list", help="all keys, the revoked ones too")
    listing.set_defaults(run=list_keys)
    revoking = verbs.add_parser("revoke", help="end a key for good; what it has written stays")
    revoking.add_argument("key")
    revoking.set_defaults(run=revoke_key)
    for parser in (adding, listing, revoking):
        parser.add_argument("--data", type=Path, help="the data folder of the running platform")


def add_key(arguments: argparse.Namespace) -> int:
    """Make a key and print it with its secret."""
    need_stores(arguments.data)
    from app.base.db import unit_of_work
    from app.records.lrs import service as lrs

    with unit_of_work() as session:
        made = lrs.add_credential(session, arguments.name, lrs.scopes_of(arguments.scopes.split(",")), arguments.course)
    say(f"Key:    {made.key}")
    say(f"Secret: {made.secret}")
    say(f"{made.name} sends them as HTTP Basic to /xapi. The secret is not kept and cannot be shown again.")
    return 0


def list_keys(arguments: argparse.Namespace) -> int:
    """Print the keys as a table."""
    need_stores(arguments.data)
    from app.base.db import unit_of_work
    from app.records.lrs import service as lrs

    with unit_of_work() as session:
        found = lrs.credentials(session)
    rows = [
        [one.key, one.name, ", ".join(one.scopes), one.course, f"{one.created_at:%Y-%m-%d}", _ended(one.revoked_at)]
        for one in found
    ]
    say_table(rows, ("key", "client", "may", "course", "made", "revoked"))
    return 0


def _ended(moment: object) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""


def revoke_key(arguments: argparse.Namespace) -> int:
    """End a key."""
    need_stores(arguments.data)
    from app.base.db import unit_of_work
    from app.records.lrs import service as lrs

    with unit_of_work() as session:
        name = lrs.revoke_credential(session, arguments.key)
    say(f"{name} can no longer read or write.")
    return 0
