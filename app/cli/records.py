"""`./lyceum records`: what an operator does with learner records; each verb is a module `records_NAME` of its own."""

import argparse

from app.cli import records_releases


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the group."""
    group = commands.add_parser("records", help="learner records: research data sets")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    records_releases.add(verbs)
