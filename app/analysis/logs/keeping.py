"""Digests and lines that stay in the process: a class that did not go on is neither read nor joined again."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from app.analysis.logs.digest import Digest
from app.analysis.logs.lines import Course, Klass, Lines
from app.base.newest import ById

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


_courses = ById(KeptLogs, MOST)
kept_logs = _courses.of
"""What is kept of a course, empty at first. Its values are put and taken whole, so that threads may share it."""
forget = _courses.forget
