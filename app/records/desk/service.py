"""The verbs of the desk."""

from app.records.desk.coding import (
    create_project,
    give_code,
    hand_in,
    possible_coders,
    project_view,
    projects_of,
    undo,
    unit_for,
)
from app.records.desk.machine import cancel_model, code_with_model, overdue, start_model
from app.records.desk.reading import count_records, read_records, reader_of
from app.records.desk.replay import replay
from app.records.desk.results import codes_csv, decide, results
from app.records.desk.tokens import my_tokens, new_token, reader_by, revoke

__all__ = [
    "cancel_model",
    "code_with_model",
    "codes_csv",
    "count_records",
    "create_project",
    "decide",
    "give_code",
    "hand_in",
    "my_tokens",
    "new_token",
    "overdue",
    "possible_coders",
    "project_view",
    "projects_of",
    "read_records",
    "reader_by",
    "reader_of",
    "replay",
    "results",
    "revoke",
    "start_model",
    "undo",
    "unit_for",
]
