"""The lines and results of what is analysed, read once for all parts that need them."""

from typing import NamedTuple

import numpy as np

from app.analysis.logs.coded import RuleAgreement, take_codes
from app.analysis.logs.lines import Lines, Results
from app.analysis.logs.reading import course_lines
from app.analysis.logs.released import released
from app.analysis.logs.results import course_results
from app.analysis.subject import Subject
from app.base.db import now
from app.base.errors import Invalid


class Records(NamedTuple):
    """What was read. `as_of`: the moment up to which is told (seconds since 1970); of a release its last
    event, or the end of time where learners' times were moved apart.
    """

    lines: Lines
    results: Results
    agreements: list[RuleAgreement]
    as_of: float


def records_of(subject: Subject) -> Records:
    """The records of a subject; the same ones where they were read in this session before."""
    course_id = subject.source.course_id
    if subject.session is None or course_id is None:
        if subject.folder is None:
            raise Invalid("There is neither a course nor a release to read.")
        lines, results = released(subject.folder, subject.course)
        as_of = np.inf if lines.course.is_shifted else _latest(lines, results)
        return Records(lines, results, [], as_of)
    kept = subject.session.info.setdefault("records", {})
    key = (course_id, subject.for_research)
    if key not in kept:
        lines = course_lines(subject.session, course_id, subject.for_research)
        lines, codes = take_codes(subject.session, course_id, lines)
        results = course_results(subject.session, course_id, lines)
        kept[key] = Records(lines, results, codes, max(now().timestamp(), _latest(lines, results)))
    found: Records = kept[key]
    return found


def _latest(lines: Lines, results: Results) -> float:
    """The last thing that is recorded."""
    times = [*lines["at"].max(initial=0.0, keepdims=True), *results.seen[np.isfinite(results.seen)]]
    return float(max(times))
