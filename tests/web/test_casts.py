"""The cast of a course at the door: chosen with a form, refused in sentences, kept by classes, named in records."""

import re
from argparse import Namespace
from pathlib import Path
from uuid import UUID

import pytest
from people import Browser, School, school, sign_in
from pydantic import ValidationError
from sqlalchemy import func, select

from app.base.db import unit_of_work
from app.base.errors import AppError
from app.base.settings import Settings
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassSession
from app.classroom.schema import AGENTS, Body, Draft, Kind, Voice
from app.classroom.stage.cast import Cast, full_cast
from app.cli import teach
from app.records.projecting import project

pytestmark = pytest.mark.usefixtures("services")

USUAL = {"on": [voice.value for voice in AGENTS], "name": [""] * 6, "persona": [""] * 6, "sentences": ["0"] * 6}


@pytest.fixture
def place(services: object) -> School:
    made = school()
    made.approve()
    return made


@pytest.fixture
def teacher(place: School) -> Browser:
    return sign_in(place.instructor)


def cast_of(course_id: UUID) -> Cast:
    with unit_of_work() as session:
        return classroom.cast_for(session, course_id)


def fields(**changed: object) -> dict[str, object]:
    return USUAL | changed


def with_names(**names: str) -> list[str]:
    return [names.get(voice.value, "") for voice in AGENTS]


def test_the_page_shows_the_six_with_what_they_are_for(place, teacher):
    text = teacher.get(f"/courses/{place.course_id}/cast").text
    for member in full_cast().values():
        assert member.name in text
        assert member.duty in text
        assert all(behaviour in text for behaviour in member.behaviours)
    assert text.count(" checked>") == 6
    assert f'href="/courses/{place.course_id}/cast"' in teacher.get(f"/courses/{place.course_id}").text


def test_agents_are_switched_off_renamed_and_shortened(place, teacher):
    path = f"/courses/{place.course_id}/cast"
    chosen = fields(
        on=["teacher", "tutor"], name=with_names(tutor="Tilda"), persona=with_names(tutor="Dry."), sentences=["2"] * 6
    )
    reply = teacher.submit(path, **chosen)
    assert (reply.status_code, reply.headers["location"]) == (303, path)
    cast = cast_of(place.course_id)
    assert list(cast) == [Voice.TEACHER, Voice.TUTOR]
    assert (cast[Voice.TUTOR].name, cast[Voice.TUTOR].persona, cast[Voice.TUTOR].sentences) == ("Tilda", "Dry.", 2)
    text = teacher.get(path).text
    assert "Saved. Classes that open from now on" in text
    assert 'value="Tilda"' in text
    assert text.count(" checked>") == 2


@pytest.mark.parametrize(
    ("preset", "inside"),
    [("one-to-one", [Voice.TUTOR]), ("two", [Voice.TEACHER, Voice.TUTOR]), ("all", list(AGENTS))],
)
def test_a_preset_says_who_is_in_and_keeps_the_words(place, teacher, preset, inside):
    path = f"/courses/{place.course_id}/cast"
    teacher.submit(path, **fields(on=["teacher"], name=with_names(tutor="Tilda"), preset=preset))
    cast = cast_of(place.course_id)
    assert list(cast) == inside
    assert cast[Voice.TUTOR].name == "Tilda"
    assert re.search(rf'value="{preset}" aria-current="true"', teacher.get(path).text)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"on": ["clown"]}, "A class needs a teacher or a tutor"),
        ({"on": []}, "A class needs a teacher or a tutor"),
        ({"name": with_names(clown="mira")}, "Two agents have the same name"),
        ({"name": with_names(clown="G" * 41)}, "Gus: A name can have 40 characters"),
        ({"persona": with_names(clown="g" * 401)}, "Gus: A character can have 400 characters"),
        ({"sentences": ["0"] * 5 + ["many"]}, "Gus: Sentences at most: a number from 1 to 12"),
        ({"sentences": ["0"] * 5 + ["13"]}, "Gus: Sentences at most: a number from 1 to 12"),
        ({"name": ["Tilda"]}, "This form is not complete"),
    ],
)
def test_what_cannot_be_is_a_sentence_beside_the_form(place, teacher, changed, sentence):
    path = f"/courses/{place.course_id}/cast"
    before = cast_of(place.course_id)
    reply = teacher.submit(path, **fields(persona=with_names(tutor="Dry and <exact>.")) | changed)
    assert reply.status_code == 400
    assert sentence in reply.text
    assert len(changed.get("name", USUAL["name"])) < 6 or "persona" in changed or "Dry and &lt;exact&gt;." in reply.text
    assert cast_of(place.course_id) == before


def test_the_files_own_words_count_as_no_choice(place, teacher):
    own = full_cast()[Voice.TUTOR]
    names = fields(name=with_names(tutor=own.name), persona=with_names(tutor=own.persona))
    assert teacher.submit(f"/courses/{place.course_id}/cast", **names).status_code == 303
    with unit_of_work() as session:
        assert [one.name for one in classroom.choices(session, place.course_id)] == [""] * 6


def test_a_class_keeps_its_cast_and_records_name_its_agents(place, teacher):
    """The class that was open keeps Mira; the one opened afterwards has Tilda, on its page and in both records."""
    path = f"/courses/{place.course_id}/cast"
    teacher.submit(path, **fields(name=with_names(tutor="Tilda"), on=["tutor"]))
    with unit_of_work() as session:
        class_id = classroom.open_class(session, place.student.who, place.lesson_id)
    teacher.submit(path, **fields(name=with_names(tutor="Tom")))
    student = sign_in(place.student)
    page = student.get(f"/classes/{class_id}").text
    assert 'data-name="Tilda"' in page
    assert 'data-name="Dr. Okafor"' not in page
    assert re.search(r'data-voice="tutor" data-name="Tilda" data-pick="1" data-pitch="0.85" data-rate="1.02"', page)
    assert student.get(f"/classes/{class_id}.json").json()["cast"][0]["name"] == "Tilda"
    _ask_and_answer(class_id, place)
    for text in (student.get("/record").text, teacher.get(f"/courses/{place.course_id}/attendance").text):
        assert "Tilda, tutor" in text
        assert "Mira" not in text


def _ask_and_answer(class_id: UUID, place: School) -> None:
    with unit_of_work() as session:
        asked = classroom.say(session, place.student.who, class_id, "What does a leaf make?")
        log = OpenLog.lock(session, class_id)
        log.append(Draft(kind=Kind.SAID, voice=Voice.TUTOR, body=Body(text="Sugar.", page=1, answers=asked)))
    project(class_id)


@pytest.mark.parametrize("pace", ["nan", "inf", "-inf"])
def test_a_pace_or_a_speed_that_is_no_number_is_refused(place, pace):
    """No class is made that could not tell when to go on, nor does one that goes on take such a speed."""
    student, teacher, lesson = sign_in(place.student), sign_in(place.instructor), f"/lessons/{place.lesson_id}"
    for browser, path in ((student, f"{lesson}/attend"), (teacher, f"{lesson}/preview")):
        refused = browser.submit(path, pace=pace)
        assert (refused.status_code, "number from 0 to 4" in refused.text) == (400, True)
    with unit_of_work() as session:
        class_id = classroom.open_class(session, place.student.who, place.lesson_id)
        ours = select(func.count()).where(ClassSession.lesson_id == place.lesson_id)
        assert session.scalar(ours) == 1
    refused = student.submit(f"/classes/{class_id}/speed", speed=pace)
    assert (refused.status_code, "The speed can be 0.75" in refused.text) == (400, True)
    with pytest.raises(ValidationError, match="finite"):
        Settings(pace=float(pace))
    with pytest.raises(AppError, match="number from 0 to 4"):
        teach.run(Namespace(deck=Path(__file__), ask=[], pace=float(pace)))


def test_mode_and_speed_stand_on_the_page_when_it_is_opened(place):
    student = sign_in(place.student)
    with unit_of_work() as session:
        class_id = classroom.open_class(session, place.student.who, place.lesson_id)
    assert student.submit(f"/classes/{class_id}/mode", mode="interactive").status_code == 202
    assert student.submit(f"/classes/{class_id}/speed", speed="1.25").status_code == 202
    page = student.get(f"/classes/{class_id}").text
    assert 'data-mode="interactive" aria-pressed="true"' in page
    assert '<option value="1.25" selected>' in page
