"""The child process that speaks and scores: told and asked through files, so that nothing here imports torch."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated
from uuid import uuid4

from pydantic import Field, TypeAdapter, ValidationError

from app.alignment.evaluation.schema import (
    ANSWERS,
    HEARD,
    JOB,
    OUTCOME,
    PARENT,
    SET,
    AskedAnswer,
    ChildOutcome,
    ExamAnswer,
    Job,
    RewardAnswer,
    RewardJob,
    ScoredAnswer,
    TalkAnswer,
)
from app.alignment.schema import alignment_folder
from app.base.errors import AppError, Conflict
from app.base.files import write_whole
from app.base.settings import ROOT

Answer = ScoredAnswer | AskedAnswer | TalkAnswer | ExamAnswer
_ANSWER: TypeAdapter[Answer] = TypeAdapter(Annotated[Answer, Field(discriminator="kind")])
SCORING, JUDGING = "workers.training.scoring", "workers.training.judging"
NEEDS = "torch"
TAKEN_BACK = "Words of the set were taken back while systems were asked about it. Build the set again."


def answers(
    job: Job, progress: Callable[[str], None] = lambda _: None, folder: Path | None = None, set_hash: str = ""
) -> tuple[list[Answer], ChildOutcome]:
    """Everything the systems said about lines of a set. Raises AppError where the child could not.

    With a `folder` of its own, the same job asked again goes on after the last system that was heard to its end.
    """
    lines, outcome = _run(SCORING, job, progress, folder, set_hash)
    return [_ANSWER.validate_json(line) for line in lines], outcome


def rewards(
    job: RewardJob, progress: Callable[[str], None] = lambda _: None
) -> tuple[list[RewardAnswer], ChildOutcome]:
    """What a reward model gave. Raises AppError where the child could not."""
    lines, outcome = _run(JUDGING, job, progress)
    return [RewardAnswer.model_validate_json(line) for line in lines], outcome


def _run(
    module: str, job: Job | RewardJob, progress: Callable[[str], None], kept: Path | None = None, set_hash: str = ""
) -> tuple[list[bytes], ChildOutcome]:
    if find_spec(NEEDS) is None:
        raise AppError("Evaluating needs the packages of the extra `align`; any ./lyceum align ... installs them.")
    folder = kept or alignment_folder("evaluations", uuid4().hex)
    write_whole(folder / SET, set_hash.encode())
    _order(folder, job.model_dump_json().encode())
    with (folder / "log").open("wb") as log:
        command = [sys.executable, "-P", "-m", module, str(folder)]
        child = subprocess.Popen(command, cwd=ROOT, env=_environment(), stdout=log, stderr=log)
        try:
            _wait(child, folder, job.expected, progress)
        finally:
            if child.poll() is None:
                child.terminate()
                child.wait(10)
    outcome = _outcome(folder)
    if not outcome.done:
        raise AppError(outcome.sentence)
    if not (folder / ANSWERS).exists():
        raise Conflict(TAKEN_BACK)
    return (folder / ANSWERS).read_bytes().splitlines(), outcome


def forget_words(set_hashes: Iterable[str]) -> None:
    """Take away what was asked and said about lines of these sets; of a folder that names no set nobody knows."""
    gone = {one[:12] for one in set_hashes}
    if not gone:
        return
    for folder in [*alignment_folder("evaluations").glob("*/"), *alignment_folder("loops").glob("*/evaluation/")]:
        if not (folder / SET).exists() or (folder / SET).read_text("utf-8")[:12] in gone:
            for name in (JOB, ANSWERS, HEARD):
                (folder / name).unlink(missing_ok=True)


def _order(folder: Path, job: bytes) -> None:
    """Put the job into its folder. What was said to another job is not said to this one."""
    if not (folder / JOB).exists() or (folder / JOB).read_bytes() != job:
        for name in (ANSWERS, HEARD):
            (folder / name).unlink(missing_ok=True)
    (folder / OUTCOME).unlink(missing_ok=True)
    write_whole(folder / JOB, job)


def _environment() -> dict[str, str]:
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    own = {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1", PARENT: str(os.getpid())}
    return {**os.environ, "PYTHONPATH": path, **own}


def _wait(child: "subprocess.Popen[bytes]", folder: Path, expected: int, progress: Callable[[str], None]) -> None:
    while True:
        try:
            child.wait(2)
            return
        except subprocess.TimeoutExpired:
            said = folder / ANSWERS
            count = said.read_bytes().count(b"\n") if said.exists() else 0
            progress(f"{count} of {expected} answers")


def _outcome(folder: Path) -> ChildOutcome:
    try:
        return ChildOutcome.model_validate_json((folder / OUTCOME).read_bytes())
    except (OSError, ValidationError):
        last = (folder / "log").read_text("utf-8", "replace").strip().splitlines()[-1:] or ["(nothing)"]
        return ChildOutcome(
            done=False, sentence=f"The evaluation's process ended early. Its last words: {last[0][:300]}"
        )
