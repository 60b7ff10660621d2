"""A child process for strangers' files: no secrets, little memory, little time; what it says comes back as bytes."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence

from app.base.settings import ROOT

KEPT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
MEMORY = 2 * 2**30
FILE_BYTES = 512 * 2**20


class ChildDied(Exception):
    """The child ended badly, or ran out of time."""


def run_child(module: str, arguments: Sequence[str], seconds: int, memory: int = MEMORY) -> bytes:
    """What `python -m MODULE MEMORY SECONDS ARGUMENTS...` writes to its standard output. Raises ChildDied.

    No database, broker or key reaches it; its scratch folder is gone afterwards.
    """
    command = [sys.executable, "-m", module, str(memory), str(seconds), *arguments]
    with tempfile.TemporaryDirectory(prefix="lyceum-child-") as scratch:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment = {**kept, "PYTHONPATH": str(ROOT), "TMPDIR": scratch, "HOME": scratch}
        try:
            done = subprocess.run(
                command, env=environment, cwd=scratch, capture_output=True, timeout=seconds + 10, check=True
            )
        except subprocess.SubprocessError as error:
            raise ChildDied from error
    return done.stdout


def begin(arguments: Sequence[str]) -> tuple[list[str], int]:
    """The child's side: take the limits on, and give back the other arguments and a descriptor for what is said.

    What a library prints goes to standard error.
    """
    memory, seconds = int(arguments[0]), int(arguments[1])
    own = os.dup(1)
    os.dup2(2, 1)
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    return list(arguments[2:]), own
