"""`./lyceum privacy columns` and `./lyceum privacy retention`: the data register, and how long things are kept."""

import argparse
import importlib
import pkgutil
from pathlib import Path

from pydantic import JsonValue

import app
from app.base.console import say, say_table, write_figures
from app.base.embedded.address import need_stores


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    verbs = commands.add_parser("privacy", help="the data register, and how long things are kept")
    group = verbs.add_subparsers(metavar="VERB", required=True)
    columns = group.add_parser("columns", help="list what each column holds of people")
    columns.add_argument("--all", action="store_true", help="columns that hold nothing of people as well")
    columns.add_argument("--json", type=Path, help="write the list to this file too")
    columns.set_defaults(run=list_columns)
    retention = group.add_parser("retention", help="remove what was kept long enough, as the clock does every day")
    retention.add_argument("--dry-run", action="store_true", help="only say how much that would be")
    retention.add_argument("--data", type=Path, help="the data folder of the running platform")
    retention.set_defaults(run=keep)


def list_columns(arguments: argparse.Namespace) -> int:
    """The register, a line a column; it comes from the code and needs no database. 1 if a column is undecided."""
    from app.base.personal import MEANINGS, Personal
    from app.records.privacy import service

    load_tables()
    lines = service.register(arguments.all)
    meanings = {kind.value: words for kind, words in MEANINGS.items()}
    say_table([(line.table, line.column, line.kind) for line in lines], ("table", "column", "holds"))
    say()
    for kind in Personal:
        say(f"{kind.value}: {meanings[kind.value]}")
    if arguments.json:
        found: list[JsonValue] = [line.model_dump(mode="json") for line in lines]
        write_figures(arguments.json, "privacy columns", {"columns": found})
    return 1 if any(line.kind not in meanings for line in lines) else 0


def load_tables() -> None:
    """Import the tables of every room, also of those that no other import comes by."""
    for module in pkgutil.walk_packages(app.__path__, "app."):
        if module.name.endswith(".models"):
            importlib.import_module(module.name)


def keep(arguments: argparse.Namespace) -> int:
    """Remove, or only count, what is older than its setting says."""
    need_stores(arguments.data)
    from app.base.db import unit_of_work
    from app.records.privacy import service

    if arguments.dry_run:
        with unit_of_work() as session:
            found = service.older(session)
    else:
        found = service.keep_no_longer()
    verb = "would go" if arguments.dry_run else "went"
    say_table([(one.kind, one.days or "for ever", one.count) for one in found], ("what", "kept for days", verb))
    return 0
