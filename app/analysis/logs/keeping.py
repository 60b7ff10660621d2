"""Digests and lines that stay in the process: a class that did not go on is neither read nor joined again."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from uuid import UUID

from app.analysis.logs.digest import Digest
from app.analysis.logs.lines import Course, Klass, Lines

MOST = 8
"""Of how many courses the figures are kept, in each process; a course of 1,500 classes takes some 20 MB."""

Stamp = tuple[int, int, datetime]
"""Up to which seq a digest tells, by which rules, and when it was made: a line changed in place has it made anew."""
Signature = tuple[Course, tuple[tuple[Klass, Stamp], ...]]


@dataclass
class KeptLogs:
    """What is kept of one course: digests by class, and the lines last told by whether for research."""

    digests: dict[UUID, tuple[Stamp, Digest]] = field(default_factory=dict)
    lines: dict[bool, tuple[Signature, Lines]] = field(default_factory=dict)


_courses: OrderedDict[UUID, KeptLogs] = OrderedDict()
_lock = Lock()


def kept_logs(course_id: UUID) -> KeptLogs:
    """What is kept of this course, empty at first. Its values are put and taken whole, so that threads may share it."""
    with _lock:
        found = _courses.setdefault(course_id, KeptLogs())
        _courses.move_to_end(course_id)
        while len(_courses) > MOST:
            _courses.popitem(last=False)
        return found


def forget() -> None:
    """Keep nothing any more."""
    with _lock:
        _courses.clear()
