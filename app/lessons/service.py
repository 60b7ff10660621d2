"""The verbs of the lessons room."""

from app.lessons.access import access_lesson, lessons_of, start
from app.lessons.editing import edit_page, rewrite_page, write_by_hand
from app.lessons.versions import approve, latest_version, script
from app.lessons.writing import open_pages, overdue, write_page

__all__ = [
    "access_lesson",
    "approve",
    "edit_page",
    "latest_version",
    "lessons_of",
    "open_pages",
    "overdue",
    "rewrite_page",
    "script",
    "start",
    "write_by_hand",
    "write_page",
]
