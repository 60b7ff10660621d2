"""Pages name the model that their process knows: none of them waits for a server that may be away."""

import threading

import pytest
from parts import Services
from people import School, school, sign_in
from stub_model import NAME

from app.base.db import unit_of_work
from app.base.settings import ROOT
from app.inference import gateway
from app.inference import service as inference
from app.inference.schema import Role
from app.lessons import service as lessons


@pytest.fixture
def place(db: Services) -> School:
    made = school()
    made.approve()
    return made


def test_no_page_asks_a_server_for_its_name(place: School, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked beside; the pages say nothing of it until it has answered."""
    teacher, student = sign_in(place.instructor), sign_in(place.student)
    asked, answers, ask = [], threading.Event(), gateway._ask_served

    def slowly(url: str, key: str) -> str:
        asked.append(threading.current_thread().name)
        answers.wait(60)
        return ask(url, key)

    monkeypatch.setattr(gateway, "_served", {})
    monkeypatch.setattr(gateway, "_ask_served", slowly)
    looked = [
        (teacher, f"/lessons/{place.lesson_id}", "written by {}"),
        (teacher, f"/courses/{place.course_id}/personal", "by {}."),
        (student, "/learning", "{} puts sentences"),
    ]
    for browser, path, words in looked:
        assert words.format("no model") in browser.get(path).text
    with unit_of_work() as session:
        lessons.ask_for_names(session, place.material_id)
    assert set(asked) == {"model names"}
    answers.set()
    while inference.known_model(Role.AUTHOR) != NAME:
        threading.Event().wait(0.02)
    for browser, path, words in looked:
        assert words.format(NAME) in browser.get(path).text
    lessons.name_structure(place.material_id)
    with unit_of_work() as session:
        found = lessons.proposal_of(session, place.material_id)
        assert found is not None
        assert found.model == NAME


def test_who_answers_people_waits_for_no_servers_name() -> None:
    files = list((ROOT / "app" / "web").glob("*.py"))
    assert files
    assert [path.name for path in files if "model_name(" in path.read_text()] == []
