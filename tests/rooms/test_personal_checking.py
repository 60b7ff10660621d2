"""Whether other words say the same: what is let through, and what is refused and why."""

import pytest

from app.lessons.personal.checking import Original, is_left_alone, negations, trouble
from app.lessons.personal.dialogue import QUESTIONS, Answer, heard, understood
from app.lessons.personal.schema import Depth, Goal, Level, Profile
from app.lessons.words import stems

PAGE = (
    "Membranes\nA membrane surrounds each cell. It lets water in and keeps harmful things out. It does not let sugar "
    "in, and it grows warmer by 3 degrees before the cell divides. Robert Hooke saw cells in 1665."
)
NEW = Profile(level=Level.NEW)


def of(text: str) -> Original:
    return Original(text, PAGE, frozenset(stems("Membranes")))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "A membrane surrounds each cell and lets water in.",
            "Around each cell there is a membrane, and it lets water in.",
        ),
        (
            "It does not let sugar in, as the membrane keeps it out.",
            "The membrane keeps sugar out: it does not let it in.",
        ),
        ("Robert Hooke saw cells in 1665 with his own eyes.", "In 1665, Robert Hooke saw cells himself."),
        (
            "A membrane surrounds each cell and lets water in.",
            "Each cell is surrounded by a membrane, and it lets water in.",
        ),
    ],
)
def test_what_says_the_same_is_let_through(before: str, after: str) -> None:
    assert trouble(of(before), after, NEW) == ""


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("It grows warmer by 3 degrees.", "It grows warmer by 4 degrees.", "number 3"),
        ("It grows warmer by 3 degrees.", "It grows warmer by 3 degrees in 7 hours.", "number 7"),
        ("It does not let sugar in.", "It does let sugar in.", "opposite"),
        (
            "It lets water in and keeps harmful things out.",
            "It never lets water in and keeps harmful things out.",
            "opposite",
        ),
        ("It grows warmer before the cell divides.", "It grows cooler before the cell divides.", "warmer"),
        ("It grows warmer before the cell divides.", "It grows warmer after the cell divides.", "before"),
        ("So Robert Hooke saw cells first.", "So somebody saw cells first.", "Keep "),
        ("A membrane surrounds each cell.", "A skin surrounds each cell.", "term"),
        ("A membrane surrounds each cell.", "A cell surrounds each membrane.", "who does what"),
        (
            "A membrane surrounds each cell.",
            "A membrane surrounds each cell, as castles need walls and kings.",
            "not in the sentence",
        ),
        ("A membrane surrounds each cell and lets water in.", "A membrane.", "Leave nothing out"),
        ("A membrane surrounds each cell.", "Does a membrane surround each cell?", "question"),
        ("A membrane surrounds each cell.", "As an AI, I say a membrane surrounds each cell.", "only the sentence"),
        ("A membrane surrounds each cell.", "A membrane surrounds each cell. " * 5, "briefer"),
        ("A membrane surrounds all cells.", "A membrane surrounds some cells.", "all"),
    ],
)
def test_what_says_something_else_is_refused(before: str, after: str, why: str) -> None:
    assert why in trouble(of(before), after, NEW)


def test_more_room_is_given_to_who_wants_it_fully() -> None:
    before = of(
        "A membrane surrounds each cell, lets water in and keeps harmful things out of it at all times and places."
    )
    after = " ".join(
        ["A membrane surrounds each cell, and at all times and places it lets water in and keeps harmful things out."]
        * 2
    )
    assert trouble(before, f"{after} It surrounds each cell.", Profile(depth=Depth.FULL)) == ""


@pytest.mark.parametrize(
    ("after", "why"),
    [
        ("Eine Membran umgibt jede Zelle, und sie lässt 3 Stoffe nicht in die Zelle, sagt Hooke.", ""),
        ("Eine Membran umgibt jede Zelle, und sie lässt 3 Stoffe in die Zelle, sagt Hooke.", "opposite"),
        ("Eine Membran umgibt jede Zelle, und sie lässt 4 Stoffe nicht in die Zelle, sagt Hooke.", "number 3"),
        ("Eine Membran umgibt jede Zelle, und sie lässt 3 Stoffe nicht in die Zelle.", "Keep Hooke"),
        ("A membrane surrounds each cell and does not let 3 things in, says Hooke.", "Say it in German"),
        ("Membran: 3, nicht, Hooke.", "Say all of it in German"),
    ],
)
def test_another_language_is_held_to_numbers_names_and_negations(after: str, why: str) -> None:
    before = of("A membrane surrounds each cell and does not let 3 things in, says Hooke.")
    told = trouble(before, after, Profile(language="de"))
    assert why in told if why else told == ""


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("Cells are small.", True),
        ("Let us look at this together: what membranes are and what they do.", True),
        ("A membrane surrounds each cell and keeps all harmful things out.", False),
        (
            "Now, a membrane surrounds each cell, keeps harmful things out, lets water in, and grows with the cell.",
            False,
        ),
    ],
)
def test_short_lines_and_those_that_lead_over_are_left_alone(text: str, alone: bool) -> None:
    assert is_left_alone(text) is alone


def test_negations_are_counted_in_each_language() -> None:
    assert negations("It doesn't, and it never will; neither one nor the other.", "en") == 3
    assert negations("Es gibt keine Zelle ohne Membran, und nicht zwei.", "de") == 3
    assert negations("It does.", "xx") == 0


def test_the_same_wishes_have_one_key() -> None:
    assert Profile(goal=Goal.TEST).key == Profile(goal="test", language="").key
    assert Profile(goal=Goal.TEST).key != Profile(goal=Goal.WORK).key
    assert Profile().is_plain
    assert Profile(goal=Goal.TEST, level=Level.NEW, language="de").words() == "for a test, new to it, in German"


@pytest.mark.parametrize(
    ("name", "said", "wanted"),
    [
        ("goal", "I have an exam in May", "test"),
        ("goal", "test", "test"),
        ("goal", "for my exam and for my job", None),
        ("goal", "hmm", None),
        ("level", "It's all new to me", "new"),
        ("depth", "keep it short please", "brief"),
        ("language", "auf german bitte", "de"),
        ("language", "French", "fr"),
        ("language", "klingon", None),
    ],
)
def test_answers_in_ones_own_words_are_understood_or_asked_again(name: str, said: str, wanted: str | None) -> None:
    question = next(one for one in QUESTIONS if one.name == name)
    answer = understood(question, said)
    assert (answer.value if answer else None) == wanted


def test_a_talk_goes_as_far_as_it_was_understood() -> None:
    talk = heard({"goal": "test", "level": "hmm", "depth": "brief", "language": None})
    assert talk == {"goal": Answer("test", "For a test"), "level": "hmm"}
