"""What may be uploaded: every bad file gets its sentence before anything parses it."""

import decks
import pytest

from app.base.errors import Invalid
from app.base.settings import get_settings
from app.courses.limits import check_deck
from app.courses.schema import DeckKind
from app.courses.upload import plain_name


def test_a_deck_is_known_by_its_bytes() -> None:
    assert check_deck(decks.pptx_deck()) is DeckKind.PPTX
    assert check_deck(decks.pdf_deck(["Hello"])) is DeckKind.PDF
    assert check_deck(b"\n\n" + decks.pdf_deck(["Hello"])) is DeckKind.PDF


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"just some words", "not a deck"),
        (b"MZ\x90\x00" + bytes(200), "not a deck"),
        (decks.pptx_deck()[:9000], "cut off"),
        (decks.pptx_deck()[:40], "cut off"),
        (decks.encrypted_deck(), "password"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Office program"),
        (decks.macro_deck(), "macros"),
        (decks.entity_deck(), "entities"),
        (decks.long_pptx(600), "600 pages"),
        (decks.changed(decks.pptx_deck(), lambda name, content: None, {"readme.txt": b"hi"}), "without a deck"),
        (
            decks.changed(decks.pptx_deck(), lambda name, content: None, {"xl/workbook.xml": b"<a/>"}),
            "another Office",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "bytes",  # the bytes hold the time, and a test keeps its name
)
def test_bad_bytes_are_refused_with_a_sentence(content: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check_deck(content)


def test_a_bomb_is_refused_by_its_directory() -> None:
    with pytest.raises(Invalid, match="far more than a deck"):
        check_deck(decks.bomb_deck())


def test_macros_are_found_by_the_content_type_too() -> None:
    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"presentationml.presentation.main", b"presentation.macroEnabled.main")

    with pytest.raises(Invalid, match="macros"):
        check_deck(decks.changed(decks.pptx_deck(), change))


def test_a_file_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "upload_bytes", 1000)
    with pytest.raises(Invalid, match="larger than") as caught:
        check_deck(decks.pptx_deck())
    assert caught.value.status == 413


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Lecture 1.pptx", "Lecture 1.pptx"),
        ("C:\\Users\\me\\slides.pptx", "slides.pptx"),
        ("../../etc/passwd", "passwd"),
        ("", "deck"),
        ("...", "deck"),
        ("a\x00b\nc\u202egnp.pptx", "abcgnp.pptx"),
        ("sur\ud800rogate.pdf", "sur\ufffdrogate.pdf"),
        ("x" * 300 + ".pptx", "x" * 114 + "….pptx"),
    ],
)
def test_a_filename_is_made_fit_to_be_shown(given: str, kept: str) -> None:
    assert plain_name(given) == kept
