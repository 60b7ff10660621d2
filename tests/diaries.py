"""Class logs written by hand for analyses: each class a list of short words, at a pace of ten seconds a line."""

from collections.abc import Sequence

import numpy as np

from app.analysis.logs.digest import Event, digest, key_of
from app.analysis.logs.lines import Course, Klass, LessonFacts, Lines, Page, Results, Version, joined
from app.classroom.schema import Kind

DAY = 86400.0
Entry = tuple[str, str] | tuple[str, str, dict[str, object]]
"""Who or what, its words or number, and more of its body: ("student", "Why?"), ("page", "2"), ("end", "finished")."""


def event(seq: int, at: float, entry: Entry, person: str) -> Event:
    """A line of a log."""
    who, what = entry[0], entry[1]
    body: dict[str, object] = dict(entry[2]) if len(entry) > 2 else {}
    kinds = {
        "start": Kind.STARTED,
        "page": Kind.PAGE,
        "end": Kind.ENDED,
        "pause": Kind.PAUSED,
        "resume": Kind.RESUMED,
        "skip": Kind.SKIPPED,
    }
    if who == "student":
        return Event(seq, at, Kind.ASKED.value, "student", person, {"text": what, **body})
    if who == "page":
        return Event(seq, at, Kind.PAGE.value, "", "", {"page": int(what), "cause": "script", **body})
    if who in kinds:
        return Event(seq, at, kinds[who].value, "", person, {"cause": what, **body})
    return Event(seq, at, Kind.SAID.value, who, "", {"text": what, **body})


def diary(entries: Sequence[Entry], person: str, start: float = 0.0, pace: float = 10.0) -> list[Event]:
    """A log, of which each entry may set its own moment by "at" (seconds from the start) in its body."""
    found = []
    for seq, entry in enumerate(entries, start=1):
        body = entry[2] if len(entry) > 2 else {}
        at = start + float(body.get("at", pace * (seq - 1)))  # type: ignore[arg-type]
        found.append(event(seq, at, entry, person))
    return found


def a_course(learners: int, modules: int = 1, pages: int = 3, versions: int = 1) -> Course:
    """A course with a lesson a module; each page's script says ten words times its number."""
    told = tuple(Page(number, f"Page {number}", False, 10 * number) for number in range(1, pages + 1))
    lessons = tuple(LessonFacts(f"lesson-{at}", f"Lesson {at}", at, "", told) for at in range(modules))
    approved = tuple(Version(f"v{at}-{n}", at, n + 1) for at in range(modules) for n in range(versions))
    people = tuple(f"person-{at:03d}" for at in range(learners))
    return Course(
        tuple(f"Module {at}" for at in range(modules)), tuple(map(str, range(modules))), lessons, approved, people
    )


def lines_of(
    course: Course, classes: Sequence[tuple[int, int, Sequence[Event]]], versions: Sequence[int] = ()
) -> Lines:
    """Lines of classes, each told as (learner, lesson, log)."""
    told, parts = [], []
    for at, (learner, lesson, log) in enumerate(classes):
        start = log[0].at if log else 0.0
        told.append(Klass(f"class-{at}", lesson, versions[at] if versions else lesson, learner, False, start))
        parts.append(tuple(digest(log)))
    return joined(course, told, parts, np.array([key_of(one) for one in course.learners], dtype=np.int64))


def no_results(course: Course, seen: float = 0.0) -> Results:
    """Nobody took a test; everybody was last heard of at a moment."""
    shape = (len(course.learners), len(course.modules))
    nothing = np.full(shape, np.nan)
    return Results(nothing, nothing.copy(), np.full(len(course.learners), seen))
