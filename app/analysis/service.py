"""The verbs of the analysis room."""

from app.analysis.report import PARTS, make_parts, maker, next_things
from app.analysis.subject import Subject, read_course, read_release

__all__ = ["PARTS", "Subject", "make_parts", "maker", "next_things", "read_course", "read_release"]
