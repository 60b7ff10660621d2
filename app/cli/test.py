"""`./lyceum test`: every check there is, the tests in several processes; or with arguments only pytest with them."""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from app.base.console import say
from app.base.settings import ROOT
from app.cli.chromium import fetch_chromium, find_chromium
from app.inference.catalogue import usable_cores, usable_memory

CHECKS = (
    ("ruff check", ["ruff", "check", "."]),
    ("ruff format", ["ruff", "format", "--check", "."]),
    ("mypy --strict", ["mypy"]),
    ("import contracts", ["lint-imports", "--no-logo"]),
    ("pytest", ["pytest"]),
)
MOST_PROCESSES = 4
MEMORY_OF_ONE = 2 * 2**30
"""Bytes that one process of tests takes at most, with its Postgres, worker, web server and browser, or its training."""
BY_FILE = ["--dist", "loadfile", "--no-loadscope-reorder"]
"""A file's tests share their worker and web server; tests/conftest.py puts the long ones first."""

STOP_SECONDS = 60.0
"""How long tests may take to stop what they started."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    text = "run all checks and tests; arguments go to pytest, which then runs alone"
    parser = commands.add_parser("test", help=text, description=text)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Run all checks, also after one that failed, then say how each went."""
    browser = find_chromium() or fetch_chromium()
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    environment["PYTHONPATH"] = str(ROOT)
    if browser is not None:
        environment["CHROMIUM"] = str(browser)
    lines, failed = [], False
    for name, command in _checks(arguments.rest, environment):
        say(f"\n== {name}")
        began = time.monotonic()
        status = _call(command, environment)
        failed = failed or status != 0
        lines.append(f"  {name:<18} {'ok' if status == 0 else 'FAILED':<7} {time.monotonic() - began:6.1f} s")
    say("\n" + "\n".join(lines))
    return 1 if failed else 0


def _checks(rest: list[str], environment: dict[str, str]) -> list[tuple[str, list[str]]]:
    """What to run. Several processes share the cores: what counts in threads is told how many each has."""
    if rest:
        shared = any(one.startswith(("-n", "--numprocesses")) for one in rest)
        return [("pytest", ["pytest", *(BY_FILE if shared else []), *rest])]
    count = how_many(usable_cores(), usable_memory())
    if count == 1:
        return list(CHECKS)
    environment.setdefault("OMP_NUM_THREADS", str(max(1, usable_cores() // count)))
    *before, (name, command) = CHECKS
    return [*before, (f"{name}, {count} at once", [*command, "-n", str(count), *BY_FILE])]


def how_many(cores: int, memory: int) -> int:
    """Processes of tests for so many cores and bytes of memory."""
    return max(1, min(cores, MOST_PROCESSES, memory // MEMORY_OF_ONE))


def _call(command: list[str], environment: dict[str, str]) -> int:
    """Run it and return its status. A Ctrl-C reaches it as well, a signal that ends us is handed on; either way it is
    given the time to stop what it started.
    """
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return process.wait()
    except SystemExit:
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        process.terminate()  # started without a terminal it may be deaf to the other
        raise
    except KeyboardInterrupt:
        process.wait()
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
