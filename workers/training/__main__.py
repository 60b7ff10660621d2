"""`python -m workers.training FOLDER ...`: carries out the orders that lie in these folders, one after the other.

One process for several runs, because loading torch takes longer than training a small model. A run that is done is
passed over, so the same command goes on where it was cut off. Multi-GPU, with the same recipe and folder:
`accelerate launch --num_processes 4 -m workers.training FOLDER` (a step then has four times as many examples).
"""

import fcntl
import gc
import importlib
import os
import sys
import warnings
from pathlib import Path

from app.alignment.runs.files import forget_outcome, outcome_of
from app.alignment.runs.schema import Outcome
from app.base.console import say
from app.base.errors import AppError
from workers.training.run import Run
from workers.training.trouble import sentence_of

FAILED = 3
CANCELLED = 4


def main(arguments: list[str]) -> int:
    """0 when all are done; 3 with a sentence in the folder where one failed, 4 where one was cancelled."""
    warnings.simplefilter("ignore", FutureWarning)
    # PEFT asks a hub for our bases, whose names no hub knows; the vocabulary is never changed here.
    warnings.filterwarnings("ignore", "Could not find a config file in", UserWarning)
    for name in arguments:
        folder = Path(name)
        with (folder / ".lock").open("w") as lock:
            if os.environ.get("LOCAL_RANK", "0") == "0":
                fcntl.flock(lock, fcntl.LOCK_EX)  # an orphan may still be busy with its last step
            status = _carry_out(folder)
        gc.collect()
        if status:
            return status
    return 0


def _carry_out(folder: Path) -> int:
    ended = outcome_of(folder)
    if ended is not None and ended.state == "done":
        return 0
    run = Run.of(folder)
    if ended is not None:
        forget_outcome(folder)
    from workers.training.common import start

    say(f"{run.order.method.value} {folder.name}")
    try:
        start(run)
        importlib.import_module(f"workers.training.{run.order.method.value}").train(run)
    except (AppError, OSError, RuntimeError, MemoryError, ValueError) as error:
        sentence = sentence_of(error)
        if sentence is None:
            raise
        say(sentence)
        _try_to_say(run, sentence)
        return FAILED
    ended = outcome_of(folder)
    return 0 if ended is not None and ended.state == "done" else CANCELLED


def _try_to_say(run: Run, sentence: str) -> None:
    """On a full disk there may be no room for the sentence; the log has it then."""
    try:
        run.end(Outcome(state="failed", sentence=sentence))
    except (OSError, AppError):
        say("There was no room for the outcome either.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
