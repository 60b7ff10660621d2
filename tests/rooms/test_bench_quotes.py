"""What stands in for a model's words answers most questions, and some on a lesson that was hardly fitted to."""

import pytest

from app.classroom.speech.phrasing import phrase
from app.cli.bench_quotes import Asked, kind_of, measure


@pytest.mark.usefixtures("db", "stub")
@pytest.mark.parametrize(
    ("lesson", "right", "wrong", "misled"), [("memory", 0.5, 0.3, 0.4), ("heart", 0.27, 0.25, 0.3)]
)
def test_questions_are_answered_by_what_is_quoted(lesson: str, right: float, wrong: float, misled: float) -> None:
    figures = measure(lesson)
    assert figures.right >= right
    assert figures.wrong <= wrong
    assert figures.misled <= misled
    assert figures.right + figures.hedged + figures.refused + figures.wrong == pytest.approx(1, abs=0.01)


def test_an_answer_is_right_if_it_has_a_fragment_and_does_not_say_that_there_is_none() -> None:
    one = Asked(page=1, text="Why?", right=["it keeps water out"])
    nothing = Asked(page=1, text="Who won?", right=[])
    assert kind_of(one, "In the lesson's own words: “It keeps water out.”") == "right"
    assert (
        kind_of(one, "The word “coat” does not come up in this lesson; the nearest to it is this. It keeps water out")
        == "hedged"
    )
    assert kind_of(one, "On page 2 we said: “It is thin.”") == "wrong"
    assert kind_of(nothing, "On page 2 we said: “It is thin.”") == "misled"
    assert kind_of(nothing, phrase("not_covered", "English", here="page 1")) == "put_off"
