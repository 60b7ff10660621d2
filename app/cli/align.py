"""`./lyceum align`: pedagogical alignment; each verb is a module `align_NAME` of its own with `add(verbs)`."""

import argparse
import importlib
import pkgutil

import app.cli

ORDER = ("import", "build", "train", "evaluate", "promote", "rollback", "loop")


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    group = commands.add_parser("align", help="from what happens in classes to adapters: data sets, runs, gate")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    names = [one.name.removeprefix("align_") for one in pkgutil.iter_modules(app.cli.__path__) if _is_verb(one.name)]
    for name in sorted(names, key=lambda one: (ORDER.index(one) if one in ORDER else len(ORDER), one)):
        module = importlib.import_module(f"app.cli.align_{name}")
        if hasattr(module, "add"):
            module.add(verbs)


def _is_verb(name: str) -> bool:
    return name.startswith("align_")
