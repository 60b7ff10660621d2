"""The director's regression: our labelled states, by rules alone, and what cannot be read."""

import json
from pathlib import Path
from uuid import uuid4

import pytest

from app.__main__ import main
from app.base.errors import Invalid
from app.classroom.directing import choosing
from app.classroom.directing.director import Act, Move
from app.classroom.log.state import ClassState
from app.classroom.schema import Voice
from app.cli.bench_director import CASES
from app.cli.director_cases import MOVES, Play, read_cases
from app.inference.schema import ModelJunk, ModelUnavailable

KINDS = {"question-pending", "off-topic", "silence", "confusion", "wrong-answer", "dispute", "chatter", "abuse"} | {
    "page-end",
    "low-activity",
    "several-people",
}


def test_there_are_enough_cases_of_many_kinds_with_sound_labels() -> None:
    cases = read_cases(CASES)
    assert len(cases) >= 150
    assert {case.kind for case in cases} >= KINDS
    assert len({case.id for case in cases}) == len(cases)
    for case in cases:
        assert case.acceptable
        assert not set(case.acceptable) & set(case.unacceptable)
        assert {*case.acceptable, *case.unacceptable} <= set(MOVES)


def test_by_rules_alone_the_director_decides_as_teachers_would(tmp_path: Path) -> None:
    found = tmp_path / "director.json"
    assert main(["bench", "director", "--rules-only", "--json", str(found)]) == 0
    figures = json.loads(found.read_text())
    assert figures["acceptable_share"] >= 0.97
    assert figures["unacceptable_share"] <= 0.02
    assert figures["premature_end_share"] == figures["ignored_student_share"] == 0
    assert figures["model_calls"] == 0
    assert len(figures["decisions"]) == figures["cases"]


def test_a_case_is_played_as_a_class_would_be() -> None:
    case = next(case for case in read_cases(CASES) if case.kind == "silence" and case.open_ask)
    play = Play(case)
    assert play.state.open_ask is not None
    assert play.state.seq >= len(case.transcript)
    assert Play(case).state == play.state


@pytest.mark.parametrize("text", ["", "{", '{"id": "a"}', '{"id": "a", "kind": "b", "cast": ["nobody"]}'])
def test_cases_that_cannot_be_read_are_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(text)
    with pytest.raises(Invalid, match=r"Line 1|no cases"):
        read_cases(path)


ON = Move(act=Act.SCRIPT, action=3)
MOVE = Move(act=Act.CHAT, voice=Voice.CURIOUS, choices=[Voice.CURIOUS, Voice.THINKER], instead=ON)


@pytest.mark.parametrize("trouble", [ModelJunk("no"), ModelUnavailable()])
def test_a_model_that_cannot_choose_leaves_the_rules_move(trouble: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def choose(*_: object, **__: object) -> str:
        raise trouble

    monkeypatch.setattr(choosing.inference, "choose", choose)
    chosen = choosing.choose_by_model(MOVE, ClassState(), None)
    assert (chosen.move, chosen.by) == (MOVE, "fallback")


def test_a_model_that_never_answers_in_time_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def choose(*_: object, **__: object) -> str:
        asked.append(1)
        if len(asked) == 2:
            raise ModelJunk("it came in time")
        raise ModelUnavailable

    monkeypatch.setattr(choosing.inference, "choose", choose)
    monkeypatch.setattr(choosing, "patience", patience := choosing.Patience())
    ways = [choosing.choose_by_model(MOVE, ClassState(), uuid4()).by for _ in range(6)]
    assert ways == ["fallback"] * 6
    assert len(asked) == 4  # one late, one in time, two late in a row, and then none
    choosing.choose_by_model(MOVE, ClassState(), None)
    assert len(asked) == 5  # who measures asks every time
    patience.rests_until = 0.0
    choosing.choose_by_model(MOVE, ClassState(), uuid4())
    assert len(asked) == 6


@pytest.mark.parametrize(("label", "act", "voice"), [("B", Act.CHAT, Voice.THINKER), ("C", Act.SCRIPT, None)])
def test_a_model_chooses_among_what_is_allowed(
    label: str, act: Act, voice: Voice | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing.inference, "choose", lambda *_, **__: label)
    chosen = choosing.choose_by_model(MOVE, ClassState(), None)
    assert (chosen.move.act, chosen.move.voice, chosen.by) == (act, voice, "model")
