"""Keeps children running: one that dies is started again at once, more slowly when it keeps dying."""

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field

import psutil

from app.base.embedded.processes import Child, Ledger, Part, end_processes
from app.base.errors import AppError

WINDOW = 60.0
LONGEST_WAIT = 30.0


@dataclass
class _Watched:
    child: Child
    deaths: list[float] = field(default_factory=list)
    due: float | None = None
    coming_back: bool = False


def wait_before_restart(deaths_lately: int) -> float:
    """Seconds to wait: none after a first death, then 1, 2, 4 ... up to half a minute."""
    return 0.0 if deaths_lately <= 1 else min(LONGEST_WAIT, 2.0 ** (deaths_lately - 2))


class Supervisor:
    """Children by name. `start` may be called from several threads; `watch` and `stop_all` belong to one."""

    def __init__(self, ledger: Ledger, say: Callable[[str], None]) -> None:
        self.ledger = ledger
        self.say = say
        self.stopping = threading.Event()
        self._watched: dict[str, _Watched] = {}
        self._starting: list[Child] = []

    def start(self, part: Part) -> float:
        """Start a part, wait until it answers, watch it from then on. Returns seconds; raises AppError."""
        child = Child(part, self.ledger)
        self._starting.append(child)
        if self.stopping.is_set():
            raise AppError("Stopped.")
        child.start()
        seconds = child.wait_ready(self.stopping.is_set)
        self._watched[part.name] = _Watched(child)
        self._starting.remove(child)
        return seconds

    def watch(self, startup: Future[None]) -> None:
        """Until `stopping` is set: revive the dead. An error of `startup` is raised here."""
        while not self.stopping.wait(0.1):
            if startup.done():
                startup.result()
            for watched in list(self._watched.values()):
                self._look_after(watched)

    def _look_after(self, watched: _Watched) -> None:
        child = watched.child
        if watched.due is not None:
            if time.monotonic() >= watched.due:
                self._revive(watched)
        elif not child.running:
            self._mourn(watched)
        elif watched.coming_back and child.part.ready():
            watched.coming_back = False
            self.say(f"  {child.part.name} is back after {time.monotonic() - watched.deaths[-1]:.1f} s")

    def _mourn(self, watched: _Watched) -> None:
        moment = time.monotonic()
        watched.deaths = [one for one in watched.deaths if moment - one < WINDOW] + [moment]
        pause = wait_before_restart(len(watched.deaths))
        child = watched.child
        full = "the disk is full; " if "no space left on device" in child.said().lower() else ""
        when = "at once" if pause == 0 else f"in {pause:.0f} s (its log: {child.part.log})"
        self.say(f"  {child.part.name} {child.how_it_ended()}; {full}starting it again {when}")
        watched.due = moment + pause
        if pause == 0:
            self._revive(watched)

    def _revive(self, watched: _Watched) -> None:
        watched.child.end_group()
        try:
            watched.child.start()
        except (OSError, AppError) as error:
            self.say(f"  {watched.child.part.name} could not be started: {error}")
            watched.due = time.monotonic() + LONGEST_WAIT
            return
        watched.due, watched.coming_back = None, True

    def has_children(self) -> bool:
        """Whether anything was started."""
        return bool(self._watched or self._starting)

    def end_helpers(self) -> None:
        """End processes of ours that are no part, such as a download under way."""
        known = {child.process.pid for child in self._children() if child.process is not None}
        end_processes([one for one in psutil.Process().children() if one.pid not in known])

    def _children(self) -> list[Child]:
        return [watched.child for watched in list(self._watched.values())] + list(self._starting)

    def stop_all(self, last: Iterable[str]) -> None:
        """Stop everything, those named in `last` (the stores) after the rest; and whatever else we started."""
        self.stopping.set()
        children = self._children()
        kept = [child for child in children if child.part.name in last]
        for group in ([child for child in children if child not in kept], kept):
            for child in group:
                child.ask_to_stop()
            for child in group:
                child.end()
        end_processes(psutil.Process().children(recursive=True))
