"""Where the running platform's parts are: a private file in the data folder, read by the other commands."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
from pydantic import BaseModel, ValidationError

from app.base.db import get_engine
from app.base.errors import AppError
from app.base.files import write_whole
from app.base.queue import get_redis, get_sender
from app.base.settings import get_settings

PARTS = ("DATABASE_URL", "REDIS_URL", "INFERENCE_URL")


class Address(BaseModel):
    """A running platform: its web address, its supervisor (process id and birth), and what its parts are told."""

    url: str
    pid: int
    started: float
    environment: dict[str, str]


def use_environment(values: dict[str, str]) -> None:
    """Put `values` into this process's environment and forget settings and connections made before."""
    os.environ.update(values)
    if get_engine.cache_info().currsize:
        get_engine().dispose()
    for cached in (get_settings, get_engine, get_redis, get_sender):
        cached.cache_clear()


@contextlib.contextmanager
def kept_environment() -> Iterator[None]:
    """Within the block this process may use another platform; after it the environment is as it was."""
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before:
            del os.environ[name]
        use_environment(before)


def write_address(run: Path, url: str, environment: dict[str, str]) -> None:
    """Leave word in the run folder (which only its owner reads, for the URLs carry passwords)."""
    me = psutil.Process()
    address = Address(url=url, pid=me.pid, started=me.create_time(), environment=environment)
    write_whole(run / "address.json", address.model_dump_json(indent=2).encode())


def find_running(data: Path | None = None) -> Address | None:
    """The platform running on a data folder (the settings' by default), or None."""
    path = (data or get_settings().data).expanduser().resolve() / "run" / "address.json"
    try:
        address = Address.model_validate_json(path.read_bytes())
        alive = abs(psutil.Process(address.pid).create_time() - address.started) < 1
    except (OSError, ValidationError, psutil.Error):
        return None
    return address if alive else None


def use_running(data: Path | None = None) -> Address | None:
    """Make this process talk to the running platform's parts; what the environment names itself stays as it is."""
    address = find_running(data)
    if address is not None:
        use_environment({name: value for name, value in address.environment.items() if not os.environ.get(name)})
    return address


def need_stores(data: Path | None = None) -> None:
    """Make sure that a database and a broker are named, by the environment or by a running platform."""
    use_running(data)
    if not (get_settings().database_url and get_settings().redis_url):
        raise AppError(
            "No running platform was found: start it with ./lyceum up (the same --data), "
            "or set DATABASE_URL and REDIS_URL."
        )
