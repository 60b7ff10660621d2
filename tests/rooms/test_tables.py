"""What a sentence takes from a table: refused where it does not go together there, and nowhere else."""

import pytest

from app.base.db import new_id
from app.classroom.speech.tables import mixes_table
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
