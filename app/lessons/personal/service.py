"""The verbs of personal versions."""

from app.lessons.personal.keeping import (
    access_personal,
    forget_profile,
    is_of,
    is_on,
    keep_profile,
    pages_of,
    profile_of,
    switch,
    take_out,
    version_for,
    versions_for,
    versions_of,
    words_for,
)
from app.lessons.personal.rewriting import overdue, rewrite

__all__ = [
    "access_personal",
    "forget_profile",
    "is_of",
    "is_on",
    "keep_profile",
    "overdue",
    "pages_of",
    "profile_of",
    "rewrite",
    "switch",
    "take_out",
    "version_for",
    "versions_for",
    "versions_of",
    "words_for",
]
