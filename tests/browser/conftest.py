"""A real Chromium on the real parts. Every tab is watched: an error in its console fails the test."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from parts import Services, Web, start_web
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


@pytest.fixture(scope="module")
def web_server(services: Services) -> Iterator[Web]:
    """A web server whose classes go on slowly enough to be acted in."""
    web, listener = start_web(replace(services, environment={**services.environment, "LYCEUM_PACE": PACE}))
    yield web
    web.child.stop()
    listener.close()


@pytest.fixture(scope="module")
def chromium(chromium_path: Path) -> Iterator[Browser]:
    """One browser for the module's tests, which open contexts of their own in it.

    Not for the session: the tool keeps an event loop running, and later tests could not run one of theirs.
    """
    expect.set_options(timeout=15_000)  # a busy machine with two cores
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=str(chromium_path), args=["--no-sandbox"])
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
