"""Notes, the board and the inside of a class at the door: who sees what, and what is kept."""

import threading
from uuid import UUID

import pytest
from people import School, person, school, sign_in

from app.accounts.schema import SiteRole
from app.base.db import new_id, unit_of_work
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.models import ClassPerson, GuardPair, TurnPrompt
from app.classroom.schema import Body, Draft, Intent, Kind, Voice
from app.inference.models import ModelCall
from app.lessons.schema import BoardItem, BoardKind
from app.records import service as records

pytestmark = pytest.mark.usefixtures("services")


@pytest.fixture(scope="module")
def place(services):
    made = school()
    made.approve()
    return made


@pytest.fixture(scope="module")
def student(place):
    return sign_in(place.student)


@pytest.fixture(scope="module")
def instructor(place):
    return sign_in(place.instructor)


@pytest.fixture(scope="module")
def class_id(place: School) -> UUID:
    """A class in which a question was asked, a table written, and a reply refused by the guard."""
    with unit_of_work() as session:
        made = classroom.open_class(session, place.student.who, place.lesson_id, pace=0)
        log = OpenLog.lock(session, made)
        log.row.due_at = None
        turn, call = new_id(), new_id()
        log.append(Draft(kind=Kind.PAGE, body=Body(page=1, action=0, cause="script")))
        board = BoardItem(kind=BoardKind.TABLE, text="a | <b>\n1 | 2")
        log.append(Draft(kind=Kind.BOARD, voice=Voice.TEACHER, body=Body(page=1, board=board, cause="script")))
        asked = Body(text="Simpler, <please>", page=1, intent=Intent.SIMPLER)
        seq = log.append(
            Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=place.student.id, body=asked),
        ).seq
        log.append(Draft(kind=Kind.TURN, voice=Voice.TUTOR, body=Body(turn=turn, page=1, answers=seq, chosen="model")))
        said = Body(text="A leaf eats light.", page=1, turn=turn, answers=seq, model="stub-model", call_id=call)
        log.append(Draft(kind=Kind.SAID, voice=Voice.TUTOR, body=said))
        log.append(Draft(kind=Kind.PAUSED, person_id=place.student.id))
        session.add(ModelCall(id=call, role="tutor", model="stub-model", prompt_hash="x", outcome="ok", tokens_in=321))
        session.add(TurnPrompt(turn=turn, class_id=made, voice="tutor", system="SYSTEM <x>", words="WORDS given"))
        session.add(
            GuardPair(class_id=made, turn=turn, voice="tutor", reason="length", refused="Too long.", shown="A leaf.")
        )
    records.project(made)
    return made


def test_the_notes_page_shows_the_script_and_the_own_words(student, class_id):
    page = student.get(f"/classes/{class_id}/notes").text
    assert "A leaf makes sugar from light." in page
    assert "From the lesson’s script" in page
    assert f'href="/classes/{class_id}/notes"' in student.get(f"/classes/{class_id}").text
    assert f'href="/classes/{class_id}/notes"' in student.get("/record").text


def test_notes_are_saved_without_a_script_and_shown_as_they_look(student, class_id):
    revision = student.get(f"/classes/{class_id}/notes.json").json()["own"]["revision"]
    text = "Mine & <b>\r\n```formula\r\nx^2\r\n```"
    reply = student.submit(f"/classes/{class_id}/notes", text=text, revision=revision)
    assert (reply.status_code, reply.headers["location"]) == (303, f"/classes/{class_id}/notes#own")
    page = student.get(f"/classes/{class_id}/notes").text
    assert "<msup>" in page
    assert "Mine &amp; &lt;b&gt;" in page
    download = student.get(f"/classes/{class_id}/notes.md")
    assert download.headers["content-type"].startswith("text/markdown")
    assert "attachment" in download.headers["content-disposition"]
    assert "Mine & <b>\n```formula" in download.text


def test_an_old_revision_is_told_and_both_texts_are_shown(student, class_id):
    own = student.get(f"/classes/{class_id}/notes.json").json()["own"]
    first = student.submit(f"/classes/{class_id}/notes", as_json=True, text="the newer", revision=own["revision"])
    assert first.json()["revision"] == own["revision"] + 1
    late = student.submit(f"/classes/{class_id}/notes", as_json=True, text="the older", revision=own["revision"])
    assert late.status_code == 409
    assert "another tab" in late.json()["error"]
    page = student.submit(f"/classes/{class_id}/notes", text="the older", revision=own["revision"])
    assert page.status_code == 409
    assert "the newer" in page.text
    assert "the older" in page.text
    assert f'name="revision" value="{own["revision"] + 1}"' in page.text
    assert student.get(f"/classes/{class_id}/notes.json").json()["own"]["text"] == "the newer"


def test_saving_wants_the_csrf_word(student, class_id):
    assert student.submit(f"/classes/{class_id}/notes", csrf="wrong", text="x", revision=0).status_code == 403


def test_a_preview_keeps_nothing(student, class_id):
    before = student.get(f"/classes/{class_id}/notes.json").json()["own"]
    reply = student.submit(f"/classes/{class_id}/notes/preview", text="```python\ndef f(): pass\n```<script>")
    assert 'class="hl-k"' in reply.text
    assert "<script" not in reply.text
    assert student.get(f"/classes/{class_id}/notes.json").json()["own"] == before


@pytest.mark.parametrize("path", ["notes", "notes.json", "notes.md", "board/3", "inside"])
def test_others_find_nothing(place, class_id, path):
    for other in (place.researcher, person(name="Pat"), person(SiteRole.INSTRUCTOR)):
        assert sign_in(other).get(f"/classes/{class_id}/{path}").status_code == 404


def test_the_instructor_sees_the_inside_but_no_notes(instructor, student, place, class_id):
    for path in ("notes", "notes.json", "notes.md"):
        assert instructor.get(f"/classes/{class_id}/{path}").status_code == 404
    assert student.get(f"/classes/{class_id}/inside").status_code == 404
    assert f"/classes/{class_id}/inside" in instructor.get(f"/courses/{place.course_id}/attendance").text
    page = instructor.get(f"/classes/{class_id}/inside").text
    for words in (
        "SYSTEM &lt;x&gt;",
        "WORDS given",
        "chosen by: model",
        "321 tokens",
        "Kept back: length",
        "Too long.",
    ):
        assert words in page, words
    assert "Simpler, &lt;please&gt;" in page
    assert "reads as: simpler" in page
    assert instructor.get(f"/classes/{class_id}/inside?after=5").status_code == 200
    assert instructor.get(f"/classes/{class_id}/inside?after=-1").status_code == 400
    assert instructor.get(f"/classes/{new_id()}/inside").status_code == 404


def test_the_board_is_a_safe_fragment(student, class_id):
    reply = student.get(f"/classes/{class_id}/board/3")
    assert reply.text.startswith('<table class="board-table">')
    assert "&lt;b&gt;" in reply.text
    for seq in (2, 99, 10**12, 10**30, -1):
        assert student.get(f"/classes/{class_id}/board/{seq}").status_code == 404


def test_students_and_strangers_do_not_write_on_the_board(student, instructor, class_id):
    for browser in (student, instructor):
        assert browser.submit(f"/classes/{class_id}/board", kind="text", text="x").status_code == 404
        assert browser.submit(f"/classes/{class_id}/spotlight", left="0").status_code in (400, 404)


def test_an_instructor_in_the_class_writes_and_points(place):
    with unit_of_work() as session:
        made = classroom.open_class(session, place.student.who, place.lesson_id, pace=0)
        session.merge(ClassPerson(class_id=made, person_id=place.instructor.id, is_instructor=True))
    browser = sign_in(place.instructor)
    assert "board-form" in browser.get(f"/classes/{made}").text
    assert browser.submit(f"/classes/{made}/board", kind="text", text="x").status_code == 409
    with unit_of_work() as session:
        OpenLog.lock(session, made).append(Draft(kind=Kind.FLOOR, person_id=place.instructor.id))
    written = browser.submit(f"/classes/{made}/board", kind="formula", text="x^2")
    assert written.status_code == 202
    assert "<msup>" in browser.get(f"/classes/{made}/board/{written.json()['seq']}").text
    assert browser.submit(f"/classes/{made}/board", kind="film", text="x").status_code == 400
    region = {"left": "0.1", "top": "0.1", "width": "0.4", "height": "0.4"}
    assert browser.submit(f"/classes/{made}/spotlight", **region).status_code == 202
    assert browser.submit(f"/classes/{made}/spotlight", **{**region, "left": "0.9"}).status_code == 400


def test_what_is_remembered_is_read_corrected_and_deleted(student, instructor, place, class_id):
    page = student.get("/record/notes").text
    assert "was hard: a simpler explanation was wanted" in page
    assert 'href="/record/notes"' in student.get("/record").text
    with unit_of_work() as session:
        note = classroom.learner_notes(session, place.student.who)[0]
    assert instructor.submit(f"/record/notes/{note.id}", text="x").status_code == 404
    assert instructor.submit(f"/record/notes/{note.id}/delete").status_code == 404
    assert student.submit(f"/record/notes/{note.id}", text="Only one word was hard.").status_code == 303
    assert "Only one word was hard." in student.get("/record/notes").text
    assert student.submit(f"/record/notes/{note.id}/delete").status_code == 303
    assert "Nothing is remembered" in student.get("/record/notes").text


def test_many_tabs_at_once_lose_nothing_silently(place, class_id):
    browsers = [sign_in(place.student) for _ in range(4)]
    revision = browsers[0].get(f"/classes/{class_id}/notes.json").json()["own"]["revision"]
    statuses: list[int] = []

    def save(at: int) -> None:
        fields = {"text": f"tab {at}", "revision": revision}
        statuses.append(browsers[at].submit(f"/classes/{class_id}/notes", as_json=True, **fields).status_code)

    threads = [threading.Thread(target=save, args=(at,)) for at in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409]
