"""What a sentence takes from a table: refused where it does not go together there, and nowhere else."""

import pytest

from app.base.db import new_id
from app.classroom.speech.tables import mixes_table, one_row_for_all
from app.courses.schema import Passage

GAPS = (
    "How long?\nTime until the test | Best gap between sessions\n7 days | 1 day\n35 days | 11 days\n70 days | 21 days\n"
    "350 days | 21 days\nOf 1,354 people."
)


def told(sentence: str) -> bool:
    pages = ("No table.", "One | row\nand words", GAPS)
    return mixes_table(sentence, [Passage(id=new_id(), page=7, text=text) for text in pages])


@pytest.mark.parametrize(
    "sentence",
    [
        "The best gap for a test in a month is 35 days.",
        "So the gap was about 350 days.",
        "For 35 days the best gap was 1 day.",
        "If the test is in 7 days, wait 21 days.",
    ],
)
def test_what_does_not_go_together_is_refused(sentence: str) -> None:
    assert told(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "The best gap was 11 days.",
        "For a test in 7 days the best gap was 1 day.",
        "If your test is in 35 days, the best gap is 11 days.",
        "Gaps grew from 1 day to 11 days.",  # of one column
        "The time until the test is 35 days.",
        "The best gap is not 35 days.",
        "Is the best gap 35 days?",
        "For a test in 70 or 350 days the gap was 21 days.",  # of three numbers nothing can be told
        "Of 1,354 people, most had 11 days.",  # one of them stands beside the table
        "The best gap is a day.",
        "The best gap for 70 days is three weeks.",
        "Since 7 days it has grown to 21 days.",
        "As page 7 shows, the best gap was 11 days.",
        "After 35 days most was gone.",
    ],
)
def test_what_may_well_be_so_is_let_by(sentence: str) -> None:
    assert not told(sentence)


LONG = "Which gap is best? In the demo nobody says.\nNotes: for a test in a week, a gap of one day was best."
RECALL = (
    "Retrieval practice\nAfter 5 minutes | After 2 days | After 1 week\nRead again | 81% | 54% | 42%\n"
    "Recalled from memory | 75% | 68% | 56%\nIdeas remembered on the final test"
)
MIXED = "Order | practice | a week later\nBlocked | 89 % | 20 %\nMixed | 60 % | 63 %"
MOONS = "Planet | Moons | Radius\nMars | 2 | 3,390 km\nEarth | 1 | 6,371 km\nNeptune | 14 | 24,622 km"
LAYERS = "Layers | Accuracy\n2 | 81%\n5 | 90%\n9 | 90%"


def told_of_all(sentence: str, asked: str = "", before: str = "", beside: str = LONG) -> bool:
    pages = (GAPS, RECALL, MIXED, MOONS, LAYERS, beside)
    ground = [Passage(id=new_id(), page=7, text=text) for text in pages]
    return one_row_for_all(sentence, ground, asked, before)


@pytest.mark.parametrize(
    "sentence",
    [
        "You should wait 11 days before reviewing.",
        "The gap should be 11 days to remember well.",
        "The best gap between two study sessions is 11 days.",
        "Two sessions should be 11 days apart.",
        "Leave an 11-day gap before the test.",
        "It is best to wait eleven days.",
        "If you want to remember well, review 11 days later.",
        "The best gap was 21 days.",
        "As page 7 shows, the best gap is 1 day.",
        "You should wait at least 11 days.",
        "Wait no more than 11 days.",
        "The best gap is 11.",
        "You remember 42% after one week.",
        "After 5 minutes, students remember 81 percent.",
        "A week later the result was 63%.",
        "The average score after practice was 60 percent.",
        "A planet has 14 moons.",
        "The radius is 6,371 km.",
        "The accuracy is 81%.",
    ],
)
def test_a_value_of_one_row_is_not_told_as_if_it_held_for_all(sentence: str) -> None:
    assert told_of_all(sentence)
    assert told_of_all(sentence, asked="How long should I wait before I review?", before="Good question.")


@pytest.mark.parametrize(
    "sentence",
    [
        "For a test in 35 days, wait 11 days.",
        "If your test is in a month, a gap of 11 days is best.",
        "For an exam that is five weeks away, wait about 11 days.",
        "With an exam next week, 1 day is enough.",
        "If your test is in 30 days, wait about 11 days.",
        "The longest gap was 21 days.",
        "For a test far in the future, 21 days is best.",
        "The second row has a gap of 11 days.",
        "For example, a gap of 11 days.",
        "Depending on the test, it may be 11 days.",
        "The best gap grew to 21 days.",
        "Gaps of 11 days or 21 days were best.",
        "The gap should be at least 1 day.",
        "Wait up to 21 days.",
        "The best gap is not always 11 days.",
        "Would you wait 11 days?",
        "The time until the test was 35 days.",
        "11 people waited.",
        "Of 1,354 people, most were young.",
        "Reading again gave 42% after a week.",
        "Those who reread it remember 42% after 1 week.",
        "Who went through their notes twice kept 42%.",  # other words for a label
        "Recalling kept 56%, and reading 42%.",
        "The other group remembered 56%.",
        "After a week it was 56% instead of 42%.",
        "Interleaving gave 63% a week later.",
        "Mixed practice gave 63%.",
        "The radius there is 3,390 km.",
        "Mars has 2 moons.",
        "Our planet has a radius of 6,371 km.",
        "There are 2 kinds of planets.",
        "Neptune is the largest with 24,622 km.",
        "With two layers the accuracy is 81%.",
        "Five layers reach 90%.",
        "It is best to wait longer for longer goals.",
    ],
)
def test_what_tells_its_row_or_is_no_value_is_let_by(sentence: str) -> None:
    assert not told_of_all(sentence)


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        ("The best gap is 11 days.", "What is the best gap for a test in 35 days?"),
        ("The best gap is 11 days.", "What is the best gap for a test in a month?"),
        ("You should wait 1 day.", "How long should I wait if the exam is next week?"),
        ("It should be 21 days.", "What is the longest gap?"),
        ("After a week you remember 42%.", "How much stays if I reread?"),
        ("The result was 63%.", "What about the mixed group?"),
        ("It has 14 moons.", "How many moons has Neptune?"),
    ],
)
def test_a_row_that_was_asked_for_or_just_named_needs_no_name(sentence: str, asked: str) -> None:
    assert told_of_all(sentence)
    assert not told_of_all(sentence, asked=asked)
    assert not told_of_all(sentence, before=asked)


def test_a_question_that_names_a_value_names_no_row() -> None:
    assert told_of_all("Yes, the best gap is 11 days.", asked="Should I wait 11 days?")


def test_what_a_line_beside_the_table_says_of_all_may_be_said() -> None:
    assert not told_of_all("You should wait 11 days.", beside="On the whole, 11 days is a good gap.")
    assert told_of_all("You should wait 11 days.", beside="For a test in a month, 11 days is a good gap.")
    assert not told_of_all("You remember 42% after a week.", beside="After 1 week 42% is left.")


def test_what_all_rows_have_holds_for_all() -> None:
    for other, is_refused in (("21 days", False), ("30 days", True)):
        table = Passage(id=new_id(), page=1, text=f"Test | Gap\n70 days | 21 days\n350 days | {other}")
        assert one_row_for_all("The gap is 21 days.", [table]) is is_refused


def test_a_condition_in_words_that_are_not_the_table_s_tells_a_row() -> None:
    table = [Passage(id=new_id(), page=7, text="Temperature | Salt in 100 g of water\n0 °C | 35 g\n100 °C | 39 g")]
    assert not one_row_for_all("Then 39 g dissolve.", table, "How much salt dissolves in boiling water?")
    assert not one_row_for_all("In boiling water, 39 g dissolve.", table)
