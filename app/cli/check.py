"""`./lyceum check`: ask each part of the running platform whether it answers."""

import argparse
import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import redis
from kombu.exceptions import OperationalError as BrokerAway
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.base.console import say
from app.base.db import get_engine, now, unit_of_work
from app.base.embedded.address import PARTS, Address, find_running, need_stores
from app.base.queue import CLOCK, CLOCK_SECONDS, QUEUES, get_redis, get_sender
from app.base.settings import get_settings
from app.base.stream import flag_is_up
from app.classroom import service as classroom
from app.cli.parts import answers_well

PATIENCE = 3.0
"""Seconds that a part has to answer."""

MOST_NAMED = 5
"""How many of the classes that were paused by a fault are named."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("check", help="say whether each part answers")
    parser.add_argument("--data", type=Path, help="the data folder of the running platform")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """A line per part, and one about classes that were paused by a fault; 1 if any part does not answer."""
    need_stores(arguments.data)
    troubles = {}
    for part, trouble in _findings():
        say(f"  {part:<16} {trouble or 'answers'}")
        troubles[part] = trouble
    if not troubles["database"] and (paused := _paused()):
        say(f"  {'classes':<16} {paused}")
    wrong = any(troubles.values())
    if wrong:
        say(_next_step(find_running(arguments.data)))
    return 1 if wrong else 0


def _next_step(running: Address | None) -> str:
    """What to do about parts that do not answer."""
    if running is None:
        return f"Each part's own log says why. Where the parts are looked for is said by {', '.join(PARTS)}."
    logs = get_settings().data / "logs"
    own = [name for name in PARTS if os.environ.get(name) != running.environment.get(name)]
    elsewhere = f" {' and '.join(own)} came from your environment, not from the platform that runs here." if own else ""
    return (
        f"`up` starts its own parts again by itself: ask again in half a minute. What they say is in {logs}. "
        f"A part that was named by a URL is for you to start.{elsewhere}"
    )


def _findings() -> Iterator[tuple[str, str]]:
    """(part, its trouble or nothing), as they come."""
    settings = get_settings()
    yield "web server", _trouble(lambda: _http(f"{settings.public_url}/health"))
    yield "database", _trouble(_database)
    yield "broker", _trouble(lambda: get_redis().ping() and "")
    working = _queues_served()
    for queue in QUEUES:
        yield f"worker {queue}", "" if queue in working else "nobody serves this queue"
    yield "clock", _clock(working)
    model = settings.inference_url.rstrip("/")
    yield "model", _trouble(lambda: _http(f"{model}/models")) if model else "INFERENCE_URL is not set"


def _paused() -> str:
    """Which classes were paused in the last day because their turns failed, and where it says why."""
    try:
        with unit_of_work() as session:
            found = classroom.stumbled_since(session, now() - timedelta(days=1))
    except ProgrammingError:
        return "cannot be looked at: the database's tables are not this version's. Run `./lyceum migrate`."
    if not found:
        return ""
    named = ", ".join(str(one) for one in found[:MOST_NAMED]) + (", ..." if len(found) > MOST_NAMED else "")
    told = f"{len(found)} paused in the last day because their turns failed, the newest first: {named}."
    return f"{told} Why stands in the log of the live worker."


def _clock(working: set[str]) -> str:
    """The clock answers nobody; that it rings is known of who hears it."""
    if flag_is_up(CLOCK):
        return ""
    heard = f"has not rung for {CLOCK_SECONDS:.0f} seconds"
    return heard if "live" in working else f"{heard}, as far as anybody can hear: nobody serves the queue live"


def _trouble(ask: Callable[[], object]) -> str:
    try:
        return str(ask() or "")
    except OperationalError as error:
        return f"does not answer: {str(error.orig).strip().splitlines()[0][:200]}"
    except redis.RedisError as error:
        return f"does not answer: {str(error)[:200]}"


def _http(url: str) -> str:
    return "" if answers_well(url, PATIENCE) else f"does not answer well at {url}"


def _database() -> None:
    with get_engine().connect() as connection:
        connection.execute(text("SELECT 1"))


def _queues_served() -> set[str]:
    """The queues that some worker reads from, asked over the broker."""
    try:
        replies = get_sender().control.inspect(timeout=PATIENCE / 2).active_queues() or {}
    except (redis.RedisError, BrokerAway):
        return set()
    return {str(queue["name"]) for queues in replies.values() for queue in queues}
