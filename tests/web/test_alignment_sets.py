"""The pages of data sets and signals: who sees them, and what they tell."""

from pathlib import Path

import pytest
from people import Browser, School, person, school, sign_in

from app.accounts.schema import SiteRole
from app.alignment import service as alignment
from app.base.db import unit_of_work
from app.base.embedded.address import use_environment
from app.classroom import service as classroom
from app.classroom.schema import Kind

pytestmark = pytest.mark.usefixtures("services")


@pytest.fixture(scope="module")
def place(services: object) -> School:
    made = school()
    made.approve()
    return made


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LYCEUM_DATA", str(tmp_path))
    use_environment({})


@pytest.fixture(scope="module")
def researcher(place: School) -> Browser:
    return sign_in(place.researcher)


def test_without_a_set_the_page_says_how_to_make_one(researcher: Browser) -> None:
    page = researcher.get("/alignment/sets")
    assert "./lyceum align build --recipe tiny" in page.text


def test_a_set_has_its_card(place: School, researcher: Browser) -> None:
    made = alignment.build_set("tiny")
    here = f"/alignment/sets/{made.hash[:12]}"
    assert f'href="{here}"' in researcher.get("/alignment/sets").text
    card = researcher.get(here)
    assert card.status_code == 200
    for words in ("the same as this software", made.hash, "Leakage", "Chosen is longer", "No word from a class"):
        assert words in card.text
    assert sign_in(place.instructor).get(here).status_code == 200
    assert sign_in(person(SiteRole.ADMIN)).get(here).status_code == 200


@pytest.mark.parametrize("path", ["/alignment/sets", "/alignment/sets/" + "0" * 12, "/alignment/sets/..%2f..%2fetc"])
def test_students_and_unknown_sets_are_answered_alike(place: School, researcher: Browser, path: str) -> None:
    assert sign_in(place.student).get(path).status_code == 404
    if path != "/alignment/sets":
        assert researcher.get(path).status_code == 404


def test_a_course_tells_what_it_has_gathered(place: School, researcher: Browser) -> None:
    with unit_of_work() as session:
        class_id = classroom.open_class(session, place.student.who, place.lesson_id, pace=0)
    classroom.present([class_id])
    classroom.take_turn(class_id)
    with unit_of_work() as session:
        seq = next(one.seq for one in classroom.events_after(session, class_id, 0) if one.kind is Kind.SAID)
    student = sign_in(place.student)
    line = f"/classes/{class_id}/lines/{seq}"
    assert student.submit(f"{line}/thumb", as_json=True, value="up", reason="clear").json()["value"] == "up"
    assert student.get(f"/classes/{class_id}/signals.json").json()["signals"][0]["seq"] == seq
    assert student.submit(f"{line}/thumb", as_json=True, value="sideways").status_code == 400
    assert student.submit(f"{line}/thumb", as_json=True, csrf="wrong", value="up").status_code == 403
    assert student.submit(f"{line}/otherwise", as_json=True).status_code == 404
    assert student.submit(f"{line}/choice", as_json=True, value="first").status_code == 404
    assert researcher.submit(f"{line}/thumb", as_json=True, value="up").status_code == 404
    page = researcher.get(f"/courses/{place.course_id}/signals")
    assert page.status_code == 200
    assert "<td>up</td>" in page.text
    assert "0 of 1</b> students allow it" in page.text
    assert student.get(f"/courses/{place.course_id}/signals").status_code == 404
    zipped = student.get("/privacy/everything.zip").content
    assert b"tables/turn_signal.json" in zipped
