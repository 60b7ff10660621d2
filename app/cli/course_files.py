"""`./lyceum course export, import`: a whole course as one portable file."""

import argparse
from pathlib import Path
from uuid import UUID

from app.accounts import service as accounts
from app.base.console import say, say_progress
from app.base.db import unit_of_work
from app.base.embedded.address import need_stores
from app.base.errors import AppError
from app.cli.course_questions import course_owner
from app.exchange import moving


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verbs."""
    take = verbs.add_parser("export", help="write a course to one file: decks, lessons, questions, tests; no people")
    take.add_argument("course", type=UUID, metavar="ID")
    take.add_argument("--out", type=Path, required=True, metavar="FILE")
    take.set_defaults(run=run_export)
    bring = verbs.add_parser("import", help="make a new course out of such a file")
    bring.add_argument("file", type=Path)
    bring.add_argument("--owner", required=True, metavar="EMAIL", help="the instructor whose course it becomes")
    bring.set_defaults(run=run_import)
    for parser in (take, bring):
        parser.add_argument("--data", type=Path, help="the data folder of the running platform")


def run_export(chosen: argparse.Namespace) -> int:
    """Write the course."""
    need_stores(chosen.data)
    with unit_of_work() as session:
        course_owner(session, chosen.course)
    size = moving.export_course(chosen.course, chosen.out, _tell)
    say_progress("")
    say(f"{chosen.out}: {size:,} bytes.")
    return 0


def run_import(chosen: argparse.Namespace) -> int:
    """Make the course and say what is in it."""
    if not chosen.file.is_file():
        raise AppError(f"There is no file {chosen.file}.")
    need_stores(chosen.data)
    with unit_of_work() as session:
        person_id = accounts.find_person(session, chosen.owner)
        if person_id is None:
            raise AppError(f"Nobody here has the address {chosen.owner}. Add them first: ./lyceum user add.")
        owner = accounts.person_as_who(session, person_id)
    if not owner.may_author:
        raise AppError(f"{owner.name} is no instructor, and only instructors have courses.")
    report = moving.import_course(chosen.file, owner, _tell)
    say_progress("")
    for note in report.notes:
        say(note)
    counts = ", ".join(f"{count} {name}{'' if count == 1 else 's'}" for name, count in report.lines)
    say(f"“{report.title}” is course {report.course_id}: {counts}.")
    return 0


def _tell(stage: str, done: int, total: int) -> None:
    say_progress(f"{stage}: {done} of {total}")
