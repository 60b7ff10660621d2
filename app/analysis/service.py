"""The verbs of the analysis room."""

from app.analysis.keeping import parts_of
from app.analysis.report import PARTS, make_parts, maker, next_things
from app.analysis.subject import Subject, read_course, read_release
from app.analysis.weekly import digest_of, digests, make_digest
from app.analysis.weekly import overdue as digests_due

__all__ = [
    "PARTS",
    "Subject",
    "digest_of",
    "digests",
    "digests_due",
    "make_digest",
    "make_parts",
    "maker",
    "next_things",
    "parts_of",
    "read_course",
    "read_release",
]
