"""`actions`: the set of teaching actions a lesson script is made of, as Markdown or as a JSON schema."""

import argparse
import json

from app.base.console import say
from app.lessons.describing import as_schema, in_words


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `actions` to the command line."""
    parser = commands.add_parser("actions", help="the teaching actions that lesson scripts are made of")
    parser.add_argument("--schema", action="store_true", help="as a JSON schema")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Print the set."""
    say(json.dumps(as_schema(), indent=2) if chosen.schema else in_words().rstrip("\n"))
    return 0
