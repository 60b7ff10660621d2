"""How an agent's reply is cut into sentences and made plain."""

from collections.abc import Iterator

import pytest

from app.classroom.speech.speaking import sentences, tidy


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        ("Mira: It lets water in.", "It lets water in."),
        ("**Tutor**: It lets   water in.", "It lets water in."),
        ("“It lets water in.”", "It lets water in."),
        ('"Osmosis" means that water moves.', '"Osmosis" means that water moves.'),
        ("The rule is: look twice.", "The rule is: look twice."),
        ("  ", ""),
    ],
)
def test_labels_markdown_and_wrapping_quotes_go(given: str, plain: str) -> None:
    assert tidy(given) == plain


def test_sentences_come_as_soon_as_they_are_whole_and_a_broken_end_is_dropped() -> None:
    taken: list[str] = []

    def deltas() -> Iterator[str]:
        for part in ("It is 3.5 ", "metres. It", " grows! Then it wi"):
            taken.append(part)
            yield part

    found = [(sentence, len(taken)) for sentence in sentences(deltas())]
    assert found == [("It is 3.5 metres.", 2), ("It grows!", 3)]
