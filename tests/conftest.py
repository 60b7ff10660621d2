"""Fixtures on real parts.

`services` (session): Postgres, Valkey and the stub model, migrated, with the environment set to them. `db`: the same,
emptied after the test. `stub`: the stub model, its script and log emptied. `worker` and `web_server` (module):
processes of their own on these services. `chromium_path` (session): a browser, or the test is skipped.
"""

import signal
from collections.abc import Generator, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from filling import Filling
from parts import (
    Services,
    Web,
    empty_stores,
    end_forgotten,
    forget_settings,
    running_web,
    running_worker,
    start_services,
)
from stub_model import StubModel

from app.accounts import passwords
from app.base.db import get_engine
from app.base.embedded.address import use_environment
from app.base.embedded.processes import Child
from app.classroom.directing.choosing import patience
from app.cli.chromium import find_chromium
from app.cli.migrate import upgrade
from app.inference import service as inference
from app.inference.schema import Role


def pytest_configure(config: pytest.Config) -> None:
    """Take notes of the templates that are filled; they are put together when several processes share a run."""
    config.pluginmanager.register(Filling(), "filling")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where processes share a run, the journeys go first, the one with a real model before all: they take minutes, and
    whoever took one up last would keep the others waiting. Of the browser's modules those that begin with a worker
    follow each other, so that they share it."""
    if not hasattr(config, "workerinput"):
        return
    first: dict[Path, bool] = {}
    for one in items:
        first.setdefault(one.path, one.path.parent.name == "browser" and "worker" not in one.fixturenames)
    items.sort(key=lambda one: (one.path.name != "test_journey.py", one.path.parent.name != "journey", first[one.path]))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """A run of several processes leaves nothing behind, also when it was interrupted.

    A Ctrl-C reaches each process, and the one that started the others asks a second time: that must not break off the
    stopping of Postgres and the rest. What a process left that was killed is ended by the one that started it.
    """
    if hasattr(session.config, "workerinput"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    if session.config.pluginmanager.has_plugin("dsession"):
        end_forgotten()


class OnceHasher:
    """Argon2 as it is, but asked once for a password: nearly every test makes people, and most of its work was this."""

    def __init__(self, real: PasswordHasher) -> None:
        self.hash = lru_cache(maxsize=None)(real.hash)
        self.verify = lru_cache(maxsize=None)(real.verify)  # what does not fit is an error, and asked again
        self.check_needs_rehash = real.check_needs_rehash


@pytest.fixture(scope="session", autouse=True)
def hasher() -> Iterator[None]:
    """The hasher of this process; web servers and workers have their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", OnceHasher(passwords._hasher))
        yield


@pytest.fixture(scope="session")
def services() -> Iterator[Services]:
    """The stores and the stub model, once for all tests."""
    end_forgotten()
    started = start_services()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in started.environment.items():
            patch.setenv(name, value)
        use_environment({})
        upgrade()
        inference.model_name(Role.TUTOR)
        yield started
        get_engine().dispose()
    use_environment({})
    started.stop()


@pytest.fixture
def db(services: Services) -> Iterator[Services]:
    """Empty tables, an empty broker; both emptied again afterwards."""
    forget_settings(services)
    inference.model_name(Role.TUTOR)  # pages name what their process knows, as one does that is up for a moment
    yield services
    empty_stores()


@pytest.fixture
def stub(services: Services) -> Iterator[StubModel]:
    """The stub model of the session, with nothing scripted and nothing logged."""
    _forget(services.stub)
    yield services.stub
    _forget(services.stub)


def _forget(stub: StubModel) -> None:
    stub.script()
    stub.log.clear()
    stub.adapters.clear()
    stub.deaf.clear()
    stub.no_loading = False
    patience.begin_anew()


@pytest.fixture(scope="module")
def worker(services: Services) -> Iterator[Child]:
    """A worker for all queues, and the clock beside it. `worker.process.kill()` and `worker.start()` are fair."""
    with running_worker(services) as child:
        yield child


@pytest.fixture(scope="module")
def web_server(services: Services) -> Iterator[Web]:
    """A web server; `web_server.url` has no slash at its end."""
    with running_web(services) as web:
        yield web


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """A Chromium or Chrome."""
    found = find_chromium()
    if found is None:
        pytest.skip("no Chromium; install one or set CHROMIUM")
    return found
