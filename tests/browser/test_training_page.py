"""The pages of training runs in a browser: curves that move while it trains, narrow and dark, sound for axe."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe import violations
from conftest import Tab
from parts import Services
from people import PASSWORD, Person
from playwright.sync_api import Page, expect
from training import HASH, QUICK, write_set

from app.accounts import service as accounts
from app.accounts.schema import SiteRole, Who
from app.alignment.runs import service as runs
from app.alignment.runs.models import AlignmentRun
from app.alignment.runs.schema import PROGRESS, Method, Progress, Recipe, Training, run_folder
from app.base.db import unit_of_work

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("LYCEUM_SHOTS", "")


@pytest.fixture
def admin(db: Services) -> Person:
    write_set()
    with unit_of_work() as session:
        one = accounts.add_person(session, "root@school.example", "Rut Olsen", PASSWORD, SiteRole.ADMIN)
    who = Who(id=one, name="Rut Olsen", email="root@school.example", role=SiteRole.ADMIN)
    return Person(one, "root@school.example", who)


def _tell(run: object, steps: range) -> None:
    folder = run_folder(run)  # type: ignore[arg-type]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / PROGRESS).open("a") as out:
        for step in steps:
            told = Progress(step=step, steps=40, at=datetime.now(UTC), loss=2 / step, reward_margin=0.1 * step)
            out.write(told.model_dump_json() + "\n")


def _sound(page: Page, name: str) -> None:
    for scheme, width in (("light", 1280), ("dark", 360)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 800})
        if SHOTS:
            page.screenshot(path=str(Path(SHOTS) / f"{name}-{scheme}.png"), full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
        assert violations(page) == [], (name, scheme)


def test_a_run_is_watched_until_it_stops(admin: Person, tab: Tab) -> None:
    recipe = Recipe(
        name="own", base="tiny", methods=(Method.DPO,), training={Method.DPO: Training(**QUICK.model_dump())}
    )
    with unit_of_work() as session:
        (run,) = runs.request(session, admin.who, runs.orders_of(recipe, HASH))
        row = session.get_one(AlignmentRun, run)
        row.state, row.step, row.steps, row.loss, row.margin = "running", 8, 40, 0.25, 0.8
    _tell(run, range(1, 9))
    page = tab(admin)
    page.goto("/alignment/runs")
    _sound(page, "runs")
    page.click("text=Preferences (DPO) >> nth=-1")
    page.wait_for_url(f"**/{run}")
    _sound(page, "run")
    page.locator("#reward-margin summary").click()
    with unit_of_work() as session:
        session.get_one(AlignmentRun, run).step = 30
    _tell(run, range(9, 31))
    page.locator("h1").click()  # nothing of the curves has the focus any more
    page.evaluate("document.activeElement.blur()")
    expect(page.locator("#now progress")).to_have_attribute("value", "30")
    expect(page.locator("#reward-margin details")).to_have_attribute("open", "")
    page.click("text=Stop")
    expect(page.locator("#now")).to_contain_text("It stops after this step")
    with unit_of_work() as session:
        row = session.get_one(AlignmentRun, run)
        row.state, row.problem, row.cancel_asked = "cancelled", "Stopped at step 31 on request.", False
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    _sound(page, "stopped")
