"""Training runs as jobs: a real worker, a real child that trains, kills, and what the row says about it."""

import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import psutil
import pytest
from parts import Services, start_clock, start_worker
from schools import person
from training import HASH, QUICK, write_set

from app.accounts.schema import SiteRole, Who
from app.alignment.runs import service as runs
from app.alignment.runs.files import progress_of
from app.alignment.runs.models import AlignmentRun
from app.alignment.runs.recipes import load_recipe
from app.alignment.runs.schema import CHECKPOINTS, Method, Recipe, RunView, State, Training, run_folder
from app.base.db import now, unit_of_work
from app.base.embedded.processes import Child
from app.base.errors import Invalid, NotFound
from app.base.settings import get_settings

pytestmark = pytest.mark.usefixtures("db")
PATIENCE = 240


@pytest.fixture
def worker(db: Services) -> Iterator[Child]:
    """A worker and the clock for one test alone: they would carry out the runs of the others."""
    clock, child = start_clock(db), start_worker(db)
    yield child
    child.stop()
    clock.stop()


@pytest.fixture
def admin(db: object) -> Who:
    write_set()
    return person(SiteRole.ADMIN)


def _asked(who: Who, *methods: Method, **settings: object) -> list[UUID]:
    training = {one: Training.model_validate({**QUICK.model_dump(), **settings}) for one in methods}
    recipe = Recipe(name="own", base="tiny", methods=methods, threads=1, training=training)
    with unit_of_work() as session:
        return runs.request(session, who, runs.orders_of(recipe, HASH))


def _look(who: Who, run_id: UUID) -> RunView:
    with unit_of_work() as session:
        return runs.access(session, who, run_id)


def _wait(who: Who, run_id: UUID, *states: State) -> RunView:
    deadline = time.monotonic() + PATIENCE
    while (found := _look(who, run_id)).state not in states:
        assert time.monotonic() < deadline, found
        assert found.is_open, found
        time.sleep(0.2)
    return found


def test_a_killed_worker_and_its_orphan_give_way_to_the_next(admin: Who, worker: Child) -> None:
    sft, dpo = _asked(admin, Method.SFT, Method.DPO, epochs=30.0)
    _wait(admin, sft, State.RUNNING)
    deadline = time.monotonic() + PATIENCE
    while not list((run_folder(sft) / CHECKPOINTS).glob("checkpoint-*/trainer_state.json")):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert worker.process is not None
    worker.process.kill()
    worker.end_group()
    worker.start()
    worker.wait_ready()
    done = _wait(admin, sft, State.DONE)
    assert done.manifest is not None
    assert done.manifest.resumed_at > 0
    assert (done.step, done.steps) == (120, 120)
    assert [one.step for one in progress_of(run_folder(sft)) if one.phase == "train"] == list(range(1, 121))
    # The second run went on from the first one's adapter; it is stopped in the middle, and its child is gone then.
    deadline = time.monotonic() + PATIENCE
    while (view := _look(admin, dpo)).step < 2:
        assert time.monotonic() < deadline
        assert view.is_open
        time.sleep(0.2)
    with unit_of_work() as session:
        runs.cancel(session, admin, dpo)
    stopped = _wait(admin, dpo, State.CANCELLED)
    assert "on request" in stopped.problem
    assert stopped.margin is not None
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(dpo) in " ".join(one.info["cmdline"] or [])]


def test_a_run_that_cannot_be_carried_out_says_why(admin: Who) -> None:
    (run,) = _asked(admin, Method.KTO, batch=1)
    runs.carry_out(run)
    found = _look(admin, run)
    assert found.state is State.FAILED
    assert "set `batch` to 2" in found.problem
    with unit_of_work() as session:
        runs.resume(session, admin, run)
    assert _look(admin, run).state is State.WAITING


def test_one_run_trains_at_a_time_on_a_machine(admin: Who) -> None:
    first, second = _asked(admin, Method.SFT, Method.REWARD)
    from app.alignment.runs.job import adopt

    adopt(_look(admin, first).order)
    runs.carry_out(second)
    assert _look(admin, second).state is State.WAITING
    with unit_of_work() as session:
        assert runs.overdue(session) == [second]


def test_nobody_goes_on_unasked_with_a_run_whose_command_ended(admin: Who) -> None:
    from app.alignment.runs.job import adopt

    (run,) = _asked(admin, Method.SFT)
    adopt(_look(admin, run).order)
    with unit_of_work() as session:
        session.query(AlignmentRun).update({"lease_until": now() - timedelta(seconds=1)})
    with unit_of_work() as session:
        assert runs.overdue(session) == [run]
    runs.carry_out(run)
    found = _look(admin, run)
    assert (found.state, found.steps) == (State.CANCELLED, 0)
    assert "The command that trained this run ended" in found.problem
    with unit_of_work() as session:
        assert runs.overdue(session) == []
        runs.resume(session, admin, run)
    runs.carry_out(run)
    assert _look(admin, run).state is State.DONE


def test_a_command_that_is_interrupted_says_so_at_once(admin: Who, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.alignment.runs import together

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    (run,) = _asked(admin, Method.SFT)
    monkeypatch.setattr(together, "carry", interrupted)
    with pytest.raises(KeyboardInterrupt):
        together.carry_together([_look(admin, run).order])
    assert _look(admin, run).state is State.CANCELLED


def test_students_see_nothing_and_teachers_do(admin: Who) -> None:
    (run,) = _asked(admin, Method.SFT)
    student = person(SiteRole.STUDENT, "sam")
    with pytest.raises(NotFound):
        _look(student, run)
    with pytest.raises(NotFound):
        _asked(student, Method.SFT)


def test_recipes_are_read_and_faults_are_placed(tmp_path) -> None:
    for name in runs.recipe_names():
        recipe = load_recipe(name)
        assert set(recipe.methods) <= recipe.training.keys()
    for words, told in (
        ("base = 'tiny'\nmethods = ['sft']\n[training.sft]\nrate = -1", r"training.sft.rate: .*greater than 0"),
        ("base = 'tiny'\nmethods = ['sft', 'ppo']\n[training.sft]", "methods.1"),
        ("base = 'tiny'\nmethods = ['sft', 'dpo']\n[training.sft]", "no section for dpo"),
        ("base = ", "no recipe in TOML"),
    ):
        path = tmp_path / "own.toml"
        path.write_text(words)
        with pytest.raises(Invalid, match=told):
            load_recipe(str(path))
    with pytest.raises(Invalid, match="no training recipe 'none'"):
        load_recipe("none")


def test_a_child_is_told_none_of_the_platforms_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    from app.alignment.runs.carrying import carry

    monkeypatch.setenv("LYCEUM_ESCROW_SECRET", "hush")
    seen = carry([tmp_path], lambda: False, ["sh", "-c", "env; exit 1"])
    said = (tmp_path / "log.txt").read_text()
    assert seen.state == "failed"
    assert "OMP_WAIT_POLICY" in said
    assert "hush" not in said
    assert get_settings().database_url not in said
    with unit_of_work() as session:
        assert session.query(AlignmentRun).count() == 0


def test_a_child_that_is_killed_is_taken_for_want_of_memory(tmp_path) -> None:
    from app.alignment.runs.carrying import carry

    told = carry([tmp_path], lambda: False, ["sh", "-c", "kill -9 $$"])
    assert told.state == "failed"
    assert "killed by signal 9" in told.sentence
    assert "lower `tokens` or `batch`" in told.sentence
