"""From a release's tables to the same figures as out of the database, under the release's own names."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import numpy as np

from app.analysis.logs.digest import Digest, Event, digest, key_of
from app.analysis.logs.lines import Course, Klass, LessonFacts, Lines, Page, Results, Version, joined
from app.analysis.reading import table_rows
from app.assessment.documents import Purpose
from app.classroom.schema import Kind
from app.records.release.columns import Row, Value
from app.records.release.verifying import read_manifest

UNTOLD = -1
"""In place of the seq of a question that a release does not tell; words that reply to one are a reply all the same."""
BODY = ("page", "action", "asks", "intent", "verdict", "cause", "fallback", "model", "characters", "text")


@lru_cache(maxsize=2)
def released(folder: Path, course: str) -> tuple[Lines, Results]:
    """The lines and results of a course in a release. Without its words, messages are coded by their intents."""
    classes = [row for row in table_rows(folder, "classes") if not course or row["course_id"] == course]
    sittings = [row for row in table_rows(folder, "sittings") if not course or row["course_id"] == course]
    logs = dict(_logs(table_rows(folder, "events")))
    facts, lesson_at, version_at = _course(classes, sittings, logs, read_manifest(folder).spec.shift)
    learner_at = {one: at for at, one in enumerate(facts.learners)}
    told, parts = [], []
    for row in sorted(classes, key=lambda row: (_moment(row["started_at"]), str(row["class_id"]))):
        found = logs.get(str(row["class_id"]))
        if found is None or not len(found.figures):
            continue
        learner = -1 if row["is_shared"] else learner_at.get(str(row["learner"]), -1)
        version = version_at[str(row["version_id"])]
        lesson = lesson_at[str(row["lesson_id"])]
        told.append(
            Klass(str(row["class_id"]), lesson, version, learner, bool(row["is_shared"]), _moment(row["started_at"]))
        )
        parts.append((found.figures, found.names))
    keys = np.array([key_of(one) for one in facts.learners], dtype=np.int64)
    lines = joined(facts, told, parts, keys)
    return lines, _results(facts, sittings, lines)


def _logs(rows: Iterable[Row]) -> Iterator[tuple[str, Digest]]:
    """The digests of classes whose events stand together, as they do in a release."""
    for class_id, some in groupby(rows, lambda row: str(row["class_id"])):
        events = list(some)
        seq_of = {row["event_id"]: row["seq"] for row in events}
        yield class_id, digest(_event(row, _answers(row, seq_of)) for row in events)


def _answers(row: Row, seq_of: Mapping[Value, Value]) -> Value:
    """The seq of what an event answers; None where it answers nothing."""
    is_withheld = row["reply_withheld"] and row["kind"] == Kind.ASKED
    return UNTOLD if is_withheld else seq_of.get(row["reply_to"])


def _event(row: Row, answers: object) -> Event:
    body: dict[str, object] = {name: row.get(name) for name in BODY if row.get(name) is not None}
    body |= {"move": row.get("tutor_action"), "answers": answers}
    role, seq = str(row["role"] or ""), row["seq"]
    voice = role if role not in ("student", "instructor", "class") else ""
    return Event(
        seq=seq if isinstance(seq, int) else 0,
        at=_moment(row["at"]),
        kind=str(row["kind"]),
        voice=voice,
        person=str(row["actor"]) if row["actor"] else "",
        body=body,
    )


def _moment(value: object) -> float:
    return value.timestamp() if isinstance(value, datetime) else float("nan")


def _course(
    classes: list[Row], sittings: list[Row], logs: dict[str, Digest], is_shifted: bool
) -> tuple[Course, dict[str, int], dict[str, int]]:
    """A release names neither modules of lessons nor pages: lessons in the order in which learners attend them are
    taken for the modules, tests' modules in the order in which they sit them, and pages are those that were shown.
    """
    in_time = sorted(classes, key=lambda row: _moment(row["started_at"]))
    lessons = _in_order(in_time, "lesson_id", "started_at")
    versions = list(dict.fromkeys((str(row["version_id"]), str(row["lesson_id"])) for row in in_time))
    tested = _in_order([row for row in sittings if row["module_id"]], "module_id", "began_at")
    wide = max(len(lessons), len(tested))
    lesson_at = {one: at for at, one in enumerate(lessons)}
    highest = dict.fromkeys(lessons, 0)
    for row in classes:
        if (found := logs.get(str(row["class_id"]))) is not None and len(found.figures):
            lesson = str(row["lesson_id"])
            highest[lesson] = max(highest[lesson], int(found.figures["page"].max()))
    facts = tuple(
        LessonFacts(one, f"Lesson {at + 1}", at, "", tuple(Page(number) for number in range(1, highest[one] + 1)))
        for at, one in enumerate(lessons)
    )
    numbers = {version: [v for v, own in versions if own == lesson].index(version) + 1 for version, lesson in versions}
    told = tuple(Version(version, lesson_at[lesson], numbers[version]) for version, lesson in versions)
    people = {str(row["learner"]) for row in (*classes, *sittings) if row["learner"]}
    titles = tuple(f"Module {at + 1}" for at in range(wide))
    ids = tuple(tested[at] if at < len(tested) else f"lesson {at + 1}" for at in range(wide))
    course = Course(titles, ids, facts, told, tuple(sorted(people)), is_shifted)
    return course, lesson_at, {version: at for at, (version, _) in enumerate(versions)}


def _in_order(rows: list[Row], thing: str, at: str) -> list[str]:
    """Things by their mean place among those of each learner, as learners' times may have been moved apart."""
    first: dict[str, dict[str, float]] = defaultdict(dict)
    for row in rows:
        own = first[str(row["learner"])]
        own[str(row[thing])] = min(own.get(str(row[thing]), float("inf")), _moment(row[at]))
    places: dict[str, list[int]] = defaultdict(list)
    for own in first.values():
        for place, one in enumerate(sorted(own, key=lambda name: own[name])):
            places[one].append(place)
    return sorted(places, key=lambda one: (sum(places[one]) / len(places[one]), one))


def _results(course: Course, sittings: list[Row], lines: Lines) -> Results:
    shape = (len(course.learners), len(course.modules))
    raw = {one: np.zeros(shape) for one in (Purpose.PRE, Purpose.POST, Purpose.QUIZ)}
    points = {one: np.zeros(shape) for one in raw}
    learner_at = {one: at for at, one in enumerate(course.learners)}
    module_at = {one: at for at, one in enumerate(course.module_ids)}
    seen = np.full(len(course.learners), -np.inf)
    known = lines.learner >= 0
    np.maximum.at(seen, lines.learner[known], lines["at"][known])
    for row in sittings:
        learner, module = learner_at.get(str(row["learner"]), -1), module_at.get(str(row["module_id"]), -1)
        if learner < 0:
            continue
        seen[learner] = np.fmax(seen[learner], _moment(row["began_at"]))
        purpose = next((one for one in raw if one == row["purpose"]), None)
        if purpose and module >= 0 and isinstance(row["raw"], float | int):
            raw[purpose][learner, module] += float(row["raw"])
            points[purpose][learner, module] += float(row["points"] or 0)  # type: ignore[arg-type]
    share = {one: np.divide(raw[one], points[one], out=np.full(shape, np.nan), where=points[one] > 0) for one in raw}
    after = np.where(np.isnan(share[Purpose.POST]), share[Purpose.QUIZ], share[Purpose.POST])
    return Results(share[Purpose.PRE], after, np.where(np.isfinite(seen), seen, np.nan))
