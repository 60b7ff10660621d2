"""The command line: a command is a module of app/cli with `register(commands)`; trouble becomes a sentence."""

import argparse
import errno
import importlib
import os
import pkgutil
import sys

import app.cli
from app.base.console import say_error
from app.base.errors import AppError

ORDER = ("up", "check", "teach", "user", "model", "serve", "work", "migrate", "demo", "test")


def build_parser(wanted: str) -> argparse.ArgumentParser:
    """The parser with the wanted command, or with every one if there is no such; each sets `run`, a function from its
    arguments to an exit status."""
    parser = argparse.ArgumentParser(prog="lyceum", description="An AI classroom: decks become live classes.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    names = [module.name for module in pkgutil.iter_modules(app.cli.__path__)]
    chosen = [wanted] if wanted in names else names
    for name in sorted(chosen, key=lambda one: (ORDER.index(one) if one in ORDER else len(ORDER), one)):
        module = importlib.import_module(f"app.cli.{name}")
        if hasattr(module, "register"):
            module.register(commands)
    return parser


def main(words: list[str] | None = None) -> int:
    """Run one command (by default the process's own arguments) and return its exit status."""
    given = sys.argv[1:] if words is None else words
    parser = build_parser(given[0] if given else "")
    arguments, rest = parser.parse_known_args(given)
    if rest and arguments.command != "test":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    arguments.rest = rest
    try:
        return int(arguments.run(arguments) or 0)
    except AppError as error:
        say_error(error.sentence)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who reads has seen enough (a pipe into head); what the exit would still flush has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        say_error("The disk is full; make room and try again.")
    return 1


if __name__ == "__main__":
    sys.exit(main())
