"""`./lyceum simulate`: a course of simulated learners with known abilities, for trying exports and analyses."""

import argparse
from pathlib import Path

from app.base.console import say, say_progress
from app.base.embedded.address import need_stores
from app.base.errors import Invalid
from app.base.files import write_whole

MOST = 20_000
MOST_RECORDS = 10_000_000


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("simulate", help="fill a course with simulated learners whose abilities are known")
    parser.add_argument("--students", type=int, default=50, help="how many (default: %(default)s)")
    parser.add_argument(
        "--records", type=int, default=0, help="practise until there are at least so many (default: as it comes)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="the same seed gives the same course (default: %(default)s)"
    )
    parser.add_argument(
        "--ordered", action="store_true", help="components need one another, and two orders of the modules are tried"
    )
    parser.add_argument("--truth", type=Path, metavar="FILE", help="write the abilities and all else there, as JSON")
    parser.add_argument("--data", type=Path, help="the data folder of the running platform")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the course in the database of DATABASE_URL or of the running platform."""
    if not 1 <= arguments.students <= MOST:
        raise Invalid(f"Choose between 1 and {MOST:,} students.")
    if arguments.records > MOST_RECORDS:
        raise Invalid(f"Choose at most {MOST_RECORDS:,} records.")
    need_stores(arguments.data)
    from app.cli.simulated.school import simulate

    school = simulate(arguments.students, arguments.seed, say_progress, arguments.records, arguments.ordered)
    say_progress("")
    if arguments.truth:
        write_whole(arguments.truth, school.truth.model_dump_json(indent=1).encode())
    say(
        f"{school.statements:,} records of {arguments.students:,} learners: "
        f"{school.classes:,} classes, {school.answers:,} answers."
    )
    say(f"The course: /courses/{school.lessons.course_id}")
    return 0
