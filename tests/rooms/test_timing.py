"""Times that a sentence exchanges: refused where the pages say it of other times only, and nowhere else."""

import pytest

from app.classroom.speech.timing import moved_in_time

SPACING = (
    "On the day of the test they may do equally well; a month later the second student remembers far more.",
    "After five minutes, reading again looked better. After a week the order was reversed.",
)


@pytest.mark.parametrize(
    "sentence",
    [
        "The second student remembers far more on the day of the test because the hours were spread.",
        "On the day of the test, the second student remembers far more.",
        "After a week, reading again looked better.",
        "Reading again looked better a week later.",
        "A month later they do equally well.",
    ],
)
def test_what_is_so_at_another_time_is_refused(sentence: str) -> None:
    assert moved_in_time(sentence, SPACING)


@pytest.mark.parametrize(
    "sentence",
    [
        "A month later, the second student remembers far more.",
        "The second student remembers far more after a month.",
        "On the day of the test they do equally well.",
        "After five minutes, reading again looked better.",
        "Reading again looked better five minutes later, but a week later it did not.",
        "After a week, recalling was better.",  # of something else than the page's clause
        "The second student remembers far more.",
        "Does the second student remember far more on the day of the test?",
        "The second student does not remember far more on the day of the test.",
        "Plants grow better within a year.",
    ],
)
def test_what_the_pages_say_or_do_not_speak_of_is_let_by(sentence: str) -> None:
    assert not moved_in_time(sentence, SPACING)


@pytest.mark.parametrize(
    ("sentence", "page"),
    [
        ("Within a day, you remember less of the list.", "Within 24 hours, you remember less of the list."),
        ("After 7 days, reading again looked worse.", "After a week, reading again looked worse."),
        ("A decade later Germany was better armed.", "Ten years later Germany was better armed."),
        ("After 60 minutes you remember less.", "After an hour you remember less."),
    ],
)
def test_a_time_in_other_units_is_the_same(sentence: str, page: str) -> None:
    assert not moved_in_time(sentence, [page])
