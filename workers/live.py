"""The Celery app of a worker that serves the live queue alone, and of the clock, which runs no task."""

from workers.app import app

app.conf.include = ["workers.turns"]
