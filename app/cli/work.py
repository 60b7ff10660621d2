"""`./lyceum work`: workers alone, on stores named by the environment."""

import argparse
import os
from pathlib import Path

from app.base.embedded.address import need_stores
from app.base.queue import QUEUES
from app.base.settings import get_settings
from app.cli.parts import clock_command, python_environment, worker_command


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("work", help="run a worker, or the clock, alone")
    parser.add_argument("--queues", default=",".join(QUEUES), help="comma-separated (default: %(default)s)")
    parser.add_argument("--jobs", type=int, default=8, help="jobs at once (default: %(default)s)")
    parser.add_argument("--clock", action="store_true", help="run the clock instead; one is enough")
    parser.add_argument("--data", type=Path, help="the data folder of the running platform")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Become the worker."""
    need_stores(arguments.data)
    command = worker_command(arguments.queues, arguments.jobs)
    if arguments.clock:
        data = get_settings().data
        data.mkdir(parents=True, exist_ok=True)
        command = clock_command(data / "clock")
    os.execve(command[0], command, python_environment({}))
