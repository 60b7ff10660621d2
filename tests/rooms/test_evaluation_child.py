"""The process that speaks and scores: it goes on where it was cut off, and ends with whoever waits for it."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from training import data_folder

from app.alignment.evaluation import child
from app.alignment.evaluation.problems import exercise
from app.alignment.evaluation.reading import explaining
from app.alignment.evaluation.schema import (
    ANSWERS,
    HEARD,
    JOB,
    OUTCOME,
    PARENT,
    SET,
    Asked,
    ExamWish,
    Job,
    Scored,
    System,
)
from app.base.embedded.processes import is_gone
from app.base.errors import Conflict
from app.base.settings import ROOT
from workers.training import scoring


@pytest.fixture(autouse=True)
def data(tmp_path: Path) -> Iterator[Path]:
    with data_folder(tmp_path) as folder:
        yield folder


def _job(*names: str, asked: int = 2) -> Job:
    prompt = explaining(exercise(1))
    return Job(
        base="tiny",
        systems=[System(name=name) for name in names],
        threads=1,
        scored=[Scored(id="one", prompt=prompt, completion="Multiply first.")],
        asked=[Asked(id=f"explain-{at}", prompt=prompt, tokens=4) for at in range(asked)],
        exams=[ExamWish(id="exam", of="explain-0", seed=1, questions=2)],
    )


def test_one_that_was_cut_off_goes_on_after_the_last_system_that_was_heard(data: Path) -> None:
    folder, job = data / "evaluation", _job("first", "second")
    child._order(folder, job.model_dump_json().encode())
    whole = scoring.carry_out(folder)
    said = (folder / ANSWERS).read_text()
    assert whole.done
    assert whole.seconds.keys() == {"first", "second"}
    assert said.count('"system":"first"') == said.count('"system":"second"') == 4
    assert said.count("\n") == job.expected
    # Killed in the midst of the second: half of what it said is there, and the end of it half written.
    lines = said.splitlines(keepends=True)
    (folder / ANSWERS).write_text("".join(lines[:5]) + lines[5][:20])
    (folder / HEARD).write_text(whole.model_copy(update={"seconds": {"first": 1.0}}).model_dump_json())
    child._order(folder, job.model_dump_json().encode())
    again = scoring.carry_out(folder)
    assert (folder / ANSWERS).read_text() == said
    assert again.seconds["first"] == 1.0
    assert again.base_sha256 == whole.base_sha256
    # Another job in the same folder begins anew.
    child._order(folder, _job("first").model_dump_json().encode())
    assert not (folder / ANSWERS).exists()


def test_it_tells_how_many_answers_of_how_many_there_are(data: Path) -> None:
    (data / ANSWERS).write_text("{}\n{}\n{")
    told: list[str] = []
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as waiting:
        assert waiting.stdin is not None
        end = waiting.stdin.close
        child._wait(waiting, data, _job("first", "second").expected, lambda text: [told.append(text), end()])
    assert told == ["2 of 8 answers"]


def test_it_says_what_set_it_is_about_and_that_its_words_were_taken_back(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = data / "alignment" / "loops" / "own" / "evaluation"

    def taken(told: Path, *_: object) -> child.ChildOutcome:
        assert (told / SET).read_text() == "5e7" * 9
        child.forget_words(["5e7" * 9])
        return child.ChildOutcome(done=True)

    monkeypatch.setattr(child, "_outcome", taken)
    with pytest.raises(Conflict, match="taken back while systems were asked"):
        child.answers(_job("first"), folder=folder, set_hash="5e7" * 9)
    assert not (folder / JOB).exists()


def test_it_ends_when_nobody_waits_for_it_any_more(data: Path) -> None:
    folder = data / "evaluation"
    child._order(folder, _job("first", asked=4000).model_dump_json().encode())
    command = f"{PARENT}=$$ {sys.executable} -P -m workers.training.scoring {folder} & echo $!; wait"
    with subprocess.Popen(["/bin/sh", "-c", command], stdout=subprocess.PIPE, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        orphan = psutil.Process(int(parent.stdout.readline()))
        deadline = time.monotonic() + 120
        while not (folder / ANSWERS).exists():
            assert time.monotonic() < deadline
            assert not is_gone(orphan)
            time.sleep(0.1)
        parent.kill()
    while not is_gone(orphan):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not (folder / OUTCOME).exists()
    assert (folder / JOB).exists()
