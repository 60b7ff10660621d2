"""The set of teaching actions: closed, versioned, and readable in the form that older scripts have."""

import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import ValidationError

from app.lessons.describing import as_schema, in_words
from app.lessons.schema import (
    ACTIONS,
    SCHEMA_VERSION,
    ActionKind,
    Ask,
    Board,
    BoardKind,
    Discuss,
    LessonScript,
    Pause,
    Region,
    Say,
    Show,
    Spotlight,
    Summarise,
    TeachingAction,
)

PASSAGE = uuid4()
STREAM: list[TeachingAction] = [
    Show(page=1),
    Spotlight(page=1, region=Region(left=0.1, top=0.2, width=0.5, height=0.1), passages=[PASSAGE]),
    Say(page=1, text="Cells are small rooms of life.", passages=[PASSAGE]),
    Board(page=1, form=BoardKind.FORMULA, text="a^2"),
    Ask(page=1, text="What is a cell?", gate=True, item=uuid4()),
    Discuss(page=1, text="Where have you met cells?"),
    Pause(page=1, text="Any questions so far?"),
    Summarise(page=1, text="So a cell is a room of life."),
]
OLD = {
    "lesson_id": str(uuid4()),
    "material_id": str(uuid4()),
    "title": "Cells",
    "pages": [
        {
            "page": 1,
            "title": "Cells",
            "actions": [
                {"kind": "show", "page": 1, "text": "", "gate": False, "passages": []},
                {"kind": "say", "page": 1, "text": "Small rooms.", "gate": False, "passages": [str(PASSAGE)]},
                {"kind": "ask", "page": 1, "text": "Of what?", "gate": True, "passages": []},
            ],
            "fallback": False,
            "reason": "",
        }
    ],
}


def test_every_kind_comes_back_from_json_as_it_was() -> None:
    assert {one.kind for one in STREAM} == set(ActionKind)
    assert ACTIONS.validate_json(ACTIONS.dump_json(STREAM)) == STREAM


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "dance", "page": 1},
        {"kind": "say", "page": 1},
        {"kind": "board", "page": 1, "form": "sculpture", "text": "x"},
        {"kind": "spotlight", "page": 1},
        {"kind": "spotlight", "page": 1, "region": {"left": 0, "top": 0, "width": 2, "height": 1}},
    ],
)
def test_the_set_is_closed(document: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ACTIONS.validate_python([document])


def test_a_script_frozen_before_there_were_versions_is_read_as_it_was_meant() -> None:
    script = LessonScript.model_validate(OLD)
    assert script.schema_version == SCHEMA_VERSION
    assert script.actions == [
        Show(page=1),
        Say(page=1, text="Small rooms.", passages=[PASSAGE]),
        Ask(page=1, text="Of what?", gate=True),
    ]
    assert json.loads(script.model_dump_json())["schema_version"] == SCHEMA_VERSION


def test_a_script_of_a_later_version_is_refused() -> None:
    with pytest.raises(ValidationError, match="less than or equal"):
        LessonScript.model_validate({**OLD, "schema_version": SCHEMA_VERSION + 1})


def test_only_what_is_said_aloud_has_words() -> None:
    silent = {ActionKind.SHOW, ActionKind.SPOTLIGHT, ActionKind.BOARD}
    assert {one.kind for one in STREAM if not one.words} == silent


def test_the_set_is_documented_from_its_documents() -> None:
    written = (Path(__file__).parents[2] / "app" / "lessons" / "ACTIONS.md").read_text("utf-8")
    assert written == in_words(), "write it anew: ./lyceum actions > app/lessons/ACTIONS.md"
    assert all(f"| `{kind.value}` |" in written for kind in ActionKind)
    assert {kind.value for kind in ActionKind} <= set(re.findall(r'"const": "(\w+)"', json.dumps(as_schema())))
