"""A bank's file read in a child process under limits: what hangs, dies or eats memory there is a sentence here."""

from pathlib import Path

from pydantic import ValidationError

from app.assessment.banks.schema import Bank, BankReply
from app.base.child import ChildDied, run_child
from app.base.errors import Invalid

BANK_BYTES = 100 * 2**20
SECONDS = 60
MEMORY = 2 * 2**30
DIED = "The file could not be read: it takes more time or memory than a question bank ever needs. Split it."
TOO_LARGE = f"A question bank may have {BANK_BYTES // 2**20} MB. Export it in parts."
EMPTY = "The file is empty. Choose it again; if it stays empty, export it anew."


def read_bank(file: Path) -> Bank:
    """The bank in a file. Raises Invalid with a sentence; no database, broker or key reaches the child."""
    size = file.stat().st_size
    if not size:
        raise Invalid(EMPTY)
    if size > BANK_BYTES:
        raise Invalid(TOO_LARGE, status=413)
    try:
        said = run_child("app.assessment.banks.reader_process", [str(file.resolve())], SECONDS, MEMORY)
        reply = BankReply.model_validate_json(said)
    except (ChildDied, ValidationError) as error:
        raise Invalid(DIED) from error
    if reply.bank is None:
        raise Invalid(reply.problem)
    return reply.bank
