"""A bank's file read in a child process under limits: what hangs, dies or eats memory there is a sentence here."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pydantic import ValidationError

from app.assessment.banks.schema import Bank, BankReply
from app.base.errors import Invalid
from app.base.settings import ROOT

BANK_BYTES = 100 * 2**20
SECONDS = 60
MEMORY = 2 * 2**30
KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
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
    command = [
        sys.executable,
        "-m",
        "app.assessment.banks.reader_process",
        str(file.resolve()),
        str(MEMORY),
        str(SECONDS),
    ]
    with tempfile.TemporaryDirectory(prefix="lyceum-bank-") as scratch:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment = {**kept, "PYTHONPATH": str(ROOT), "TMPDIR": scratch, "HOME": scratch}
        try:
            done = subprocess.run(
                command, env=environment, cwd=scratch, capture_output=True, timeout=SECONDS + 10, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise Invalid(DIED) from error
    try:
        reply = BankReply.model_validate(json.loads(done.stdout))
    except (ValidationError, ValueError) as error:
        raise Invalid(DIED) from error
    if reply.bank is None:
        raise Invalid(reply.problem)
    return reply.bank
