"""One thread looks at all that is held, only while anything is, and begins anew after a look that failed."""

import threading
import time
from collections.abc import Callable

import pytest

from app.base.rounds import Rounds


def until(true: Callable[[], object], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.01)


def running(name: str) -> int:
    return [one.name for one in threading.enumerate()].count(name)


def test_all_that_is_held_is_looked_at_by_one_thread_that_ends_with_it() -> None:
    seen: list[set[str]] = []
    rounds = Rounds[str]("looks at words", 0.01, lambda held: seen.append(set(held)))
    with rounds.holding("one") as one, rounds.holding("two"):
        assert one == "one"
        until(lambda: {"one", "two"} in seen)
        assert running("looks at words") == 1
    until(lambda: not running("looks at words"))
    seen.clear()
    with rounds.holding("three"):
        until(lambda: {"three"} in seen)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_look_that_fails_does_not_end_the_looking() -> None:
    seen: list[set[str]] = []

    def look(held: list[str]) -> None:
        seen.append(set(held))
        if len(seen) == 1:
            raise ValueError("the first look")

    rounds = Rounds[str]("fails once", 0.01, look)
    with rounds.holding("one"):
        until(lambda: len(seen) > 1)
        assert running("fails once") == 1


def test_what_no_thread_could_be_started_for_is_not_held(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    rounds = Rounds[str]("never starts", 0.01, lambda held: None)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="can't start"), rounds.holding("one"):
        pass
    assert not rounds.held
