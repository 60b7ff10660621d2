"""The verbs of the desk."""

from app.records.desk.reading import count_records, read_records, reader_of
from app.records.desk.replay import replay
from app.records.desk.tokens import my_tokens, new_token, reader_by, revoke

__all__ = [
    "count_records",
    "my_tokens",
    "new_token",
    "read_records",
    "reader_by",
    "reader_of",
    "replay",
    "revoke",
]
