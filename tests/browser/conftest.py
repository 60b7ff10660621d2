"""A real Chromium on the real parts. Every tab is watched: an error in its console fails the test."""

import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from lasting import Lasting
from parts import Services, Web, running_web, running_worker
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from stub_model import StubModel
from visiting import sign_in

from app.base.db import unit_of_work
from app.base.embedded.processes import Child
from app.classroom import service as classroom
from app.lessons import service as lessons

sys.path.insert(0, str(Path(__file__).parent.parent / "web"))  # people and schools are made as for the web tests

from people import PASSWORD, Person, School, school

PACE = "0.15"
"""Slow enough to act in the middle of a class, fast enough not to wait for it."""
EXPECTED = (
    "status of 400",
    "status of 409",
    "status of 429",
    "status of 503",
    "ERR_CONNECTION",
    "ERR_INCOMPLETE",
    "ERR_INTERNET_DISCONNECTED",
)

Tab = Callable[..., Page]


lasting = Lasting()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """After a module's last test, end what the next module does not ask for from its beginning. Nothing goes on where
    no browser is asked for: the tool keeps an event loop running, and later tests could not run one of theirs."""
    yield
    if nextitem is not None and nextitem.path != item.path:
        lasting.keep(nextitem.fixturenames if nextitem.path.parent == item.path.parent else ())


@pytest.fixture(scope="session")
def parts_that_last(services: Services) -> Iterator[Lasting]:
    """The parts that outlast a module; all are ended before the stores."""
    yield lasting
    lasting.keep(())


@pytest.fixture(scope="module")
def worker(services: Services, parts_that_last: Lasting) -> Child:
    """A worker for all queues, and the clock beside it."""
    return parts_that_last.give("worker", lambda: running_worker(services))


@pytest.fixture(scope="module")
def web_server(services: Services, parts_that_last: Lasting) -> Web:
    """A web server whose classes go on slowly enough to be acted in."""
    return parts_that_last.give("web_server", lambda: running_web(services, LYCEUM_PACE=PACE))


@pytest.fixture(scope="module")
def chromium(chromium_path: Path, parts_that_last: Lasting) -> Browser:
    """One browser, in which tests open contexts of their own."""
    return parts_that_last.give("chromium", lambda: running_chromium(chromium_path))


@contextmanager
def running_chromium(path: Path) -> Iterator[Browser]:
    """A browser, until the block ends."""
    expect.set_options(timeout=15_000)  # a busy machine with two cores
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=str(path), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Browser, web_server: Web, db: Services) -> Iterator[Tab]:
    """`tab(person)` opens a signed-in tab, `tab()` a stranger's; `beside=page` shares that page's browser.

    `expected`: what this tab's console may tell of besides EXPECTED, because the test is about it.
    Stands on `db` so that every tab is closed before the tables are emptied: a page that still asks would be told that
    its session is gone, which its console counts as an error.
    """
    troubles: list[str] = []
    contexts: list[BrowserContext] = []

    def open_tab(
        person: Person | None = None, *, beside: Page | None = None, width: int = 1280, expected: Sequence[str] = ()
    ) -> Page:
        def hear(said: str) -> None:
            if not any(known in said for known in (*EXPECTED, *expected)):
                troubles.append(said)

        if beside is None:
            contexts.append(chromium.new_context(viewport={"width": width, "height": 800}, base_url=web_server.url))
        page = (beside.context if beside else contexts[-1]).new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda said: hear(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: hear(str(error)))
        if person:
            sign_in(page, person.email, PASSWORD)
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def held(db: Services, worker: Child, stub: StubModel) -> School:
    """A school whose lesson of two pages was read and written by the worker, and is approved."""
    made = school(read=False)
    for _ in range(300):
        with unit_of_work() as session:
            if lessons.access_lesson(session, made.instructor.who, made.lesson_id).approvable:
                break
        time.sleep(0.1)
    made.approve()
    return made


@pytest.fixture
def class_id(held: School) -> UUID:
    """The student's class, open but not yet attended, at a pace at which one can act."""
    with unit_of_work() as session:
        return classroom.open_class(session, held.student.who, held.lesson_id, pace=0.3)
