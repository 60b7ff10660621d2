"""Comparisons that a sentence turns round: refused where a passage says the contrary, and nowhere else."""

import pytest

from app.base.db import new_id
from app.classroom.speech.comparing import turned_round
from app.courses.schema import Passage

RECALL = "Students read a short text. After a week it was clear: recalling once was worth more than a second reading."
OIL = "Water is heavier than oil, so oil floats."


def passage(text: str) -> Passage:
    return Passage(id=new_id(), page=1, text=text)


@pytest.mark.parametrize(
    ("sentence", "page"),
    [
        ("Reading again is more effective than trying to recall it.", RECALL),
        ("Recalling once is less effective than a second reading.", RECALL),
        ("A second reading is better than recalling once!", RECALL),
        ("Oil is heavier than water.", OIL),
    ],
)
def test_the_other_way_round_is_refused(sentence: str, page: str) -> None:
    assert turned_round(sentence, [passage("Of something else."), passage(page)])


@pytest.mark.parametrize(
    ("sentence", "page"),
    [
        ("Recalling it is more effective than reading again.", RECALL),
        ("A second reading is worth less than recalling once.", RECALL),
        ("Reading again is not better than recalling.", RECALL),  # a denial is not judged by this rule
        ("A second reading is quicker than recalling once.", RECALL),  # another measure
        ("Reading is better than nothing.", RECALL),
        ("Would you rather read than recall?", RECALL),
        ("Why is reading again better than recalling it?", RECALL),  # who asks claims nothing
        ("Reading again is better than recalling.", "Is recalling better than reading again? Let us see."),
        ("Water is heavier than oil.", OIL),
        ("Oil is lighter than water.", OIL),
        ("Oil is heavier than petrol.", OIL),
        ("Oil floats.", OIL),
    ],
)
def test_what_the_page_says_or_does_not_speak_of_is_let_through(sentence: str, page: str) -> None:
    assert not turned_round(sentence, [passage(page)])


def test_where_passages_say_both_neither_is_refused() -> None:
    both = [
        passage("For minutes reading is better than recalling."),
        passage("Later recalling is better than reading."),
    ]
    assert not turned_round("Reading is better than recalling.", both)
    assert not turned_round("Recalling is better than reading.", both)
