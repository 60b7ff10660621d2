"""The checker that needs no model: quantities, languages, support, length; and errors that were planted."""

import json
import random
from pathlib import Path
from uuid import uuid4

import pytest

from app.base.languages import language_of
from app.cli.planted import altered, own_sentences, reworded, strangers
from app.courses.schema import Page, Passage
from app.lessons.faithfulness.faithful import PAGE_BUDGET, FlagKind, check, check_page, ground_of, source_of
from app.lessons.faithfulness.number_words import spelled
from app.lessons.faithfulness.quantities import quantities
from app.lessons.schema import Ask, Board, BoardKind, Pause, Say, TeachingAction

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
MOONS = """Moons of the planets
Mars has 2 moons, Phobos and Deimos
Jupiter has 95 known moons (2023)
Ganymede is 5,268 km wide
Over 4% of them were found after 1990
Radii in km | mass in kg"""


def page_of(text: str, title: str = "", number: int = 1) -> Page:
    passages = [Passage(id=uuid4(), page=number, text=line) for line in text.splitlines()]
    empty = {"notes": "", "has_picture": False, "width": 1, "height": 1, "problem": ""}
    return Page.model_validate(
        {"id": uuid4(), "number": number, "title": title, "text": text, "passages": passages, **empty}
    )


def flags(sentence: str, page: Page, language: str = "") -> set[str]:
    return {one.kind.value for one in check(Say(page=1, text=sentence), ground_of([page]), language)}


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,234 people", {1234.0, 1.234}),
        ("1 234 567 of 1.234.567,89", {1234567.0, 1234567.89}),
        ("3.5 million", {3_500_000.0}),
        ("$3.5bn", {3_500_000_000.0}),
        ("twenty-three, and three hundred and five", {23.0, 305.0}),
        ("1914–18", {1914.0, 18.0, 1918.0}),
        ("GPT-4 and H2O", set()),
        ("one of them", set()),
    ],
)
def test_numbers_are_read_in_every_way_they_can_be_meant(text: str, values: set[float]) -> None:
    assert {value for one in quantities(text) for value in one.values} == values


def test_written_numbers_stop_where_the_next_begins() -> None:
    assert [one.value for one in spelled("three three, forty-two thousand and six cats, a million")] == [
        3.0,
        3.0,
        42_006.0,
        1_000_000.0,
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "Mars has two moons, Phobos and Deimos.",
        "Ganymede is 5268 kilometres wide.",
        "Ganymede is about 5,300 km wide.",
        "Ganymede is 5,268,000 metres wide.",
        "After 1990, more than four percent of the moons were found.",
        "These two moons of Mars are Phobos and Deimos.",
        "As of 2023 Jupiter has ninety-five known moons.",
    ],
)
def test_the_same_amount_in_other_words_is_no_trouble(sentence: str) -> None:
    assert flags(sentence, page_of(MOONS)) == set()


@pytest.mark.parametrize(
    "sentence",
    [
        "Mars has three moons, Phobos and Deimos.",
        "Ganymede is 5,268 miles wide.",
        "Jupiter has 59 known moons.",
        "Over 4% of the moons were found after 1980.",
        "Jupiter has hundreds of known moons.",
    ],
)
def test_another_amount_is_flagged(sentence: str) -> None:
    assert "number" in flags(sentence, page_of(MOONS))


def test_a_list_may_be_counted_but_only_what_it_lists() -> None:
    page = page_of("Parts of a cell\nNucleus\nMembrane\nMitochondria")
    assert flags("A cell has three parts, the nucleus, the membrane and the mitochondria.", page) == set()
    assert "number" in flags("A cell has five parts, with a nucleus and a membrane around it.", page)
    assert "number" in flags(
        "Three mitochondria lie beside the nucleus of a cell.", page_of("Nucleus of a cell\nMembrane")
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Die Zelle ist von einer Membran umgeben und wird so geschützt.", "de"),
        ("The cell is surrounded by a membrane.", "en"),
        ("La cellule est entourée par une membrane.", "fr"),
        ("La célula está rodeada por una membrana.", "es"),
        ("细胞是生命的基本单位", "zh"),
        ("細胞は生命の基本単位です", "ja"),
        ("Клетка окружена мембраной", "ru"),
        ("Клітина оточена мембраною", "uk"),
        ("120 over 80 mmHg is a healthy adult's value.", "en"),
        ("Photosynthesis", ""),
        ("a | b | c\nd | e | f", ""),
    ],
)
def test_languages_are_told_where_there_is_enough_to_tell(text: str, code: str) -> None:
    assert language_of(text) in (code, "") if code == "en" else language_of(text) == code


def test_a_change_of_language_is_flagged_and_words_are_not_held_across_languages() -> None:
    page = page_of(f"{MOONS}\nThe moons of this planet are small and were found by people who looked for them")
    german = "Der Mars hat zwei Monde und sie sind sehr klein."
    assert flags(german, page) == {"language"}
    assert flags(german, page, "de") == set()
    assert flags("Der Mars hat sieben Monde und sie sind sehr klein.", page, "de") == {"number"}
    assert "language" in flags("Mars has two moons, and they are very small.", page, "de")


def test_words_over_the_budget_are_flagged() -> None:
    page = page_of(MOONS)
    long = "Mars has moons " + "and Jupiter has known moons " * 10
    assert "length" in flags(long, page)
    short = Say(page=1, text="Jupiter has known moons.")
    found = check_page([short] * (PAGE_BUDGET // 4 + 1), ground_of([page]))
    assert [one.kind for one in found.page] == [FlagKind.LENGTH]
    assert found.count == 1


def test_silence_questions_and_pauses_claim_nothing() -> None:
    page = page_of(MOONS)
    silent: list[TeachingAction] = [
        Board(page=1, form=BoardKind.TEXT, text="Anything"),
        Pause(page=1, text="What would you like to know?"),
    ]
    assert check_page(silent, ground_of([page])).count == 0
    assert check(Ask(page=1, text="Which planet has more moons than Mars?"), ground_of([page])) == []
    wild = check(Ask(page=1, text="Who won the football match against Spain?"), ground_of([page]))
    assert [one.kind for one in wild] == [FlagKind.SUPPORT]


def test_a_sentence_has_the_passage_that_says_most_of_it_as_source() -> None:
    page = page_of(MOONS)
    found = source_of("Two moons go round Mars: Phobos and Deimos.", page.passages)
    assert found is page.passages[1]
    assert source_of("Rivers carry sand to the sea.", page.passages) is None


def test_planted_errors_are_found_and_true_sentences_pass() -> None:
    decks = json.loads((BENCHMARKS / "retrieval" / "decks.json").read_text("utf-8"))
    told = [
        one
        for deck in decks
        for one in own_sentences(deck["name"], [page_of(page["text"], page["title"]) for page in deck["pages"]])
    ]
    dice = random.Random(1)

    def caught(some: list[tuple[str, Page]]) -> float:
        return sum(bool(flags(sentence, page)) for sentence, page in some) / len(some)

    numbers = [(one.sentence, one.page) for told_ in told if (one := altered(told_, dice))]
    others = [(one.sentence, one.page) for one in strangers(told, dice)]
    said_otherwise = [one for told_ in told if (one := reworded(told_))]
    true = [(one.sentence, one.page) for one in [*told, *said_otherwise]]
    assert len(numbers) > 10
    assert caught(numbers) >= 0.85
    assert caught(others) >= 0.97
    assert caught(true) == 0


def test_labelled_sentences_are_told_apart() -> None:
    cases = json.loads((BENCHMARKS / "grounding" / "cases.json").read_text("utf-8"))
    pages = [(page_of("\n".join(case["passages"])), case) for case in cases.values() if isinstance(case, dict)]
    missed = [one for page, case in pages for one in case["unsupported"] if not flags(one, page)]
    alarms = [one for page, case in pages for one in case["supported"] if flags(one, page)]
    assert missed == []
    assert len(alarms) <= 2
