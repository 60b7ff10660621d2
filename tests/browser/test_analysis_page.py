"""The analysis in a browser: to the utterances by keyboard, narrow and dark, without a finding of axe's."""

import os
from pathlib import Path

import pytest
from axe import violations
from conftest import Tab
from parts import Services, Web
from people import PASSWORD, Person

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.analysis import service as analysis
from app.base.db import unit_of_work
from app.cli.simulated.school import School, simulate

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("LYCEUM_SHOTS", "")


@pytest.fixture
def course(db: Services) -> School:
    return simulate(12, 5, lambda _: None, is_ordered=True)


@pytest.fixture
def ada(course: School) -> Person:
    with unit_of_work() as session:
        one = accounts.add_person(session, "ada@school.example", "Ada Brandt", PASSWORD, SiteRole.INSTRUCTOR)
        accounts.enrol(session, course.lessons.course_id, one, CourseRole.INSTRUCTOR)
    return Person(one, "ada@school.example", Who(id=one, name="Ada", email="", role=SiteRole.INSTRUCTOR))


def shot(page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def test_every_page_is_sound_in_both_themes_and_narrow(course: School, ada: Person, tab: Tab, web_server: Web) -> None:
    page = tab(ada)
    base = f"/courses/{course.lessons.course_id}/analysis"
    places = ["", *(f"/{one.name}" for one in analysis.PARTS), "/order/trials/new"]
    for place in places:
        page.goto(base + place)
        for scheme, width in (("light", 1280), ("dark", 360)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 800})
            shot(page, f"{(place or 'dashboard').replace('/', '-')}-{scheme}")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (place, width)
            assert violations(page) == [], (place, scheme)
