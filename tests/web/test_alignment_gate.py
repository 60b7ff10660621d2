"""The pages of adapters: who may look, who may act, what a gate says, and back in one click."""

import json
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from people import Browser, person, school, sign_in
from safetensors.numpy import save_file

from app.accounts.schema import SiteRole
from app.alignment.evaluation import service as evaluation
from app.alignment.evaluation.schema import Report, Turns
from app.alignment.evaluation.statistics import Estimate
from app.alignment.schema import Message, Role
from app.alignment.serving import adapters, gating
from app.alignment.serving.models import GateRow, RolloutRow
from app.alignment.serving.schema import Check, GateState
from app.base.db import new_id, now, unit_of_work
from app.base.files import write_whole
from app.inference import adapters as served
from app.inference.adapters import Served

pytestmark = pytest.mark.usefixtures("db")
LAYER = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"


def keep(folder: Path) -> str:
    """An adapter, refused at the gate once, with a report."""
    folder.mkdir(exist_ok=True)
    (folder / "adapter_config.json").write_text(json.dumps({"r": 2, "lora_alpha": 4}))
    sides = {"A": (2, 8), "B": (8, 2)}
    tensors = {LAYER.format(side): np.ones(size, dtype=np.float32) for side, size in sides.items()}
    save_file(tensors, folder / "adapter_model.safetensors")
    check = Check(name="tell_gap", ok=False, sentence="Telling <b>has</b> become more likely: 0.1.")
    with unit_of_work() as session:
        name = adapters.take_folder(session, folder, Role.TUTOR, "stub-model").name
        row = GateRow(
            id=new_id(), adapter=name, state=GateState.DONE.value, set_hash="5e7" * 9, checks=[check.model_dump()]
        )
        session.add(row)
        gate_id = row.id
    one = Estimate(value=0.4, low=0.3, high=0.5, n=40, groups=40)
    line = Message(role="user", content="I think it is <i>54</i>.")
    report = Report(
        made_at=now(),
        title="The gate",
        base="stub-model",
        figures={"incumbent": {"leak_plain": one}, "candidate": {"leak_plain": one, "words": one}},
        turns=[Turns(context=[line], said={"incumbent": "Look again.", "candidate": "It is 56."}, wanted="A hint.")],
    )
    write_whole(adapters.folder_of(name) / f"gate-{gate_id}.json", evaluation.as_json(report))
    assert gating.report_of(_gate(name)) == report
    return name


def _gate(name: str) -> object:
    with unit_of_work() as session:
        return gating.gates_of(session, name)[0]


@pytest.fixture
def admin() -> Browser:
    return sign_in(person(SiteRole.ADMIN))


def test_staff_look_admins_act_and_learners_find_nothing(admin: Browser, tmp_path: Path) -> None:
    name, place = keep(tmp_path / "a"), school()
    gate = _gate(name)
    pages = ["/alignment/adapters", f"/alignment/adapters/{name}", f"/alignment/gates/{gate.id}"]  # type: ignore[attr-defined]
    researcher, student = sign_in(place.researcher), sign_in(place.student)
    for page in pages:
        assert admin.get(page).status_code == 200
        assert researcher.get(page).status_code == 200
        assert student.get(page).status_code == 404
    for path, fields in (
        ("/alignment/rollback", {"role": "tutor"}),
        (f"/alignment/adapters/{name}/gate", {}),
        (f"/alignment/adapters/{name}/promote", {"percent": "10"}),
        ("/alignment/adapters", {"run": "x"}),
    ):
        assert researcher.submit(path, **fields).status_code == 404
        assert student.submit(path, **fields).status_code == 404
    assert "Roll back" not in researcher.get(pages[0]).text
    assert 'href="/alignment/adapters"' in admin.get("/").text


def test_a_gate_shows_reasons_plots_and_both_voices(admin: Browser, tmp_path: Path) -> None:
    gate = _gate(keep(tmp_path / "a"))
    page = admin.get(f"/alignment/gates/{gate.id}").text  # type: ignore[attr-defined]
    assert "Refused" in page
    assert "Telling &lt;b&gt;has&lt;/b&gt; become more likely" in page
    assert page.count('<svg class="plot"') == 2
    assert "Look again." in page
    assert "It is 56." in page
    assert "&lt;i&gt;54&lt;/i&gt;" in page


def test_bad_wishes_get_a_sentence_and_lose_nothing(admin: Browser, tmp_path: Path) -> None:
    name = keep(tmp_path / "a")
    wrong = admin.submit(f"/alignment/adapters/{name}/promote", percent="many")
    assert wrong.status_code == 400
    assert "a whole number from 0" in wrong.text
    refused = admin.submit(f"/alignment/adapters/{name}/promote", percent="10")
    assert refused.status_code == 409
    assert "The gate has not let" in refused.text
    no_set = admin.submit(f"/alignment/adapters/{name}/gate", set_hash="none")
    assert no_set.status_code == 400
    assert "There is no frozen set" in no_set.text
    assert admin.submit("/alignment/adapters", run="0000").status_code == 400
    assert admin.submit("/alignment/rollback", role="tutor").status_code == 409
    assert admin.submit("/alignment/rollback", role="director").status_code == 404
    assert admin.get("/alignment/adapters/lyceum-tutor-none").status_code == 404


def test_one_click_rolls_back(admin: Browser, tmp_path: Path) -> None:
    name = keep(tmp_path / "a")
    with unit_of_work() as session:
        row = RolloutRow(
            id=new_id(), role="tutor", adapter=name, percent=20, state="share", started_at=now() - timedelta(hours=1)
        )
        session.add(row)
        served.serve(session, Served(role="tutor", candidate=name, percent=20, rollout=row.id))
    page = admin.get("/alignment/adapters").text
    assert "20 % of learners" in page
    done = admin.submit("/alignment/rollback", role="tutor")
    assert (done.status_code, done.headers["location"]) == (303, "/alignment/adapters")
    page = admin.get("/alignment/adapters").text
    assert "Rolled back by hand." in page
    with unit_of_work() as session:
        assert served.served(session, "tutor").names() == set()


def test_passed_it_waits_for_the_server(admin: Browser, tmp_path: Path) -> None:
    name = keep(tmp_path / "a")
    with unit_of_work() as session:
        session.add(GateRow(adapter=name, state=GateState.DONE.value, passed=True, asked_at=now()))
    assert admin.submit(f"/alignment/adapters/{name}/promote", percent="0 %").status_code == 303
    page = admin.get("/alignment/adapters").text
    assert "The model server is to load it." in page
    with unit_of_work() as session:
        assert served.served(session, "tutor").names() == set()


def test_an_empty_page_says_how_to_begin(admin: Browser) -> None:
    assert "No adapter yet" in admin.get("/alignment/adapters").text
