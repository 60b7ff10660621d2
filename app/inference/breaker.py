"""The circuit breaker: after several failures in a row a model server is left alone for a while.

Each process counts for itself. An opened circuit is also hoisted as a flag in Redis, so that the web server says
what the workers found out, and one worker's bad news spares the others.
"""

import math
import threading
import time
from collections.abc import Callable
from functools import lru_cache

from app.base.prompts import digest
from app.base.settings import get_settings
from app.base.stream import clear_flag, flag_is_up, set_flag

FAILURES = 3
REST_SECONDS = 5.0
LONGEST_REST_SECONDS = 30.0
LOOK_SECONDS = 0.25


class Breaker:
    """Closed: calls pass. Open: none pass until the rest is over. Then one may probe; its end decides."""

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.flag = f"model-away:{digest(name)}"
        self.clock = clock
        self.lock = threading.Lock()
        self.failures = 0
        self.open_until = 0.0
        self.probing_until = 0.0
        self.looked = -math.inf
        self.is_away = False

    def available(self) -> bool:
        """Whether a call would be let through now."""
        if self.failures >= FAILURES:
            at = self.clock()
            return at >= self.open_until and at >= self.probing_until
        return not self._others_say_away()

    def _others_say_away(self) -> bool:
        """Whether the flag is up. As each turn asks, that it is down is believed for LOOK_SECONDS."""
        at = self.clock()
        if self.is_away or at - self.looked >= LOOK_SECONDS:
            self.looked = at
            self.is_away = bool(get_settings().redis_url) and flag_is_up(self.flag)
        return self.is_away

    def admit(self, seconds: float) -> bool:
        """Whether this call may go ahead; a probe holds its place for at most `seconds`."""
        with self.lock:
            if not self.available():
                return False
            if self.failures >= FAILURES:
                self.probing_until = self.clock() + seconds
            return True

    def succeeded(self) -> None:
        """The server answered: close."""
        with self.lock:
            was_open = self.failures >= FAILURES
            self.failures = 0
            self.probing_until = 0.0
        if was_open and get_settings().redis_url:
            clear_flag(self.flag)

    def failed(self) -> None:
        """The server was away or too slow: count, and open at the limit, for longer each time."""
        with self.lock:
            self.failures += 1
            self.probing_until = 0.0
            if self.failures < FAILURES:
                return
            rest = min(REST_SECONDS * 2 ** (self.failures - FAILURES), LONGEST_REST_SECONDS)
            self.open_until = self.clock() + rest
        if get_settings().redis_url:
            set_flag(self.flag, rest)

    def gave_up(self) -> None:
        """The caller left before the server could show what it is worth: a probe's place is free again."""
        with self.lock:
            self.probing_until = 0.0


@lru_cache
def breaker_of(url: str) -> Breaker:
    """The process's breaker for one server."""
    return Breaker(url)
