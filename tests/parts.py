"""The real parts that tests run on, in a temporary folder: Postgres, Valkey, the stub model, workers, a web server."""

import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError
from stub_model import StubModel

from app.base.db import Base, get_engine, normal_url
from app.base.embedded.address import use_environment
from app.base.embedded.folder import DataFolder
from app.base.embedded.ports import free_ports, listen
from app.base.embedded.postgres import postgres_part, postgres_url
from app.base.embedded.processes import Child, Ledger, Part
from app.base.embedded.valkey import valkey_part, valkey_url
from app.base.errors import AppError
from app.base.queue import get_redis
from app.base.settings import get_settings
from app.cli import parts

PREFIX = "lyceum-test-"
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Test data need not survive a power cut; it does survive a kill -9 of the server."""


@dataclass
class Services:
    """The stores and the stub model of a test session; `environment` is what children are told."""

    folder: DataFolder
    database: Child
    broker: Child
    stub: StubModel
    environment: dict[str, str]
    ledger: Ledger

    def child(self, part: Part) -> Child:
        """Start a part on these services and wait until it answers."""
        child = Child(part, self.ledger)
        child.start()
        child.wait_ready()
        return child

    def stop(self) -> None:
        """Stop everything and remove the folder."""
        self.broker.stop()
        self.database.stop()
        self.stub.stop()
        self.folder.release()
        shutil.rmtree(self.folder.root, ignore_errors=True)


@dataclass
class Web:
    """A web server in a process of its own, on a port that stays the same when it is killed and started again."""

    url: str
    child: Child


def end_forgotten() -> None:
    """End what test sessions that were killed left behind. A session that still runs holds its folder."""
    for root in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if time.time() - root.stat().st_mtime < 60:
                continue
            folder = DataFolder(root)
            folder.take()
        except (AppError, OSError):
            continue
        Ledger(folder.run / "processes.json").end_leftovers()
        folder.release()
        shutil.rmtree(root, ignore_errors=True)


def start_services() -> Services:
    """Postgres and Valkey in a fresh folder, and the stub model in this process."""
    folder = DataFolder(Path(tempfile.mkdtemp(prefix=PREFIX)))
    folder.take()
    ledger = Ledger(folder.run / "processes.json")
    database_port, broker_port = free_ports(2)
    password = folder.secret("stores")
    log = folder.logs / "database.log"
    database = Child(postgres_part(folder.postgres, database_port, password, log, FORGETFUL), ledger)
    broker = Child(valkey_part(folder.valkey, broker_port, password, folder.logs / "broker.log"), ledger)
    database.start()
    broker.start()
    database.wait_ready()
    broker.wait_ready()
    stub = StubModel()
    environment = {
        "DATABASE_URL": postgres_url(folder.postgres, database_port, password),
        "REDIS_URL": valkey_url(broker_port, password),
        "INFERENCE_URL": stub.url,
        "LYCEUM_INFERENCE_MODEL": "",
        "LYCEUM_ROLES": "{}",
        "LYCEUM_DATA": str(folder.root),
        "LYCEUM_DEMO": "false",
        "LYCEUM_PACE": "0",
    }
    return Services(folder, database, broker, stub, environment, ledger)


def start_worker(services: Services) -> Child:
    """One worker for every queue; its log is services.folder.logs/worker.log."""
    log = services.folder.logs / "worker.log"
    told = parts.python_environment(services.environment)
    return services.child(parts.worker_part(parts.Pool("live,write,records,train", 8), log, told))


def start_clock(services: Services) -> Child:
    """The clock, a process of its own: it outlives a worker that is killed, and is stopped like any other."""
    told = parts.python_environment(services.environment)
    return services.child(parts.clock_part(services.folder.run / "clock", services.folder.logs / "clock.log", told))


def start_web(services: Services) -> tuple[Web, socket.socket]:
    """The web server and the listening socket that must be kept while it runs."""
    listener = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    told = parts.python_environment({**services.environment, "LYCEUM_PUBLIC_URL": url})
    child = services.child(parts.web_part(listener.fileno(), url, services.folder.logs / "web.log", told))
    return Web(url, child), listener


@contextmanager
def running_worker(services: Services) -> Iterator[Child]:
    """A worker for every queue with the clock beside it, until the block ends."""
    clock, child = start_clock(services), start_worker(services)
    try:
        yield child
    finally:
        child.stop()
        clock.stop()


@contextmanager
def running_web(services: Services, **environment: str) -> Iterator[Web]:
    """A web server, told more where given, until the block ends."""
    web, listener = start_web(replace(services, environment={**services.environment, **environment}))
    try:
        yield web
    finally:
        web.child.stop()
        listener.close()


def forget_settings(services: Services) -> None:
    """Have the settings read anew. The connections stay, unless they lead elsewhere or somebody still holds one: a new
    engine compiles every statement again, and to a new connection all tables are new; that took longer than most tests.
    """
    get_settings.cache_clear()
    engine = get_engine()
    if engine.url != make_url(normal_url(services.environment["DATABASE_URL"])) or engine.pool.checkedout():
        use_environment({})


def empty_stores() -> None:
    """Delete every row there is and forget the broker's keys, save the bindings that a running worker made."""
    for attempt in range(10):
        try:
            if not _delete_rows():
                break
        except OperationalError:  # a worker at work on the last test's rows holds locks the other way round
            if attempt == 9:
                raise
    keys = [key for key in get_redis().scan_iter() if not key.startswith(b"_kombu.binding")]
    if keys:
        get_redis().delete(*keys)


def _delete_rows() -> bool:
    """Empty the tables that hold something, and tell whether any did.

    A test fills a few tables of many, and truncating all of them takes longer than most tests. As a replica, the
    session asks no trigger and no foreign key; what a worker wrote meanwhile is found by the next look.
    """
    names = [table.name for table in Base.metadata.sorted_tables]
    look = " UNION ALL ".join(f"(SELECT '{name}' FROM \"{name}\" LIMIT 1)" for name in names)
    with get_engine().begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = '15s'; SET LOCAL session_replication_role = replica"))
        filled = connection.execute(text(look)).scalars().all()
        for name in filled:
            connection.execute(text(f'DELETE FROM "{name}"'))
    return bool(filled)
