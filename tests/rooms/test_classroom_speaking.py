"""How an agent's reply is cut into sentences and made plain."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from app.classroom.directing.director import Act
from app.classroom.schema import Voice
from app.classroom.speech.guard import Refusal, echoes
from app.classroom.speech.prompting import Scene
from app.classroom.speech.speaking import refusal, sentences, speak, tidy
from app.courses.schema import Page, Passage


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("Mira: It lets water in.", "It lets water in."),
        ("**Tutor**: It lets   water in.", "It lets water in."),
        ("“It lets water in.”", "It lets water in."),
        ('"Osmosis" means that water moves.', '"Osmosis" means that water moves.'),
        ("The rule is: look twice.", "The rule is: look twice."),
        ("  ", ""),
    ],
)
def test_labels_markdown_and_wrapping_quotes_go(given: str, plain: str) -> None:
    assert tidy(given) == plain


def test_sentences_come_as_soon_as_they_are_whole_and_a_broken_end_is_dropped() -> None:
    taken: list[str] = []

    def deltas() -> Iterator[str]:
        for part in ("It is 3.5 ", "metres. It", " grows! Then it wi"):
            taken.append(part)
            yield part

    found = [(sentence, len(taken)) for sentence in sentences(deltas())]
    assert found == [("It is 3.5 metres.", 2), ("It grows!", 3)]


PAGE = "Working memory holds about four things at once. A membrane surrounds each cell."


@pytest.mark.parametrize(
    ("asked", "said", "is_echo"),
    [
        ("Can I train my working memory to hold more?", "Yes, you can train your working memory to hold more.", True),
        ("Does coffee help memory?", "Coffee does not help memory.", True),
        ("Should I never read a text twice?", "No, you should not read a text twice.", True),
        ("Does a membrane surround a cell?", "Yes, a membrane surrounds a cell.", False),
        ("Does a membrane surround a cell?", "No, a membrane never surrounds a cell.", True),
        ("Can I train my memory?", "Yes, but only by grouping digits into chunks.", False),
        ("Can I train my memory?", "Working memory holds about four things at once.", False),
        ("Can I train my memory?", "Which memory would you train?", False),
        ("Can I train my memory?", "Yes!", False),
    ],
)
def test_what_says_only_the_question_back_needs_a_page_that_says_it(asked: str, said: str, is_echo: bool) -> None:
    ground = [Passage(id=uuid4(), page=1, text=PAGE)]
    assert echoes(said, asked, ground) is is_echo


@pytest.mark.parametrize(("key", "is_named"), [("", True), ("a fine membrane", False), ("harmful things", True)])
def test_who_asks_for_what_no_page_has_is_told_the_page_but_not_an_answer(key: str, is_named: bool) -> None:
    others = {"question": "Who won the match?", "asked": "What surrounds each cell?", "key": key, "covered": False}
    scene = asked_about(PAGE, "Fine membranes").model_copy(update=others)
    said: list[str] = []
    told = speak(scene, said.append, lambda: False)
    assert told
    assert said == [told.text]
    assert "We are on page 2" in told.text
    assert ("membranes" in told.text) is is_named


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("The answer to the question “What surrounds each cell here?”", Refusal.ECHO),
        ("The student should say what surrounds each cell.", Refusal.MANNER),
        ("The student is asking about the membrane.", Refusal.MANNER),
        ("A membrane surrounds each cell.", None),
        ("Working memory holds about four things at once.", None),
    ],
)
def test_nobody_is_quoted_back_or_spoken_about(sentence: str, why: Refusal | None) -> None:
    assert refusal(sentence, asked_about(PAGE), []) is why


def test_a_lesson_about_teaching_may_speak_of_students() -> None:
    page = "Wait three seconds after a question. The student needs time to think before an answer comes."
    assert refusal("The student needs time to think.", asked_about(page), []) is None


def asked_about(text: str, title: str = "Cells") -> Scene:
    """The tutor answers a question about a page of these words."""
    page = Page.model_construct(id=uuid4(), number=2, title=title, text=text, notes="", passages=[])
    return Scene(
        class_id=uuid4(),
        course="Cells",
        lesson="Cells",
        page=page,
        act=Act.ANSWER,
        voice=Voice.TUTOR,
        question="What surrounds each cell here?",
        passages=[Passage(id=uuid4(), page=2, text=text)],
    )
