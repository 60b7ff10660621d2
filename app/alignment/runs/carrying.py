"""Starting the process that trains, and watching it until it ends. Nothing here knows of the database."""

import importlib.util
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.alignment.runs.files import ask_to_cancel, outcome_of
from app.alignment.runs.schema import Outcome
from app.base.embedded.processes import Child, Part
from app.base.errors import AppError
from app.base.settings import ROOT

LOG = "log.txt"
LOOK_SECONDS = 0.5
HIDDEN = ("DATABASE_URL", "REDIS_URL", "INFERENCE_URL", "LYCEUM_INFERENCE_KEY", "LYCEUM_ROLES")
NOT_INSTALLED = "Training needs packages that are not installed here; `./lyceum align train --help` installs them once."
PATIENT = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Threads that wait for each other sleep: on a machine where something else runs, spinning took four times the work."""
LET_GO = threading.Event()
"""Set where this process is about to end: whoever watches a child stops it and lets go of it."""


class LetGo(Exception):
    """The watching process ends; the run goes on elsewhere, from its last checkpoint."""


def carry(folders: Sequence[Path], beat: Callable[[], bool], command: Sequence[str] = ()) -> Outcome:
    """Train what is ordered in `folders`, one after the other in one process; how the last of them ended.

    `beat` is called twice a second and says whether to stop. Whatever it raises ends the child at once.
    """
    if importlib.util.find_spec("trl") is None:
        raise AppError(NOT_INSTALLED)
    child = Child(_part(folders, command or [sys.executable, "-P", "-m", "workers.training"]))
    child.start()
    try:
        while child.running:
            if beat():
                for folder in folders:
                    ask_to_cancel(folder)
            if LET_GO.is_set():
                raise LetGo
            time.sleep(LOOK_SECONDS)
    finally:
        child.stop()
    return _outcome(child, folders)


def _part(folders: Sequence[Path], command: Sequence[str]) -> Part:
    """The child is told nothing of where the stores are, and gets none of the platform's keys."""
    told = {name: value for name, value in os.environ.items() if name not in HIDDEN and not name.endswith("_SECRET")}
    path = os.pathsep.join(one for one in (str(ROOT), os.environ.get("PYTHONPATH", "")) if one)
    return Part(
        name="training",
        command=[*command, *(str(one) for one in folders)],
        log=folders[0] / LOG,
        ready=lambda: True,
        environment={**told, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **PATIENT},
        folder=folders[0],
        stop_seconds=2.0,
    )


def _outcome(child: Child, folders: Sequence[Path]) -> Outcome:
    """What the folders say; where the child ended without a word, what can be made of how it ended."""
    for folder in folders:
        found = outcome_of(folder)
        if found is None:
            return Outcome(state="failed", sentence=_last_words(child))
        if found.state != "done":
            return found
    return Outcome(state="done")


def _last_words(child: Child) -> str:
    status = child.process.poll() if child.process else None
    if status is not None and status < 0:
        return (
            f"The training process was killed by signal {-status}, most often for want of memory. Resume goes on from "
            "the last checkpoint; if it happens again, lower `tokens` or `batch` in the recipe."
        )
    said = [line.strip() for line in child.said().splitlines() if line.strip()] or ["(nothing)"]
    return f"The training process ended by itself. Its last words: {said[-1][:300]} The log is {LOG} in its folder."
