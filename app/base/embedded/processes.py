"""Child processes: start, ask whether they are ready, stop, and find those that a killed parent left behind."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from pydantic import BaseModel, TypeAdapter

from app.base.errors import AppError
from app.base.files import write_whole

TAIL = 2000
LONGEST_LOG = 20 * 2**20


@dataclass(frozen=True)
class Account:
    """Another account to run a child as; only root can."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Part:
    """How one child is started, recognised as ready, and stopped. Durations in seconds."""

    name: str
    command: list[str]
    log: Path
    ready: Callable[[], bool]
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    before: Callable[[], None] = lambda: None
    account: Account | None = None
    folder: Path | None = None
    pass_fds: tuple[int, ...] = ()
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 5.0
    ready_seconds: float = 60.0


class Entry(BaseModel):
    """A running child in the ledger: enough to know it again after its parent was killed."""

    name: str
    pid: int
    started: float
    stop_signal: int


_ENTRIES = TypeAdapter(list[Entry])


class Ledger:
    """The file of running children, so that the next start can end what a kill -9 left behind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: dict[str, Entry] = {}
        self._lock = threading.Lock()

    def note(self, name: str, entry: Entry | None) -> None:
        """Remember a child, or with None forget it."""
        with self._lock:
            self._entries.pop(name, None)
            if entry is not None:
                self._entries[name] = entry
            write_whole(self.path, _ENTRIES.dump_json(list(self._entries.values())))

    def end_leftovers(self, seconds: float = 5.0) -> list[str]:
        """End children of an earlier run that are still there: ask all at once, then kill. Returns their names."""
        try:
            entries = _ENTRIES.validate_json(self.path.read_bytes())
        except (FileNotFoundError, ValueError):
            return []
        groups = {entry.name: _still_there(entry) for entry in entries}
        for entry in entries:
            for leader in (one for one in groups[entry.name] if one.pid == entry.pid):
                _signal(leader.pid, entry.stop_signal)
        members = [member for group in groups.values() for member in group]
        wait_gone(members, seconds)
        end_processes(members)
        self.path.unlink(missing_ok=True)
        return [name for name, group in groups.items() if group]


def _still_there(entry: Entry) -> list[psutil.Process]:
    members = [one for one in group_members(entry.pid) if one.create_time() >= entry.started - 1]
    leaders = [one for one in members if one.pid == entry.pid]
    # Otherwise the number was given to somebody else since.
    return members if not leaders or abs(leaders[0].create_time() - entry.started) < 1 else []


def is_gone(process: psutil.Process) -> bool:
    """Whether it ended. A zombie did: where nobody collects orphans, as in many containers, they stay for ever."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_gone(processes: list[psutil.Process], seconds: float) -> None:
    """Wait until all have ended, or `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not all(is_gone(one) for one in processes):
        time.sleep(0.05)


def group_members(group: int) -> list[psutil.Process]:
    """The processes of a process group, also when its leader is gone."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, PermissionError, psutil.Error):
            continue
    return found


def end_processes(processes: list[psutil.Process], seconds: float = 5.0) -> None:
    """Kill those that are still there, and wait."""
    left = [process for process in processes if not is_gone(process)]
    for process in left:
        _signal(process.pid, signal.SIGKILL)
    wait_gone(left, seconds)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _turn_over(log: Path) -> None:
    """Begin a new log when the old one is long; one old one is kept."""
    if log.exists() and log.stat().st_size > LONGEST_LOG:
        log.replace(log.with_suffix(".old.log"))


class Child:
    """One part, running or not. Not safe for use from two threads at once."""

    def __init__(self, part: Part, ledger: Ledger | None = None) -> None:
        self.part = part
        self.ledger = ledger
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.log_start = 0

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start it in a process group of its own, so that a Ctrl-C in the terminal reaches only us.

        A long log is turned over first: a part may note in `before` how far its log has come.
        """
        part = self.part
        _turn_over(part.log)
        part.before()
        account = part.account
        with part.log.open("ab") as log:
            self.log_start = log.tell()
            self.process = subprocess.Popen(
                part.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=part.folder,
                env=part.environment,
                pass_fds=part.pass_fds,
                start_new_session=True,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
        self.started = time.monotonic()
        self._note()

    def _note(self) -> None:
        if self.ledger is None or self.process is None:
            return
        try:
            born = psutil.Process(self.process.pid).create_time()
        except psutil.NoSuchProcess:
            return
        entry = Entry(name=self.part.name, pid=self.process.pid, started=born, stop_signal=int(self.part.stop_signal))
        self.ledger.note(self.part.name, entry)

    def wait_ready(self, stopping: Callable[[], bool] = lambda: False) -> float:
        """Wait until it answers; returns the seconds since its start. Raises AppError when it ends, is too slow, or
        `stopping` says that nobody waits any more."""
        deadline = self.started + self.part.ready_seconds
        while not self.part.ready():
            if stopping():
                raise AppError(f"Stopped while {self.part.name} was starting.")
            if not self.running:
                raise AppError(self._trouble("ended while starting"))
            if time.monotonic() > deadline:
                raise AppError(self._trouble(f"was not ready after {self.part.ready_seconds:.0f} seconds"))
            time.sleep(0.05)
        return time.monotonic() - self.started

    def _trouble(self, what: str) -> str:
        said = self.said()
        if "no space left on device" in said.lower():
            return f"The disk is full: {self.part.name} {what}. Make room and start again."
        last = said.strip().splitlines()[-1:] or ["(nothing)"]
        return f"The {self.part.name} {what}. Its last words: {last[0].strip()[:300]} The log is {self.part.log}."

    def said(self) -> str:
        """The end of what this run of the child wrote to its log."""
        with self.part.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(self.log_start, size - TAIL))
            return log.read().decode("utf-8", "replace")

    def how_it_ended(self) -> str:
        """In words: killed by a signal, or its exit status."""
        status = self.process.poll() if self.process else None
        if status is None:
            return "is running"
        return f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"

    def ask_to_stop(self) -> None:
        """Send the part's polite signal."""
        if self.process is not None and self.running:
            _signal(self.process.pid, self.part.stop_signal)

    def end(self) -> None:
        """Wait for a polite end, then kill what is left of the process group."""
        if self.process is None:
            return
        try:
            self.process.wait(self.part.stop_seconds)
        except subprocess.TimeoutExpired:
            _signal(self.process.pid, signal.SIGKILL)
        self.end_group()
        self.process.wait()
        if self.ledger is not None:
            self.ledger.note(self.part.name, None)

    def end_group(self) -> None:
        """Kill what a dead child left in its group, such as pool processes in the middle of a job."""
        if self.process is not None:
            end_processes(group_members(self.process.pid))

    def stop(self) -> None:
        """Ask, wait, kill."""
        self.ask_to_stop()
        self.end()
