"""The door for time: the Celery app, its clock, and tasks that open a unit of work and call a room."""
