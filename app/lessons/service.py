"""The verbs of the lessons room."""

from app.lessons.access import access_lesson, lessons_of, start
from app.lessons.checking import checked
from app.lessons.editing import edit_page, rewrite_page, write_by_hand
from app.lessons.naming import ask_for_names, call_off, name_structure, proposal_of, unnamed
from app.lessons.runs.carrying import carry_on
from app.lessons.versions import approve, latest_version, script
from app.lessons.writing import open_pages, sweep

__all__ = [
    "access_lesson",
    "approve",
    "ask_for_names",
    "call_off",
    "carry_on",
    "checked",
    "edit_page",
    "latest_version",
    "lessons_of",
    "name_structure",
    "open_pages",
    "proposal_of",
    "rewrite_page",
    "script",
    "start",
    "sweep",
    "unnamed",
    "write_by_hand",
]
