"""Words from outside as data in this room's prompts; see app/base/marks.py."""

from app.base.marks import data, without_marks

__all__ = ["data", "without_marks"]
