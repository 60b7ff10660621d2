"""Cutting pages into passages: short enough to quote, whole where possible, nothing lost."""

from hypothesis import given
from hypothesis import strategies as st

from app.courses.passages import LONGEST, SHORT, cut
from app.courses.schema import ReadPage


def test_a_short_page_is_one_passage_with_its_title() -> None:
    assert cut(ReadPage(number=1, title="Rain", text="Rain\nWater falls.")) == ["Rain\nWater falls."]


def test_notes_are_passages_of_their_own_and_marked() -> None:
    assert cut(ReadPage(number=1, text="Rain", notes="Show the film.")) == ["Rain", "Notes: Show the film."]


def test_long_text_is_cut_at_sentences_and_later_pieces_are_headed() -> None:
    sentence = "This sentence says that water falls from clouds when drops grow heavy. "
    pieces = cut(ReadPage(number=1, title="Rain", text="Rain\n" + sentence * 12))
    assert len(pieces) > 1
    assert all(piece.endswith("heavy.") for piece in pieces)
    assert all(piece.startswith("Rain") for piece in pieces)


def test_a_line_broken_in_mid_sentence_is_mended() -> None:
    assert cut(ReadPage(number=1, text="The water rises\nto the clouds.")) == ["The water rises to the clouds."]


def test_a_page_without_words_has_no_passages() -> None:
    assert cut(ReadPage(number=1)) == []


@given(st.text(max_size=3000), st.text(max_size=900), st.text(max_size=60))
def test_nothing_is_lost_and_nothing_too_long(text: str, notes: str, title: str) -> None:
    pieces = cut(ReadPage(number=1, title=title, text=text, notes=notes))
    assert all(len(piece) <= LONGEST + SHORT for piece in pieces)
    together = "".join("".join(pieces).split())
    assert all(word in together for word in ("".join(text.split())[:40], "".join(notes.split())[:40]))
