"""`./lyceum up`: the whole platform from one command, and nothing left of it afterwards."""

import argparse
import signal
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TypeVar

import redis
from pydantic import TypeAdapter
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.base.console import say, say_progress
from app.base.db import get_engine
from app.base.embedded.address import use_environment, write_address
from app.base.embedded.folder import DataFolder
from app.base.embedded.ports import free_ports, listen
from app.base.embedded.postgres import postgres_part, postgres_url
from app.base.embedded.processes import Ledger, Part
from app.base.embedded.supervisor import Supervisor
from app.base.embedded.valkey import valkey_part, valkey_url
from app.base.errors import AppError
from app.base.queue import get_redis
from app.base.settings import Endpoint, Settings, get_settings
from app.cli import parts
from app.cli.migrate import upgrade

Done = TypeVar("Done")
STORES = ("database", "broker")
EMBEDDED_CAPACITY = 3
"""How many turns the embedded model speaks at once."""
EMBEDDED_WINDOW = 1
"""How many steps of lessons it writes at once."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("up", help="start everything and print the address")
    parser.add_argument("--port", type=int, default=8000, help="port of the web server (default: %(default)s)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--data", type=Path, help="folder for everything it keeps (default: .lyceum here)")
    parser.add_argument("--no-demo", action="store_true", help="do not load the demo course")
    parser.add_argument("--model", help="model of the catalogue (see `model list`; default: by the machine's size)")
    parser.add_argument("--author-model", help="another model of the catalogue for writing lessons")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Start, watch until Ctrl-C or SIGTERM, stop every child."""
    if arguments.data:
        use_environment({"LYCEUM_DATA": str(arguments.data.expanduser().resolve())})
    folder = DataFolder(get_settings().data)
    folder.take()
    ledger = Ledger(folder.run / "processes.json")
    leftovers = ledger.end_leftovers()
    if leftovers:
        say(f"An earlier run was cut off; ended what it left behind: {', '.join(leftovers)}.")
    listener = listen(arguments.host, arguments.port)
    supervisor = Supervisor(ledger, say)
    restore = _stop_on_signals(supervisor)
    try:
        Launch(arguments, folder, listener, supervisor).run()
    finally:
        if supervisor.has_children():
            say("Stopping ...")
        supervisor.stop_all(STORES)
        (folder.run / "address.json").unlink(missing_ok=True)
        restore()
        listener.close()
        folder.release()
    return 0


def _stop_on_signals(supervisor: Supervisor) -> Callable[[], None]:
    """Ctrl-C, SIGTERM and a closed terminal mean the same. Returns what puts the earlier handlers back."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, lambda *_: supervisor.stopping.set()) for number in numbers]

    def restore() -> None:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

    return restore


class Launch:
    """One start of the platform: what is started, in which order, and what children are told."""

    def __init__(
        self, arguments: argparse.Namespace, folder: DataFolder, listener: socket.socket, supervisor: Supervisor
    ) -> None:
        self.arguments = arguments
        self.folder = folder
        self.listener = listener
        self.supervisor = supervisor
        self.began = time.monotonic()
        self.given = get_settings()
        self.has_demo = self.given.demo and not arguments.no_demo
        self.told: dict[str, str] = {}
        self.jobs: list[Future[None]] = []
        self.database_port, self.broker_port, self.model_port, self.author_port = free_ports(4)
        host = "127.0.0.1" if arguments.host in ("0.0.0.0", "::") else arguments.host
        self.url = f"http://{host}:{listener.getsockname()[1]}"

    def run(self) -> None:
        """Start in the background while this thread watches, so that a part that dies meanwhile is revived."""
        say(f"Lyceum starts; its data is in {self.folder.root}.")
        with ThreadPoolExecutor(8) as pool:
            startup: Future[None] = pool.submit(self._start, pool)
            try:
                self.supervisor.watch(startup)
            finally:
                self.supervisor.stopping.set()
                self._end_fetching([startup, *self.jobs])

    def _end_fetching(self, jobs: list[Future[None]]) -> None:
        """A download runs in a helper process or tells its progress: the one is ended here, the other ends itself."""
        while not all(job.done() for job in jobs):
            self.supervisor.end_helpers()
            time.sleep(0.1)

    def _start(self, pool: ThreadPoolExecutor) -> None:
        models = self._models()
        self.told = self._environment(models)
        use_environment(self.told)
        stores = [pool.submit(self._database), pool.submit(self._broker)]
        self.jobs += stores + [pool.submit(self._model, *model) for model in models]
        for store in stores:
            store.result()
        self._timed("tables", upgrade)
        told = parts.python_environment({})
        self.jobs.append(pool.submit(self._part, self._web(told)))
        # Before the workers: the demo reads its own deck, and a worker would be at it too.
        signs = self._timed("demo course", _load_demo) if self.has_demo else []
        self.jobs += [pool.submit(self._part, part) for part in self._workers(told)]
        for job in as_completed(self.jobs):
            job.result()
        self._announce(signs)

    def _models(self) -> list[tuple[str, int, str]]:
        """(catalogue name, port, name of the part) of each embedded inference server."""
        if self.given.inference_url:
            return []
        from app.inference import catalogue

        name = catalogue.entry_of(self.arguments.model or catalogue.default_name()).name
        found = [(name, self.model_port, "model")]
        if self.arguments.author_model:
            author = catalogue.entry_of(self.arguments.author_model).name
            found += [(author, self.author_port, "author model")] if author != name else []
        return found

    def _environment(self, models: list[tuple[str, int, str]]) -> dict[str, str]:
        """What every child is told: where the parts are, and who we are to browsers. What somebody has set, in the
        environment or in `.env`, is told as it was set.
        """
        given, was_set = self.given, self.given.model_fields_set
        told = {
            "LYCEUM_DATA": str(self.folder.root),
            "LYCEUM_PUBLIC_URL": given.public_url if "public_url" in was_set and given.public_url else self.url,
            "LYCEUM_DEMO": "true" if self.has_demo else "false",
            "DATABASE_URL": given.database_url or self._database_url(),
            "REDIS_URL": given.redis_url or valkey_url(self.broker_port, self.folder.secret("broker")),
            "INFERENCE_URL": given.inference_url or f"http://127.0.0.1:{self.model_port}/v1",
        }
        if models:
            told["LYCEUM_INFERENCE_MODEL"] = models[0][0]
            capacity = given.live_capacity if "live_capacity" in was_set else EMBEDDED_CAPACITY
            window = given.author_window if "author_window" in was_set else EMBEDDED_WINDOW
            told |= {"LYCEUM_LIVE_CAPACITY": str(capacity), "LYCEUM_AUTHOR_WINDOW": str(window)}
        if len(models) > 1:
            told["LYCEUM_ROLES"] = _with_author(given, models[1][0], self.author_port)
        return told

    def _database_url(self) -> str:
        return postgres_url(self.folder.postgres, self.database_port, self.folder.secret("database"))

    def _database(self) -> None:
        if self.given.database_url:
            self._timed("database of DATABASE_URL", _check_database)
            return
        log = self.folder.logs / "database.log"
        started = time.monotonic()
        part = postgres_part(self.folder.postgres, self.database_port, self.folder.secret("database"), log)
        self._part(part, started)

    def _broker(self) -> None:
        if self.given.redis_url:
            self._timed("broker of REDIS_URL", _check_broker)
            return
        log = self.folder.logs / "broker.log"
        self._part(valkey_part(self.folder.valkey, self.broker_port, self.folder.secret("broker"), log))

    def _model(self, name: str, port: int, part: str) -> None:
        """Fetch if need be and start. Without a model the rest is still worth having, so that is said and no more."""
        from app.inference import adapter_servers, catalogue

        try:
            path = catalogue.ensure(name, self.folder.models, self._progress)
            log = self.folder.logs / f"{part.replace(' ', '-')}.log"
            part_of = parts.inference_part(part, path, name, port, log, adapter_servers.served_folder(name))
            self._part(part_of, label=f"{part} {name}")
        except AppError as error:
            if not self.supervisor.stopping.is_set():
                say(f"  {part} {name} is missing: {error.sentence} Classes go on with the written script only.")

    def _progress(self, words: str) -> None:
        if self.supervisor.stopping.is_set():
            raise AppError("Stopped while fetching the model.")
        say_progress(words)

    def _web(self, environment: dict[str, str]) -> Part:
        return parts.web_part(self.listener.fileno(), self.url, self.folder.logs / "web.log", environment)

    def _workers(self, environment: dict[str, str]) -> list[Part]:
        logs = self.folder.logs
        pools = parts.pools(int(environment.get("LYCEUM_AUTHOR_WINDOW", self.given.author_window)))
        workers = [
            parts.worker_part(pool, logs / f"worker-{pool.queue.replace(',', '-')}.log", environment) for pool in pools
        ]
        return [*workers, parts.clock_part(self.folder.run / "clock", logs / "clock.log", environment)]

    def _part(self, part: Part, since: float | None = None, label: str = "") -> None:
        since = since or time.monotonic()
        self.supervisor.start(part)
        self._line(label or part.name, since)

    def _timed(self, name: str, work: Callable[[], Done]) -> Done:
        since = time.monotonic()
        done = work()
        self._line(name, since)
        return done

    def _line(self, name: str, since: float) -> None:
        say(f"  {name:<36} {time.monotonic() - since:6.1f} s")

    def _announce(self, signs: list[str]) -> None:
        if self.supervisor.stopping.is_set():
            return
        write_address(self.folder.run, self.url, self.told)
        say(f"\nLyceum is at {self.url} (ready after {time.monotonic() - self.began:.1f} s; Ctrl-C ends it).")
        for line in signs:
            say(line)


def _with_author(given: Settings, model: str, port: int) -> str:
    """LYCEUM_ROLES with the author's own endpoint added."""
    roles = {**given.roles, "author": Endpoint(url=f"http://127.0.0.1:{port}/v1", model=model)}
    return TypeAdapter(dict[str, Endpoint]).dump_json(roles).decode()


def _check_database() -> None:
    try:
        with get_engine().connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError as error:
        raise AppError(f"The database of DATABASE_URL does not answer: {str(error.orig).strip()[:300]}") from error


def _check_broker() -> None:
    try:
        get_redis().ping()
    except redis.RedisError as error:
        raise AppError(f"The broker of REDIS_URL does not answer: {str(error)[:300]}") from error


def _load_demo() -> list[str]:
    from app.cli.demo import load_demo

    return load_demo()
