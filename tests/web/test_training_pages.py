"""The pages of training runs: asking, watching, stopping, resuming; and who may not."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from people import Browser, School, school, sign_in
from training import HASH, write_set

from app.alignment.runs import service as runs
from app.alignment.runs.models import AlignmentRun
from app.alignment.runs.schema import DRAFTS, PROGRESS, Progress
from app.alignment.schema import Draft, Drafts, Message
from app.base.db import unit_of_work
from app.base.settings import get_settings

pytestmark = pytest.mark.usefixtures("services")


@pytest.fixture(scope="module")
def place(services: object) -> School:
    return school()


@pytest.fixture(scope="module")
def researcher(place: School) -> Browser:
    return sign_in(place.researcher)


@pytest.fixture(scope="module", autouse=True)
def data_set(services: object) -> Path:
    folder = write_set()
    assert folder.is_relative_to(get_settings().data)
    return folder


def _asked(researcher: Browser) -> list[UUID]:
    done = researcher.submit("/alignment/runs", recipe="tiny", set=HASH, methods=["sft", "dpo"])
    assert done.status_code == 303
    with unit_of_work() as session:
        rows = session.query(AlignmentRun).order_by(AlignmentRun.created_at.desc()).limit(2).all()
        return [row.id for row in sorted(rows, key=lambda one: one.method, reverse=True)]


def test_staff_find_the_way_and_others_do_not(place, researcher) -> None:
    assert 'href="/alignment/runs"' in researcher.get("/").text
    page = researcher.get("/alignment/runs")
    assert page.status_code == 200
    student = sign_in(place.student)
    assert 'href="/alignment/runs"' not in student.get("/").text
    run = _asked(researcher)[0]
    for path in ("", f"/{run}", f"/{run}/now", f"/{uuid4()}"):
        assert student.get(f"/alignment/runs{path}").status_code == 404
    assert student.submit(f"/alignment/runs/{run}/cancel").status_code == 404
    assert student.submit("/alignment/runs", recipe="tiny", set=HASH, methods=["sft"]).status_code == 404
    assert researcher.get(f"/alignment/runs/{uuid4()}").status_code == 404


def test_a_run_is_asked_for_shown_stopped_and_resumed(researcher) -> None:
    sft, dpo = _asked(researcher)
    page = researcher.get(f"/alignment/runs/{dpo}").text
    assert "Waiting for a worker" in page
    assert f'href="/alignment/runs/{sft}"' in page  # what it goes on from
    assert researcher.submit(f"/alignment/runs/{dpo}/resume").status_code == 409
    assert researcher.submit(f"/alignment/runs/{dpo}/cancel").status_code == 303
    page = researcher.get(f"/alignment/runs/{dpo}").text
    assert re.search(r"Stopped\s*</span>", page)
    assert "Resume" in page
    assert researcher.submit(f"/alignment/runs/{dpo}/cancel").status_code == 409
    assert researcher.submit(f"/alignment/runs/{dpo}/resume").status_code == 303
    assert "Waiting for a worker" in researcher.get(f"/alignment/runs/{dpo}").text


def test_curves_are_drawn_with_a_table_while_it_runs(researcher) -> None:
    sft, _ = _asked(researcher)
    with unit_of_work() as session:
        row = session.get_one(AlignmentRun, sft)
        row.state, row.step, row.steps, row.loss = "running", 2, 8, 1.5
        order = row.order
    folder = get_settings().data / "alignment" / "runs" / order["id"]
    folder.mkdir(parents=True)
    lines = [
        Progress(step=step, steps=8, at=datetime.now(UTC), loss=2.0 - step / 4, reward_margin=step / 10)
        for step in (1, 2)
    ]
    (folder / PROGRESS).write_text("".join(one.model_dump_json() + "\n" for one in lines) + '{"step": 3, "st')
    for path in ("", "/now"):
        page = researcher.get(f"/alignment/runs/{sft}{path}").text
        assert page.count("<svg") >= 2
        assert 'id="loss"' in page
        assert 'id="reward-margin"' in page
        assert "As a table" in page
        assert 'value="2"' in page
    assert 'data-state="running"' in page
    assert researcher.submit(f"/alignment/runs/{sft}/cancel").status_code == 303
    assert "It stops after this step" in researcher.get(f"/alignment/runs/{sft}").text


def test_what_students_learnt_of_drafts_is_shown(researcher) -> None:
    both = researcher.submit("/alignment/runs", recipe="lbt", set=HASH, methods=["draft", "dpo"])
    assert both.status_code == 400
    assert "trains on drafts that it writes first" in both.text
    done = researcher.submit("/alignment/runs", recipe="lbt", set=HASH, methods=["draft"])
    path = done.headers["location"].partition("?")[0]
    page = researcher.get(path).text
    assert "Drafts, by what students learn of them" in page
    assert "What students learnt of it" not in page
    words = [("Twice <b>four</b> is eight.", 0.75), ("No idea.", 0.25), ("Hm.", 0.5)]
    line = Drafts(
        id="drafts:1",
        conversation="drafts:1",
        source="drafts",
        prompt=[Message(role="user", content="Explain how to double.")],
        before={"base": 0.3},
        drafts=[Draft(text=text, marks={"base": mark}) for text, mark in words],
    )
    folder = get_settings().data / "alignment" / "runs" / path.rpartition("/")[2]
    folder.mkdir(parents=True)
    (folder / DRAFTS).write_text(line.model_dump_json() + "\n")
    page = researcher.get(path).text
    assert "Explain how to double." in page
    assert re.search(
        r"Most: 0\.750.*Twice &lt;b&gt;four&lt;/b&gt; is eight\..*Least: 0\.250.*No idea\.", page, re.DOTALL
    )
    assert "Hm." not in page
    assert researcher.submit(f"{path}/cancel").status_code == 303


def test_bad_wishes_get_a_sentence_and_keep_what_was_typed(researcher) -> None:
    for fields, words in (
        ({"recipe": "", "set": HASH, "methods": ["sft"]}, "Choose a recipe and a data set."),
        ({"recipe": "/etc/passwd", "set": HASH, "methods": ["sft"]}, "There is no recipe"),
        ({"recipe": "tiny", "set": "0" * 64, "methods": ["sft"]}, "There is no data set 000000000000"),
        ({"recipe": "tiny", "set": "../../etc", "methods": ["sft"]}, "There is no data set"),
        ({"recipe": "demo", "set": HASH, "methods": ["grpo"]}, "has none of these methods"),
    ):
        answer = researcher.submit("/alignment/runs", **fields)
        assert answer.status_code == 400, words
        assert words in answer.text
    assert 'value="grpo" checked' in answer.text
    assert 'value="sft" checked' not in answer.text


def test_words_taken_back_mark_the_run_and_stop_it(researcher) -> None:
    sft, dpo = _asked(researcher)
    with unit_of_work() as session:
        session.get_one(AlignmentRun, sft).state = "running"
    with unit_of_work() as session:
        assert runs.mark_withdrawn(session, HASH) >= 2
    page = researcher.get(f"/alignment/runs/{dpo}").text
    assert "words that somebody took back" in page
    assert "Resume</button>" not in page
    assert researcher.submit(f"/alignment/runs/{dpo}/resume").status_code == 409
    with unit_of_work() as session:
        row = session.get_one(AlignmentRun, sft)
        assert row.cancel_asked
        row.state = "cancelled"
