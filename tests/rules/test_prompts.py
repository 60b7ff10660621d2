"""What slides and students say stands between marks in prompt templates: it is data."""

import re
from pathlib import Path

import pytest

from app.base.settings import ROOT

TEMPLATES = [path for top in ("app", "workers") for path in sorted((ROOT / top).rglob("prompts/*.j2"))]
MARKED = re.compile(r"<(page|passage|record|student|answer|question|rubric)>(?:(?!<\1>).)*?</\1>", re.DOTALL)
FILLED = re.compile(r"{{-?\s*(.*?)\s*-?}}", re.DOTALL)
COUNTED = re.compile(r"\w+ \| length\b|\"")
"""How many there are of something, or words that the template itself has."""
OURS = {
    *("name", "duty", "persona", "whispers", "wishes"),  # what an instructor asks of the agents
    *("instruction", "manner", "language", "students", "length"),  # our own words, or a wish
    *("number", "total", "page", "passage.page", "loop.index"),  # numbers
}
SAID = {"before", "asked", "said"}
"""In a class, what an agent said or asked a moment before."""
OWN = {
    "classroom/directing/prompts/director_turn.txt.j2": {"line", "option"},  # a student's lines bring their marks along
    "classroom/speech/prompts/reply.txt.j2": {"question"},  # a classmate's, who is an agent
    # Titles, with every mark taken out of them; what a small model makes of more marks was not measured.
    "classroom/speech/prompts/class.txt.j2": {"course", "lesson", "title"},
    "lessons/prompts/author_system.txt.j2": {"deck", "outline"},
    "lessons/prompts/author_turn.txt.j2": {"title"},
    "alignment/datasets/prompts/tutor.txt.j2": {"topic", "problem"},  # as the data sets have it that were frozen
    "exchange/prompts/outline_turn.txt.j2": {"pages"},
    "lessons/prompts/interpreter_system.txt.j2": {"reply"},  # the example's
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
    own = OWN.get(path.relative_to(ROOT).as_posix().partition("/")[2], set())
    assert bare(path.read_text()) <= OURS | own | (SAID if "classroom" in path.parts else set())


def test_a_title_outside_of_marks_is_seen() -> None:
    assert bare("Now: {{ title }}\n<page>{{ words }}</page> Tell {{ points | length + 1 }}.") == {"title"}
    assert bare("<page>{{ words }}\n{{ notes | join(', ') }}") == {"words", "notes"}
    assert len(TEMPLATES) > 30
