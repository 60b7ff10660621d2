"""Importing tutoring data: what each format becomes, and that no file does harm."""

import csv
import json
import os
import pickle
from pathlib import Path

import pytest

from app.alignment.datasets import service as datasets
from app.alignment.datasets.importers.plain import Candidate, scored_pairs
from app.alignment.datasets.reading import MOST_BYTES
from app.alignment.datasets.schema import Format, Imported
from app.alignment.schema import Labels
from app.base.embedded.address import use_environment
from app.base.errors import Invalid


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LYCEUM_DATA", str(tmp_path / "data"))
    use_environment({})
    return tmp_path


def lines(path: Path, *found: object) -> Path:
    path.write_text("".join(f"{json.dumps(one)}\n" for one in found))
    return path


def segment(number: int, **more: object) -> dict[str, object]:
    told = {
        "c_id": f"{number}_1",
        "lesson_topic": "Fractions",
        "c_h": [{"user": "tutor", "text": f"What is half of {number}?"}, {"user": "student", "text": "I say nine"}],
        "c_r": [{"user": "tutor", "text": "No."}],
        "c_r_": [{"user": "tutor", "text": "Not quite"}, {"user": "tutor", "text": "What is two times that?"}],
        "e": "guess",
        "z_what": "ask_question",
    }
    return {**told, **more}


def bridge(path: Path, *segments: object) -> Imported:
    path.write_text(json.dumps(list(segments)))
    return datasets.read_files(Format.BRIDGE, [path])


def dropped(found: Imported) -> dict[str, int]:
    return {one.reason: one.count for one in found.source.dropped}


def test_bridge_gives_turns_with_labels_and_pairs(data: Path) -> None:
    found = bridge(data / "bridge.json", segment(4), segment(6, e="imprecise", z_what="provide_correction"))
    first, second = found.sft
    assert [(one.role, one.content) for one in first.prompt[1:]] == [
        ("assistant", "What is half of 4?"),
        ("user", "I say nine"),
    ]
    assert "Fractions" in first.prompt[0].content
    assert first.completion[0].content == "Not quite. What is two times that?"
    assert first.labels == Labels(evaluation="a", action="1", state="x")
    assert second.labels == Labels(evaluation="c", action="5", state="y")
    assert found.pairs[0].rejected[0].content == "No."
    assert (found.source.licence, found.source.conversations) == ("MIT", 2)


def test_bridge_says_nothing_of_what_has_no_place_in_the_table(data: Path) -> None:
    found = bridge(data / "b.json", segment(4, e="no error"), segment(6, z_what="Said goodbye"), segment(8, c_r=[]), 5)
    assert [one.labels.is_whole for one in found.sft] == [False, False, True]
    assert dropped(found) == {
        "a pair whose turns are the same, or without the novice's turn": 1,
        "no segment": 1,
    }


def table(path: Path, *rows: tuple[str, ...]) -> Path:
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        head = ["conversation_id", "conversation_history", "response_a", "response_b", "score_a", "score_b", "label"]
        writer.writerow(head)
        writer.writerows(rows)
    return path


TALK = "Tutor: What is 2 + 2? \n Student: 5"


def test_pairs_follow_their_label_and_contradictions_are_told(data: Path) -> None:
    path = table(
        data / "pairs.csv",
        ("c1", TALK, "Look again: count.", "It is 4.", "4", "1", "1"),
        ("c1", TALK, "It is 4.", "Use your fingers.", "1", "3", "0"),
        ("c2", TALK + "!", "One.", "Two.", "1", "3", "1"),
        ("c3", TALK + "?", "Three.", "Four.", "", "", "1"),
        ("c3", TALK + "?", "Four.", "Three.", "", "", "1"),
        ("c4", TALK + " 6", "Five.", "Six.", "", "", "tie"),
        ("c5", TALK + " 7", "Five.", "five", "", "", "1"),
    )
    found = datasets.read_files(Format.MRBENCH, [path])
    chosen = [(one.chosen[0].content, one.rejected[0].content) for one in found.pairs]
    assert chosen == [("Look again: count.", "It is 4."), ("Use your fingers.", "It is 4.")]
    assert [(one.role, one.content) for one in found.pairs[0].prompt[1:]] == [
        ("assistant", "What is 2 + 2?"),
        ("user", "5"),
    ]
    assert dropped(found) == {
        "contradictory labels: pairs that are labelled both ways": 2,
        "the label contradicts the scores": 1,
        "a tie, or a label that is neither 0 nor 1": 1,
        "both replies are the same": 1,
    }


def test_a_table_without_its_columns_is_refused(data: Path) -> None:
    path = data / "pairs.csv"
    path.write_text("conversation_history,response_a\nx,y\n")
    with pytest.raises(Invalid, match="no column response_b, label"):
        datasets.read_files(Format.MRBENCH, [path])


def test_cima_gives_every_tutors_reply(data: Path) -> None:
    exercise = {
        "past_convo": ["Fill in the blank.", "il cane e dietro rosa"],
        "engPrep": "is behind the",
        "engObj": "tree",
        "engColor": "pink",
        "prep": "e dietro",
        "studentActions": ["True", "False", "False", "False"],
        "tutorResponses": ["Almost, look at the order.", "Right!", ""],
        "tutorActions": [[False, True, False, True, False], [False, False, False, True, False], []],
    }
    path = data / "cima.json"
    path.write_text(json.dumps({"prepDataset": {"0": exercise, "1": {"past_convo": ["Hello"]}}}))
    found = datasets.read_files(Format.CIMA, [path])
    assert [one.labels.action for one in found.sft] == ["4", "3"]
    assert dropped(found) == {"an empty reply": 1, "no learner's turn to reply to": 1}


def test_gsm8k_gives_problems(data: Path) -> None:
    path = lines(
        data / "gsm.jsonl",
        {"question": "How many?", "answer": "2+2 = <<2+2=4>>4 nuts.\n#### 1,004"},
        {"question": "No answer?", "answer": "none"},
    )
    found = datasets.read_files(Format.GSM8K, [path])
    assert [(one.answer, one.solution) for one in found.problems] == [("1004", "2+2 = 4 nuts.")]
    assert found.source.left_out == 1


def test_plain_lines_of_every_kind(data: Path) -> None:
    path = lines(
        data / "plain.jsonl",
        {"prompt": "Why?", "completion": "What do you think?", "evaluation": "f", "action": "8", "state": "x"},
        {"prompt": "Why?", "chosen": "Think: where is it?", "rejected": "Here."},
        {"prompt": "How?", "completion": "Like this.", "label": False},
        {"prompt": "Who?", "candidates": [{"text": t, "outcome": o, "rubric": 0.5} for t, o in (("A", 1), ("B", 0))]},
        {"question": "2 + 2?", "answer": 4},
        {"prompt": "What?", "completion": "x", "action": "13"},
        {"prompt": "", "completion": "x"},
    )
    found = datasets.read_files(Format.PLAIN, [path], "mine", "own")
    assert found.source.taken == {"sft": 1, "pairs": 2, "unpaired": 1, "problems": 1}
    assert found.pairs[1].chosen[0].content == "A"
    assert {one.source for one in found.lines} == {"mine"}
    assert found.source.left_out == 2


def test_candidates_make_a_pair_only_beyond_the_margin() -> None:
    good, even, bad = (Candidate(text=str(at), outcome=at, rubric=0.5) for at in (1.0, 0.8, 0.0))
    assert scored_pairs([bad, good, even]) == [(good, bad), (even, bad)]
    assert scored_pairs([even, Candidate(text="x", outcome=1.0, rubric=0.5)]) == [], "0.1 apart is not more than 0.1"


def test_plain_lines_need_a_licence(data: Path) -> None:
    with pytest.raises(Invalid, match="--licence"):
        datasets.read_files(Format.PLAIN, [lines(data / "x.jsonl", {"prompt": "a", "completion": "b"})])


class Evil:
    """Writes a file when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, ("pwned",)


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pickle.dumps(Evil()), "pickle"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PK\x03\x04zip", "zip archive"),
        (b"PAR1....", "Parquet"),
        (b'{"a": "\x00"}', "no text"),
        (b'{"a": "\xff\xfe"}', "UTF-8"),
        (b"  \n", "empty"),
        (b"[" * 200_000, "no JSON|no column|can be used"),
        (b'{"prompt": NaN}', "no JSON|no column|can be used"),
        (b'"' + b"a" * 2_000_000, "no JSON|no column|can be used"),
    ],
)
def test_hostile_files_are_refused_with_a_sentence(
    data: Path, monkeypatch: pytest.MonkeyPatch, form: Format, content: bytes, words: str
) -> None:
    monkeypatch.chdir(data)
    path = data / "file"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=words):
        datasets.import_files(form, [path], licence="own")
    assert not (data / "pwned").exists()
    assert datasets.sources() == []


def test_what_is_no_file_or_too_large_is_refused(data: Path) -> None:
    pipe, large = data / "pipe", data / "large"
    os.mkfifo(pipe)
    with large.open("wb") as out:
        out.truncate(MOST_BYTES + 1)
    for path, words in ((pipe, "is no file"), (data, "is no file"), (large, "64 is the most"), (data / "no", "cannot")):
        with pytest.raises(Invalid, match=words):
            datasets.read_files(Format.GSM8K, [path])


def test_a_broken_line_costs_only_itself(data: Path) -> None:
    path = data / "plain.jsonl"
    good = json.dumps({"prompt": "Why?", "completion": "Think."})
    path.write_text(f"{good}\n{{broken\n[1]\n{'x' * 2**21}\n{json.dumps({'prompt': 'a', 'completion': ['b']})}\n")
    found = datasets.read_files(Format.PLAIN, [path], licence="own")
    assert len(found.sft) == 1
    assert found.source.left_out == 4
    assert all(one.places for one in found.source.dropped)


@pytest.mark.parametrize("name", ["../up", "a/b", "", "UPPER SPACE", "x" * 41, "ü"])
def test_a_sources_name_is_no_path(data: Path, name: str) -> None:
    with pytest.raises(Invalid, match=r"no name|no imported"):
        datasets.imported(name)


def test_an_imported_source_is_replaced(data: Path) -> None:
    for word in ("one", "two"):
        path = lines(data / "x.jsonl", {"prompt": "Why?", "completion": word})
        datasets.import_files(Format.PLAIN, [path], "mine", "own")
    assert [one.name for one in datasets.sources()] == ["mine"]
    assert datasets.imported("mine").sft[0].completion[0].content == "two"
    datasets.forget_source("mine")
    assert datasets.sources() == []
