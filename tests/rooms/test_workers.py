"""Which tasks which worker knows: the live queue's alone has nothing to load that does not answer students."""

import json
import subprocess
import sys

import pytest
from celery.signals import worker_ready

from app.base.settings import ROOT
from app.classroom.directing.director import CLOCK_SLACK
from workers import app as worker
from workers.app import app

LOOK = """
import importlib, json, sys
app = importlib.import_module({module!r}).app
app.loader.import_default_modules()
print(json.dumps([sorted(name for name in app.tasks if not name.startswith("celery.")), sorted(sys.modules)]))
"""
LIVE = ["live.retell", "live.sweep", "live.turn", "live.warm"]
HEAVY = ("app.analysis", "app.alignment", "app.records", "app.exchange", "scipy", "workers.tasks")


def known(module: str) -> tuple[list[str], set[str]]:
    """The tasks of the Celery app in a module, and what was loaded for them, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", LOOK.format(module=module)], cwd=ROOT, capture_output=True, check=True)
    tasks, modules = json.loads(done.stdout)
    return tasks, set(modules)


def test_the_worker_of_the_live_queue_loads_what_a_class_needs_and_nothing_else() -> None:
    tasks, modules = known("workers.live")
    assert tasks == LIVE
    assert not modules & set(HEAVY)


def test_one_worker_for_all_queues_knows_every_task_that_is_rung_for() -> None:
    tasks, _ = known("workers.app")
    assert set(LIVE) < set(tasks)
    by_the_clock = {(one["task"], one["options"]["queue"]) for one in app.conf.beat_schedule.values()}
    assert {task for task, _ in by_the_clock} <= set(tasks)
    assert {task for task, queue in by_the_clock if queue == "live"} <= set(LIVE)


def test_a_worker_whose_clock_is_ahead_hears_the_clock_all_the_same() -> None:
    """Each job's end is a time of the clock's machine, held against the worker's own."""
    lasting = {name: one["options"]["expires"] for name, one in app.conf.beat_schedule.items()}
    assert {name: seconds for name, seconds in lasting.items() if seconds <= CLOCK_SLACK.total_seconds()} == {}


@pytest.mark.parametrize(("queues", "rung"), [(["live"], ["live.sweep"]), (["write", "records"], [])])
def test_who_answers_students_looks_at_once_who_waits(
    monkeypatch: pytest.MonkeyPatch, queues: list[str], rung: list[str]
) -> None:
    """It may stand for a worker that was killed, and the bells which that one had taken are lost."""
    heard: list[str] = []
    monkeypatch.setattr(worker, "ring", heard.append)
    monkeypatch.setattr(worker.inference, "get_ready", lambda: None)
    monkeypatch.setattr(app.amqp.queues, "_consume_from", dict.fromkeys(queues))
    worker_ready.send(sender=None)
    assert heard == rung
