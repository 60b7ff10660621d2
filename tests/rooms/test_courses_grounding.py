"""Support for sentences, measured on a hand-made set: what is said of the passages passes, what is made up does not."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from app.courses.grounding import is_talk, stem, supported
from app.courses.schema import Passage

CASES = json.loads((Path(__file__).parents[1] / "benchmarks" / "grounding" / "cases.json").read_text())
LEAST = {"supported": 0.93, "unsupported": 0.95, "invented": 0.8, "off_topic": 1.0}
"""The shares judged rightly when the thresholds were set: 29 of 30, 29 of 29, 7 of 8, 10 of 10."""


def passages(topic: str) -> list[Passage]:
    return [Passage(id=UUID(int=at), page=1, text=text) for at, text in enumerate(CASES[topic]["passages"])]


@pytest.mark.parametrize("kind", LEAST)
def test_calibration_holds(kind: str) -> None:
    verdicts = [
        supported(sentence, passages(topic)) is (kind == "supported")
        for topic in ("memory", "network")
        for sentence in CASES[topic][kind]
    ]
    assert sum(verdicts) / len(verdicts) >= LEAST[kind]


@pytest.mark.parametrize("sentence", CASES["talk"])
def test_talk_is_let_through(sentence: str) -> None:
    assert is_talk(sentence)


@pytest.mark.parametrize("sentence", CASES["claims"])
def test_a_claim_is_no_talk(sentence: str) -> None:
    assert not is_talk(sentence)


def test_nothing_supports_a_sentence_without_passages() -> None:
    assert not supported("Half is lost within an hour.", [])


def test_a_number_that_is_not_there_is_not_supported_however_near_the_words() -> None:
    assert supported("21% was saved after 31 days.", passages("memory"))
    assert not supported("22% was saved after 31 days.", passages("memory"))


def test_numbers_are_met_in_words_and_with_thousands_marks() -> None:
    assert supported("It holds only about 4 things at once.", passages("memory"))
    assert supported("A message is cut into pieces of about 1500 bytes.", passages("network"))


def test_a_page_number_is_no_number_of_its_own() -> None:
    assert supported("As slide 7 says, over half is gone within an hour.", passages("memory"))


def test_a_name_that_is_not_there_is_not_supported() -> None:
    assert supported("Working memory holds about four things, says Cowan.", passages("memory"))
    assert not supported("Working memory holds about four things, says Einstein.", passages("memory"))


@pytest.mark.parametrize(
    ("one", "other"), [("recalling", "recalled"), ("stopped", "stop"), ("bodies", "body"), ("slept", "sleeping")]
)
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    assert stem(one) == stem(other)
