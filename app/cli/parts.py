"""The parts that `up` starts besides the two stores: web server, workers, clock, inference server."""

import os
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from app.base.embedded.processes import Part
from app.base.settings import ROOT


@dataclass(frozen=True)
class Pool:
    """A Celery worker: the queue it serves and how many jobs at once."""

    queue: str
    jobs: int


LIVE_TURNS = 256
"""Turns at once in one worker: each is a thread that waits for the model, so that a queue forms at the model only."""


BESIDES = 4
"""Jobs of the queue "write" besides those that write lessons: pages that are described, answers that are marked."""


def pools(window: int) -> tuple[Pool, ...]:
    """A pool for each queue, so that a long job of one never delays a live answer. Jobs mostly wait for the model.

    `window` steps of lessons are written at once, and one more for every eight: one alone on the embedded server, where
    a second would only take its processor from the first and from whoever asks in a class. Trainings are watched by the
    pool of records, one at a time on a machine: the training itself is a process of its own, so its keeper is a thread
    that sleeps. Decks are read there too, and what is brought into a course or taken out: it asks no model, and waits
    for none.
    """
    drafts = window + window // 8 + BESIDES if window > 1 else 1
    return Pool("live", LIVE_TURNS), Pool("write", drafts), Pool("records,train", 4)


def python_environment(values: dict[str, str]) -> dict[str, str]:
    """This process's environment for a Python child, with `values`, and this checkout importable from any folder."""
    path = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": path, **values}


def python_command(*words: str) -> list[str]:
    """A command for our own Python, which must not pick up modules from the folder the person stands in."""
    return [sys.executable, "-P", "-m", *words]


def worker_command(queues: str, jobs: int) -> list[str]:
    """A Celery worker. Threads: its jobs wait for models and databases, and one process per queue is light."""
    app = "workers.live" if queues == "live" else "workers.app"
    words = ["celery", "-A", app, "worker", "-Q", queues, "-n", f"{queues.replace(',', '-')}@%h"]
    return python_command(
        *words, "-P", "threads", "-c", str(jobs), "-l", "INFO", "--without-gossip", "--without-mingle"
    )


def clock_command(schedule: Path) -> list[str]:
    """The clock, which rings again for rows left waiting; `schedule` is its private notebook."""
    return python_command("celery", "-A", "workers.live", "beat", "-l", "INFO", "-s", str(schedule), "--pidfile=")


def answers_http(url: str, seconds: float = 0.3) -> bool:
    """Whether a server answers at all, whatever it says."""
    try:
        with urllib.request.urlopen(url, timeout=seconds):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def answers_well(url: str, seconds: float = 0.3) -> bool:
    """Whether a server says 200."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def web_part(fd: int, url: str, log: Path, environment: dict[str, str]) -> Part:
    """The web server on an inherited listening socket."""
    return Part(
        name="web server",
        command=python_command("app", "serve", "--fd", str(fd)),
        log=log,
        ready=lambda: answers_http(f"{url}/health"),
        environment=environment,
        pass_fds=(fd,),
        stop_seconds=5,
    )


def worker_part(pool: Pool, log: Path, environment: dict[str, str]) -> Part:
    """A worker; ready when it says so in its log."""
    return _logged(f"worker {pool.queue}", worker_command(pool.queue, pool.jobs), log, environment, "ready.")


def clock_part(schedule: Path, log: Path, environment: dict[str, str]) -> Part:
    """The clock; ready when it says so in its log."""
    return _logged("clock", clock_command(schedule), log, environment, "is starting")


def _logged(name: str, command: list[str], log: Path, environment: dict[str, str], word: str) -> Part:
    marks = {"at": 0}

    def mark() -> None:
        marks["at"] = log.stat().st_size if log.exists() else 0

    def said_so() -> bool:
        with log.open("rb") as said:
            said.seek(marks["at"])
            return word.encode() in said.read(100_000)

    return Part(
        name=name, command=command, log=log, ready=said_so, environment=environment, before=mark, stop_seconds=4
    )


def inference_part(name: str, model: Path, alias: str, port: int, log: Path, adapters: Path) -> Part:
    """llama.cpp's server with one model file, and the adapters that lie in a folder."""
    words = ["--model", str(model), "--port", str(port), "--alias", alias, "--adapters", str(adapters)]
    return Part(
        name=name,
        command=python_command("app.inference.llama_server", *words),
        log=log,
        ready=lambda: answers_well(f"http://127.0.0.1:{port}/health"),
        environment=python_environment({}),
        ready_seconds=300,
    )
