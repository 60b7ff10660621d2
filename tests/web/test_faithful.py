"""What the checker found stands beside the sentence in the editor, also after an edit; a course's language."""

import pytest
from parts import Services
from people import Browser, School, school, sign_in
from sqlalchemy import select

from app.accounts.schema import Who
from app.assessment.models import SectionQuestions
from app.base.db import now, unit_of_work
from app.courses import service as courses
from app.lessons import service as lessons


@pytest.fixture
def place(db: Services) -> School:
    return school()


def said(browser: Browser, place: School, words: str) -> str:
    """The first page with its teacher's first words changed, as the editor shows it."""
    with unit_of_work() as session:
        lessons.write_by_hand(session, _who(place), place.lesson_id, 1, [words])
    return browser.get(f"/lessons/{place.lesson_id}/pages/1").text


def _who(place: School) -> Who:
    return place.instructor.who


def test_flags_and_sources_stand_beside_the_sentence_and_are_worked_out_anew(place: School) -> None:
    browser = sign_in(place.instructor)
    with unit_of_work() as session:
        page = courses.pages(session, place.material_id)[0]
    wrong = said(browser, place, "In 1066 seventeen whales danced around Mount Everest.")
    assert 'data-flag="number"' in wrong
    assert 'data-flag="support"' in wrong
    assert "“1066” is not on the page." in wrong
    assert "to look at on this page" in wrong
    right = said(browser, place, page.text.splitlines()[-1])
    assert "data-flag" not in right
    assert "Rests on page 1" in right
    assert "Rests on page 1" in browser.get(f"/lessons/{place.lesson_id}").text


def test_the_language_of_a_course_is_chosen_and_checked(place: School) -> None:
    browser, path = sign_in(place.instructor), f"/courses/{place.course_id}/policy"
    assert browser.submit(path, language="de").status_code == 303
    assert '<option value="de" selected>German' in browser.get(path).text
    shown = said(browser, place, "The leaf is where the light is and it was not in the tree.")
    assert "This is English; the lesson is taught in German." in shown
    wrong = browser.submit(path, language="xx", help="Call us.")
    assert wrong.status_code == 400
    assert "Choose one of the languages" in wrong.text
    assert "Call us." in wrong.text
    with unit_of_work() as session:
        assert courses.teaching_language(session, place.course_id) == "de"


def test_questions_are_asked_for_shown_with_what_was_refused_and_taken(place: School) -> None:
    browser, path = sign_in(place.instructor), f"/lessons/{place.lesson_id}/questions"
    assert "Have questions written" in browser.get(path).text
    assert browser.submit(path).status_code == 303
    with unit_of_work() as session:
        row = session.scalars(select(SectionQuestions)).first()
        assert row
        fact = {"text": "Leaves catch light.", "page": 1}
        item = {"kind": "text", "stem": "Fill the gap: Leaves catch ____.", "accepted": ["light"]}
        good = {"item": item, "fact": fact, "words": item["stem"]}
        row.questions = [good, {"fact": fact, "words": "What?", "reason": "Two of its options say the same."}]
        row.state, section_id, row.made_at = "ready", row.id, now()
        seen = row.made_at.isoformat()
    page = browser.get(path).text
    assert "Rests on page 1" in page
    assert "1 question refused" in page
    assert "Two of its options say the same." in page
    assert browser.submit(f"{path}/{section_id}/0", seen=seen).status_code == 303
    assert "In the bank" in browser.get(path).text
    assert seen in page
    assert browser.submit(f"{path}/{section_id}/1", seen=seen).status_code == 409
    assert sign_in(place.student).get(path).status_code == 404
