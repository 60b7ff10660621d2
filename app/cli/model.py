"""`model list | get NAME`: the models Lyceum can fetch by itself."""

import argparse

from app.base.console import say, say_progress, say_table
from app.base.settings import get_settings
from app.inference import catalogue


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `model list` and `model get`."""
    parser = commands.add_parser("model", help="list the model catalogue, or fetch a model")
    parts = parser.add_subparsers(dest="part", metavar="PART", required=True)
    parts.add_parser("list", help="the models, and which are here").set_defaults(run=list_models)
    get = parts.add_parser("get", help="fetch a model and check it; goes on where it was cut off")
    get.add_argument("name", help="a name of the list, or a part of it that fits one")
    get.set_defaults(run=get_model)


def list_models(_: argparse.Namespace) -> int:
    """A table of the catalogue."""
    folder = get_settings().data / "models"
    chosen = catalogue.default_name()
    rows = [
        (
            entry.name + (" *" if entry.name == chosen else ""),
            f"{entry.size / 1e6:.0f} MB",
            f"{entry.memory / 2**30:.1f} GB",
            "here" if catalogue.is_here(entry, folder) else "-",
            entry.good_for,
        )
        for entry in catalogue.ENTRIES
    ]
    say_table(rows, ("model", "file", "memory", "fetched", "good for"))
    say("* what `up` takes on this machine, unless told otherwise with --model")
    return 0


def get_model(chosen: argparse.Namespace) -> int:
    """Fetch one model into the data folder."""
    path = catalogue.ensure(chosen.name, get_settings().data / "models", say_progress)
    say_progress("")
    say(f"{catalogue.entry_of(chosen.name).name} is at {path}.")
    return 0
