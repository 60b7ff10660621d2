"""`./lyceum course questions import, export`: question banks from the command line."""

import argparse
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import SiteRole, Who
from app.assessment import service as assessment
from app.assessment.banks.reading import read_bank
from app.assessment.banks.schema import FORMAT_WORDS, Bank
from app.base.console import say, say_table
from app.base.db import unit_of_work
from app.base.embedded.address import need_stores
from app.base.errors import AppError, Invalid
from app.base.files import write_whole
from app.courses.models import Course
from app.exchange.questions import written
from app.exchange.schema import QuestionForm

DEEPEST = 8


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verbs."""
    group = verbs.add_parser("questions", help="question banks").add_subparsers(metavar="VERB", required=True)
    bring = group.add_parser("import", help="read GIFT, Moodle XML, QTI or a Common Cartridge into a course's bank")
    bring.add_argument("file", type=Path)
    bring.add_argument("--course", type=UUID, required=True, metavar="ID")
    bring.add_argument("--dry-run", action="store_true", help="say what would be taken and store nothing")
    bring.set_defaults(run=run_import)
    take = group.add_parser("export", help="write a course's questions to a file")
    take.add_argument("--course", type=UUID, required=True, metavar="ID")
    take.add_argument("--as", dest="form", choices=list(QuestionForm), type=QuestionForm, default=QuestionForm.QTI30)
    take.add_argument("--out", type=Path, required=True, metavar="FILE")
    take.set_defaults(run=run_export)
    for parser in (bring, take):
        parser.add_argument("--data", type=Path, help="the data folder of the running platform")


def run_import(chosen: argparse.Namespace) -> int:
    """Read a bank and store its questions; the report says of each what became of it."""
    if not chosen.file.is_file():
        raise AppError(f"There is no file {chosen.file}.")
    bank = read_bank(chosen.file)
    rows = [[one.place, one.item.kind.value if one.item else one.form, one.fate.value, _told(one.why, one.lost)]
            for one in bank.found]  # fmt: skip
    say_table(rows, ("where", "kind", "fate", "what was lost"))
    for note in bank.notes:
        say(note)
    counts = ", ".join(f"{count} {fate}" for fate, count in bank.fates.items())
    say(f"{FORMAT_WORDS[bank.format]}: {counts}, {len(bank.links)} web links.")
    if chosen.dry_run:
        say("Nothing was stored.")
        return 0
    need_stores(chosen.data)
    with unit_of_work() as session:
        stored = _store(session, course_owner(session, chosen.course), chosen.course, bank)
    say(f"{stored} {'question is' if stored == 1 else 'questions are'} in the bank.")
    return 0


def _told(why: str, lost: list[str]) -> str:
    return " ".join([why, *lost]).strip()


def _store(session: Session, who: Who, course_id: UUID, bank: Bank) -> int:
    for one in bank.found:
        if one.item is not None:
            assessment.add_item(session, who, course_id, one.item, None, one.components[:DEEPEST])
    return sum(one.item is not None for one in bank.found)


def course_owner(session: Session, course_id: UUID) -> Who:
    """Whoever made the course, acting as the operator does: in everything. Raises Invalid for no course."""
    course = session.get(Course, course_id)
    if course is None:
        raise Invalid(f"There is no course {course_id}.")
    return accounts.person_as_who(session, course.created_by).model_copy(update={"role": SiteRole.ADMIN})


def run_export(chosen: argparse.Namespace) -> int:
    """Write a course's questions, without those that were withdrawn."""
    need_stores(chosen.data)
    with unit_of_work() as session:
        course_owner(session, chosen.course)
        cards = [one for one in reversed(assessment.items_of(session, chosen.course)) if not one.withdrawn]
    content, notes = written(cards, chosen.form)
    write_whole(chosen.out, content)
    for note in notes:
        say(note)
    say(f"{len(cards) - len(notes)} questions in {chosen.out}.")
    return 0
