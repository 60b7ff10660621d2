"""Spoken words and fallbacks: pure."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.courses.schema import Page
from app.lessons.planning.fallback import ITEM_CHARACTERS, ITEM_WORDS, ITEMS, fallback_words, grouped
from app.lessons.planning.phrasing import phrase
from app.lessons.planning.points import MOST, points
from app.lessons.words import foreign_names, foreign_numbers, is_meta, key, sentences, shorter, stems, tidy, words


def page(title: str = "", text: str = "", notes: str = "", picture: bool = False, problem: str = "") -> Page:
    return Page(
        id=uuid4(),
        number=1,
        title=title,
        text=text,
        notes=notes,
        has_picture=picture,
        width=10,
        height=10,
        problem=problem,
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Cells live. They divide! Do they rest?", ["Cells live.", "They divide!", "Do they rest?"]),
        ("Birds, e.g. Owls, hunt. Dr. Gray saw it.", ["Birds, e.g. Owls, hunt.", "Dr. Gray saw it."]),
        ("Use version 3.5 of it. then stop.", ["Use version 3.5 of it. then stop."]),
        ("  ", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text: str, parts: list[str]) -> None:
    assert sentences(text) == parts


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("- **Cells** are small.", "Cells are small."),
        ("Teacher: Cells are small.", "Cells are small."),
        ("## 1. Cells", "1. Cells"),
        ('"Cells are small."', "Cells are small."),
        ('"Cells" are not "rooms"', '"Cells" are not "rooms"'),
    ],
)
def test_the_marks_of_writing_are_not_spoken(written: str, said: str) -> None:
    assert tidy(written) == said


@pytest.mark.parametrize(
    "sentence",
    ["As an AI I cannot see it.", "This slide shows cells.", "On the next page we go on.", "I'm sorry, but no."],
)
def test_talk_about_the_task_is_recognised(sentence: str) -> None:
    assert is_meta(sentence)


@pytest.mark.parametrize("sentence", ["A language model predicts words.", "A page of history turns.", "Pages fade."])
def test_a_subject_may_be_pages_and_models(sentence: str) -> None:
    assert not is_meta(sentence)


def test_numbers_are_compared_as_numbers() -> None:
    assert foreign_numbers("About 1,500 or 2.50 or 7 or two", ("there are 1500", "or 2.5", "2 of them")) == {"7"}


def test_names_the_page_does_not_have_are_found() -> None:
    ground = stems("spaCy reads text with LangChain")
    assert foreign_names("Then spaCy and LangChain meet NLP and GitHub.", ground) == {"NLP", "GitHub"}


def test_a_sentence_may_lose_its_last_clauses() -> None:
    assert shorter("The small rate needs thousands of steps, which is slow, so wait.") == [
        "The small rate needs thousands of steps, which is slow, so wait.",
        "The small rate needs thousands of steps, which is slow",
        "The small rate needs thousands of steps",
    ]


def test_a_page_of_entries_becomes_a_spoken_list() -> None:
    said = fallback_words(page("Fills", "Fills\nno fill\nsolid colour\na gradient", "Show the menu."))
    assert said == ["Let us look at this together: Fills.", "We have no fill, solid colour and a gradient."]


def test_sentences_and_long_notes_are_said_as_they_are() -> None:
    notes = "When the street is wet after rain, the sun dries it. " * 2 + "That is the very same thing, only smaller."
    said = " ".join(fallback_words(page("Evaporation", "Heat turns water into vapour.\nIt rises", notes)))
    assert said.startswith("Let us look at this together: Evaporation. Heat turns water into vapour. It rises.")
    assert said.count("When the street is wet") == 1


def test_rows_of_a_table_are_told_by_its_head() -> None:
    table = "Planet | Moons | Rings\nMars | 2 | none\nSaturn | 274 | many"
    assert points(page("Planets", table)) == ["Mars: Moons 2, Rings none", "Saturn: Moons 274, Rings many"]


def test_pictographs_and_serial_numbers_are_not_spoken() -> None:
    assert fallback_words(page("2cdda5c8-e50e-4db4-b5f0-9722a649f455", "🦜🔗 LangChain helps us with models.")) == [
        "LangChain helps us with models."
    ]


def test_a_page_with_only_a_picture_is_a_moment_to_look() -> None:
    assert "picture" in fallback_words(page("The leaf", picture=True))[0]
    assert "The leaf" in fallback_words(page("The leaf", picture=True))[0]


def test_an_unread_page_and_an_empty_one_are_passed_by() -> None:
    assert fallback_words(page(problem="It broke.")) == [phrase("unread")]
    assert len(fallback_words(page())) == 1


texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=1500)


@given(texts, texts, texts, st.booleans())
def test_any_page_can_be_taught(title: str, text: str, notes: str, picture: bool) -> None:
    said = fallback_words(page(title, text, notes, picture))
    assert 1 <= len(said) <= ITEMS
    assert all(0 < len(one) <= ITEM_CHARACTERS for one in said)


@given(st.lists(st.from_regex(r"[A-Z][a-z]{1,8}( [a-z]{1,8}){1,30}\.", fullmatch=True), max_size=9))
def test_grouping_keeps_every_sentence_in_order(said: list[str]) -> None:
    items = grouped(said)
    assert key(" ".join(items)) == key(" ".join(said))
    for item in items:
        assert len(words(item)) <= ITEM_WORDS or len(sentences(item)) == 1


@given(texts, texts, texts)
def test_a_page_has_at_most_six_points_in_its_order(title: str, text: str, notes: str) -> None:
    told = points(page(title, text, notes))
    assert len(told) <= MOST
    assert all(words(point) for point in told)
