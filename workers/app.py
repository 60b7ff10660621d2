"""The Celery app: four queues, no results, and a clock that rings again for rows left waiting.

Commands (the `up` command and deploy/ use the same):
    celery -A workers.live worker -Q live --pool threads --concurrency 256
    celery -A workers.app worker -Q write,records,train --pool threads --concurrency 3
    celery -A workers.live beat
"""

import logging
import threading
from collections.abc import Callable

from celery import Celery
from celery.signals import worker_ready

from app.base.queue import ring
from app.base.settings import get_settings
from app.base.settling import settle
from app.inference import service as inference

HEARD = 35
"""How many seconds a stroke of the clock waits at least to be heard: longer than the clocks of two machines may lie
apart, as a worker holds the time against its own clock, and one that is ahead would hear none. What is heard late is a
look more.
"""

app = Celery("lyceum", broker=get_settings().redis_url, include=["workers.turns", "workers.tasks"])
app.conf.update(
    task_ignore_result=True,
    task_default_queue="write",
    task_create_missing_queues=True,
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "socket_timeout": 10,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "ack_emulation": False,  # no ledger of doorbells in the broker: rows are the truth, and the sweep rings again
    },
    beat_schedule_filename=str(get_settings().data / "beat"),
    beat_schedule={
        "live": {"task": "live.sweep", "schedule": 1.0, "options": {"queue": "live", "expires": HEARD}},
        "absent": {"task": "live.absent", "schedule": 10.0, "options": {"queue": "records", "expires": HEARD}},
        "previews": {"task": "live.previews", "schedule": 900.0, "options": {"queue": "records", "expires": 900}},
        "write": {"task": "write.sweep", "schedule": 4.0, "options": {"queue": "records", "expires": HEARD}},
        "keep": {"task": "records.keep", "schedule": 24 * 3600.0, "options": {"queue": "records", "expires": 3600}},
        "fit": {"task": "records.fit", "schedule": 24 * 3600.0, "options": {"queue": "records", "expires": 3600}},
        "signals": {"task": "records.signals", "schedule": 30.0, "options": {"queue": "records", "expires": HEARD}},
        "weeks": {"task": "records.weeks", "schedule": 1800.0, "options": {"queue": "records", "expires": 1800}},
        "loop": {"task": "train.loop", "schedule": 24 * 3600.0, "options": {"queue": "train", "expires": 3600}},
        "train": {"task": "train.sweep", "schedule": 5.0, "options": {"queue": "records", "expires": HEARD}},
        "rollouts": {"task": "records.rollouts", "schedule": 60.0, "options": {"queue": "records", "expires": 60}},
        "records": {"task": "records.sweep", "schedule": 4.0, "options": {"queue": "records", "expires": HEARD}},
    },
)


# The clock rings every second: told at each stroke, a day's log would be tens of megabytes.
for chatty in ("celery.app.trace", "celery.worker.strategy", "celery.beat"):
    logging.getLogger(chatty).setLevel(logging.WARNING)


def _get_ready(**_: object) -> None:
    """A worker that answers students loads what that takes before the first of them asks, beside its first jobs; and
    looks at once who waits: it may stand for one that was killed, whose bells are lost.
    """
    if "live" in app.amqp.queues.consume_from:
        ring("live.sweep")
        threading.Thread(target=_load, name="get ready", daemon=True).start()


def _load() -> None:
    inference.get_ready()
    settle()


worker_ready.connect(_get_ready, weak=False)


def task(
    name: str, failed: Callable[[Exception, str], None] | None = None
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the task of this name; the function itself stays callable and typed.

    `failed` is told of an exception that it raised, with the task's first argument.
    """

    def on_failure(_: object, error: Exception, task_id: str, args: tuple[str, ...], *more: object) -> None:
        if failed:
            failed(error, args[0])

    def register(function: Callable[..., None]) -> Callable[..., None]:
        app.task(name=name, on_failure=on_failure)(function)
        return function

    return register
