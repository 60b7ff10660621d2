"""What slides and students say stands between marks in prompt templates: it is data."""

import re
from pathlib import Path

import pytest

from app.base.settings import ROOT

TEMPLATES = [
    path
    for top in ("app", "workers")
    for path in sorted((ROOT / top).rglob("prompts/*.j2"))
    if "classroom" not in path.parts  # those of live turns have a test of their own, in the room
]
MARKED = re.compile(r"<(page|passage|record|student|answer|question|rubric)>(?:(?!<\1>).)*?</\1>", re.DOTALL)
FILLED = re.compile(r"{{-?\s*(.*?)\s*-?}}", re.DOTALL)
COUNTED = re.compile(r"\w+ \| length\b|\"")
"""How many there are of something, or words that the template itself has."""
OURS = {
    *("name", "duty", "persona", "whispers", "wishes"),  # what an instructor asks of the agents
    *(
        "instruction",
        "manner",
        "language",
        "students",
        "length",
    ),  # our own words, or a wish
    *("number", "total", "passage.page", "loop.index"),  # numbers
}
OWN = {
    "alignment/datasets/prompts/tutor.txt.j2": {"topic", "problem"},  # as the data sets have it that were frozen
    "alignment/signals/prompts/page.txt.j2": {"page"},
    "exchange/prompts/outline_turn.txt.j2": {"pages"},
    "lessons/personal/prompts/rewriter_system.txt.j2": {"wish"},
    # The scheme is what a researcher wants.
    "records/desk/prompts/coder.txt.j2": {"scheme.title", "scheme.says", "code.name", "code.says", "one", "cannot"},
    "records/desk/prompts/coder_turn.txt.j2": {"line.role", "role"},
    "training/prompts/refine.txt.j2": {"feedback"},  # what somebody wants to be mended
}
"""By template, what else may stand outside of marks there."""


def bare(template: str) -> set[str]:
    """The names that a template fills in outside of marks."""
    found = FILLED.findall(MARKED.sub("", template))
    return {re.split(r"[ |\[(]", one)[0] for one in found if not COUNTED.match(one)}


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_words_from_outside_stand_between_marks(path: Path) -> None:
    assert bare(path.read_text()) <= OURS | OWN.get(path.relative_to(ROOT).as_posix().partition("/")[2], set())


def test_a_title_outside_of_marks_is_seen() -> None:
    assert bare("Now: {{ title }}\n<page>{{ words }}</page> Tell {{ points | length + 1 }}.") == {"title"}
    assert bare("<page>{{ words }}\n{{ notes | join(', ') }}") == {"words", "notes"}
    assert len(TEMPLATES) > 15
