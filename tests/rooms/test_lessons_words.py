"""Spoken words and fallbacks: pure."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.courses.schema import Page
from app.lessons.author import ITEM_WORDS, grouped, sentence_count
from app.lessons.fallback import ITEM_CHARACTERS, ITEMS, UNREAD, fallback_words
from app.lessons.words import foreign_numbers, is_meta, key, sentences, tidy, words


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
    assert foreign_numbers("About 1,500 or 2.50 or 7", ("there are 1500", "or 2.5")) == {"7"}


def test_a_page_of_points_becomes_sentences() -> None:
    said = fallback_words(page("Fills", "Fills\nno fill\nsolid colour\na gradient", "Show the menu."))
    assert said == [
        "Let us look at this together: Fills.",
        "We have no fill; solid colour; and a gradient.",
        "Show the menu.",
    ]


def test_a_page_with_only_a_picture_is_a_moment_to_look() -> None:
    assert "picture" in fallback_words(page("The leaf", picture=True))[0]
    assert "The leaf" in fallback_words(page("The leaf", picture=True))[0]


def test_an_unread_page_and_an_empty_one_are_passed_by() -> None:
    assert fallback_words(page(problem="It broke.")) == [UNREAD]
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


def test_the_number_of_sentences_follows_the_page() -> None:
    assert sentence_count("one line of a page", 1) == 2
    assert sentence_count("one\ntwo\nthree", 3) == 4
    assert sentence_count("many " * 400, 30) == 6
