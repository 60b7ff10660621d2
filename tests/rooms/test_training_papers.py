"""Drafts by what students learn of them, language feedback and written principles, for real on the tiny model."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from training import HASH, data_folder, put_order, write_set

from app.alignment.datasets import service as datasets
from app.alignment.evaluation.problems import exercise
from app.alignment.evaluation.reading import Reader, choices, explanation, learners_mark, lesson, shown, telling
from app.alignment.runs.files import manifest_of, outcome_of, progress_of
from app.alignment.runs.schema import ANSWERS, CHECKPOINTS, DRAFTS, REFINED, Method, RunManifest
from app.alignment.schema import (
    PAIRS,
    SFT,
    UNPAIRED,
    Draft,
    Drafts,
    Message,
    PairLine,
    Role,
    SftLine,
    UnpairedLine,
    read_lines,
    set_folder,
    written_lines,
)
from app.base.errors import Invalid
from workers.training.__main__ import main
from workers.training.bases import base
from workers.training.ilf import owing
from workers.training.sami import info_nce, logps, together, under
from workers.training.scoring import Voice
from workers.training.students import marks


@pytest.fixture(scope="module", autouse=True)
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with data_folder(tmp_path_factory.mktemp("papers")) as folder:
        write_set()
        yield folder


def _manifest(method: Method, **settings: object) -> tuple[Path, RunManifest]:
    order = put_order(method, **settings)
    assert main([str(order.folder)]) == 0
    made = manifest_of(order.folder)
    assert made is not None
    return order.folder, made


# ------------------------------------------------------------------------------------------------------------ readers


def test_a_text_teaches_the_steps_that_it_shows_and_works_out_right() -> None:
    assert shown("3 times 4 is 12, and 12 - 2 = 10") == {"multiply", "subtract"}
    assert shown("1,200 ÷ 4 = 300. Then 300 plus 5 gives 305.") == {"divide", "add"}
    assert shown("3 times 4 is 13; 8 / 0 = 0; multiply first") == set()
    exam = explanation(3, 4).exam
    unread, told = learners_mark("", exam), learners_mark(exercise(3).solution, exam)
    assert told > unread + 0.2
    assert learners_mark("Think about it, it is easy.", exam) == unread
    assert Reader(5).read("2 + 2 = 4").skills >= Reader(5).skills


def test_an_exam_asks_about_other_problems_and_a_bank_tells_learners_apart() -> None:
    reading = explanation(7, 3)
    assert [one.kind for one in reading.exam] == [exercise(7).kind] * 3
    assert exercise(7).question not in {one.question for one in reading.exam}
    assert exercise(7).question in reading.prompt[-1].content
    page = lesson(7, 5)
    assert exercise(7).question in page.prompt[0].content
    assert page.exam == telling(5)
    assert len({one.kind for one in page.exam}) == 5
    for question in page.exam:
        offered = choices(question)
        assert (offered[0], len(set(offered))) == (question.answer, 5)


def test_a_student_model_gives_marks_between_nothing_and_all() -> None:
    voice = Voice(base("tiny"), 8, 512)
    reading = explanation(7, 2)
    found = marks(voice, [(reading.prompt, text, reading.exam) for text in ("", exercise(7).solution)])
    assert all(0 < one < 1 for one in found)
    assert found[0] != found[1]
    assert marks(voice, [(reading.prompt, "", reading.exam)]) == pytest.approx(found[:1], abs=1e-4)


# ------------------------------------------------------------------------------------------------------------- drafts


@pytest.mark.parametrize("what", ["lesson", "explanation"])
def test_drafts_are_marked_by_each_student_and_a_run_that_was_cut_off_ends_alike(what: str) -> None:
    wanted = {"drafts": what, "students": ["learners", "base"], "examples": 3, "held": 1, "group": 2, "exam": 2}
    wanted |= {"answer": 6, "batch": 2, "temperature": 1.0, "tokens": 200}
    folder, made = _manifest(Method.DRAFT, **wanted)
    whole = (folder / DRAFTS).read_text()
    found = list(read_lines(folder / DRAFTS, Drafts))
    assert [one.held for one in found] == [False, False, False, True]
    assert all(set(draft.marks) == {"learners", "base"} for one in found for draft in one.drafts)
    assert made.metrics.keys() >= {
        "eval_before",
        "eval_mark",
        "eval_best_mark",
        "train_mark_base",
        "train_mark_learners",
    }
    # Killed after its first batch, it goes on with the second and comes to the same.
    for name in ("outcome.json", "manifest.json"):
        (folder / name).unlink()
    lines = whole.splitlines(keepends=True)
    (folder / DRAFTS).write_text("".join(lines[:2]) + lines[2][:40])
    assert len(written_lines(folder / DRAFTS, Drafts)) == 2
    assert main([str(folder)]) == 0
    assert (folder / DRAFTS).read_text() == whole


def _drafted(name: str, held: bool, scores: list[float]) -> Drafts:
    return Drafts(
        id=name,
        conversation=name,
        source="drafts",
        role=Role.TEACHER,
        prompt=[Message(role="user", content=f"Explain {name}.")],
        held=held,
        before={"base": 0.3},
        drafts=[Draft(text=f"{name} in words {at}", marks={"base": score}) for at, score in enumerate(scores)],
    )


def test_pairs_are_made_of_drafts_that_differ_enough(tmp_path: Path) -> None:
    path = tmp_path / "drafts.jsonl"
    lines = [_drafted("one", False, [0.2, 0.5, 0.52]), _drafted("two", True, [0.9, 0.1])]
    path.write_text("".join(f"{one.model_dump_json()}\n" for one in lines))
    made = datasets.from_drafts(HASH, path, 0.1)
    pairs = list(read_lines(set_folder(made.hash) / PAIRS, PairLine))
    assert [(one.chosen[0].content[-1], one.rejected[0].content[-1]) for one in pairs] == [("1", "0"), ("2", "0")]
    assert (made.counts["pairs"], made.counts["held_pairs"], made.role, made.parent) == (2, 1, Role.TEACHER, HASH)
    imitated = list(read_lines(set_folder(made.hash) / SFT, SftLine))
    assert [one.completion[0].content for one in imitated] == ["one in words 2"]
    assert (made.leakage.both, made.sources[0].taken["pairs"]) == (0, 3)
    with pytest.raises(Invalid, match=r"No two of the 5 drafts differ by more than 0\.9"):
        datasets.from_drafts(HASH, path, 0.9)


# --------------------------------------------------------------------------------------------------- language feedback


def test_edits_and_what_feedback_made_of_a_turn_are_imitated() -> None:
    name = "7" * 64
    folder = write_set(name)
    told = [json.loads(line) for line in (folder / UNPAIRED).read_text().splitlines()]
    told[0] |= {"label": False, "feedback": "too long"}
    told[1] |= {"label": True, "feedback": "clear"}
    (folder / UNPAIRED).write_text("".join(json.dumps(one) + "\n" for one in told))
    pairs = [json.loads(line) for line in (folder / PAIRS).read_text().splitlines()]
    pairs[0]["edited"] = True
    (folder / PAIRS).write_text("".join(json.dumps(one) + "\n" for one in pairs))
    order = put_order(Method.ILF, answer=6, group=3, temperature=1.0, epochs=4.0)
    order = order.model_copy(update={"set": name})
    (order.folder / "recipe.json").write_text(order.model_dump_json())
    assert main([str(order.folder)]) == 0
    made = manifest_of(order.folder)
    assert made is not None
    assert (made.metrics["edits"], made.metrics["refined"]) == (1, 1)
    refined = list(read_lines(order.folder / REFINED, UnpairedLine))
    assert [(one.id, one.label) for one in refined] == [(told[0]["id"], True)]
    assert refined[0].completion[0].content != told[0]["completion"][0]["content"]
    losses = [one.loss for one in progress_of(order.folder) if one.phase == "train"]
    assert losses[-1] < losses[0]  # type: ignore[operator]


def test_only_lines_that_are_asked_for_are_imitated_when_a_run_goes_on() -> None:
    """Its folder may hold refinements of lines that the set has no more, or of more lines than are asked for now."""
    name = "8" * 64
    folder = write_set(name)
    told = [json.loads(line) | {"label": False, "feedback": "too long"} for line in (folder / UNPAIRED).open()]
    (folder / UNPAIRED).write_text("".join(json.dumps(one) + "\n" for one in told[:3]))
    order = put_order(Method.ILF, answer=6, group=2, temperature=1.0, examples=2).model_copy(update={"set": name})
    (order.folder / "recipe.json").write_text(order.model_dump_json())
    kept = [json.dumps(one | {"label": True, "feedback": ""}) + "\n" for one in told[2:6]]
    (order.folder / REFINED).write_text("".join(kept) + kept[0][:30])
    assert main([str(order.folder)]) == 0
    made = manifest_of(order.folder)
    assert made is not None
    assert (made.metrics["refined"], made.examples) == (2, 2)


def test_a_set_without_edits_or_feedback_is_a_sentence() -> None:
    order = put_order(Method.ILF)
    assert main([str(order.folder)]) == 3
    found = outcome_of(order.folder)
    assert found is not None
    assert "has neither edits" in found.sentence


def test_a_text_owes_to_what_makes_it_likelier() -> None:
    voice = Voice(base("tiny"), 4, 256)
    plain = [Message(role="user", content="What is 3 times 4?")]
    told = [*plain, Message(role="assistant", content="Add."), Message(role="user", content="Say it again, better.")]
    assert owing(voice, plain, plain, ["one", "two"]) == pytest.approx([0.0, 0.0], abs=1e-5)
    assert owing(voice, plain, told, []) == []
    assert abs(owing(voice, plain, told, ["Multiply."])[0]) > 1e-6


# ---------------------------------------------------------------------------------------------------------- principles


def test_answers_come_to_tell_their_principle() -> None:
    settings = {"examples": 6, "held": 4, "group": 3, "answer": 8, "batch": 2, "temperature": 1.0, "beta": 0.5}
    folder, made = _manifest(Method.SAMI, **settings, rate=1e-2, epochs=6.0)
    told = [one for one in progress_of(folder) if one.phase == "train"]
    assert told[-1].loss is not None
    assert told[0].loss is not None
    assert told[-1].loss < told[0].loss - 0.2
    assert told[-1].accuracy is not None
    assert told[-1].accuracy >= 0.8
    assert made.metrics.keys() >= {"before_eval_bound", "eval_bound", "before_eval_accuracy", "eval_accuracy"}
    assert made.examples == 6
    assert len(made.adapter) == 64
    # Cut off while it wrote an answer, and asked for fewer when it goes on: as many are trained on as are asked for.
    whole = (folder / ANSWERS).read_text()
    for name in ("outcome.json", "manifest.json"):
        (folder / name).unlink()
    fewer = json.loads((folder / "recipe.json").read_text())
    fewer["training"] |= {"examples": 4, "epochs": 1.0}
    (folder / "recipe.json").write_text(json.dumps(fewer))
    (folder / ANSWERS).write_text(whole + whole[:50])
    shutil.rmtree(folder / CHECKPOINTS)
    assert main([str(folder)]) == 0
    assert manifest_of(folder).examples == 4  # type: ignore[union-attr]
    written = (folder / ANSWERS).read_text()
    assert written.startswith(whole)
    assert written.endswith("\n"), "the half line is gone"
    assert _manifest(Method.SAMI, **settings, principles=["Ask.", "Tell."])[1].examples == 6
    order = put_order(Method.SAMI, **settings, principles=["Ask."])
    assert main([str(order.folder)]) == 3
    assert "two principles or more" in outcome_of(order.folder).sentence  # type: ignore[union-attr]


def test_the_table_holds_each_answer_under_each_principle_and_filling_up_changes_nothing() -> None:
    given = base("tiny")
    rows = [{"ids": [[5, 6, 7, 8], [9, 6, 7, 8, 3, 4]], "sizes": [2, 3], "side": 1}]
    both = logps(given.model, together(rows, 0))
    for at, (ids, size) in enumerate(zip(rows[0]["ids"], rows[0]["sizes"], strict=True)):  # type: ignore[call-overload]
        with torch.no_grad():
            chances = torch.log_softmax(given.model(input_ids=torch.tensor([ids])).logits[0].float(), dim=-1)
        wanted = sum(float(chances[len(ids) - size - 1 + k, ids[len(ids) - size + k]]) for k in range(size)) / size
        assert float(both[at].detach()) == pytest.approx(wanted, abs=1e-4)
    assert float(info_nce(torch.zeros(3, 3))) == pytest.approx(1.0986, abs=1e-3)
    assert float(info_nce(torch.eye(3) * 50)) == pytest.approx(0.0, abs=1e-6)


def test_a_principle_stands_at_the_end_of_the_systems_words() -> None:
    turn = Message(role="user", content="Why?")
    assert under([Message(role="system", content="Be kind."), turn], "Ask.")[0].content == "Be kind.\nAsk."
    assert [one.content for one in under([turn], "Ask.")] == ["Ask.", "Why?"]
