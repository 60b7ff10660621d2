"""Answers as statements: once each, their marks as they come, in the published profile, and the same when rebuilt."""

import json
from uuid import UUID

import pytest
from examining import Room, make_room
from parts import Services
from sqlalchemy import delete, select
from test_assessment_marking import GOOD, answered, overrule
from test_assessment_marking import room as room
from test_records_statements import breaches

from app.assessment import service as assessment
from app.assessment.schema import Response
from app.base.db import unit_of_work
from app.records import service as records
from app.records.models import Bookmark, StatementRow
from app.records.profile import EXTENSION
from app.records.schema import Statement


def stored() -> list[Statement]:
    with unit_of_work() as session:
        rows = session.scalars(select(StatementRow).order_by(StatementRow.stored_at, StatementRow.id)).all()
        assert all(row.class_id is None and row.person_id and row.course_id for row in rows)
        return [Statement.model_validate(row.document) for row in rows]


def verbs() -> list[str]:
    return sorted(one.verb.id.rsplit("/", 1)[-1] for one in stored())


def documents() -> dict[UUID, str]:
    return {one.id: json.dumps(one.document(), sort_keys=True) for one in stored()}


def of(verb: str) -> list[Statement]:
    return [one for one in stored() if one.verb.id.endswith("/" + verb)]


def test_a_test_handed_in_is_its_answers_and_its_end(db: Services) -> None:
    room = make_room()
    sitting_id = room.start()
    first, *_ = [one.view.version_id for one in room.sitting(sitting_id).questions]
    room.save(sitting_id, first, Response(chosen=["r1"]))
    assert records.follow_answers() == 0
    room.submit(sitting_id)
    with unit_of_work() as session:
        assert records.answers_wait(session)
    assert records.follow_answers() == 2
    with unit_of_work() as session:
        assert not records.answers_wait(session)
    assert (records.follow_answers(), verbs()) == (0, ["answered", "completed"])
    [answer] = of("answered")
    assert answer.result
    assert answer.result.score
    assert (answer.result.success, answer.result.score.scaled) == (True, 1.0)
    assert answer.context.extensions[EXTENSION + "graded-by"] == "code"
    assert answer.context.registration == sitting_id
    assert [breach for one in stored() for breach in breaches(one.document())] == []


def test_marks_that_come_later_are_statements_of_their_own(room: Room, stub: object) -> None:
    stub.script(GOOD)  # type: ignore[attr-defined]
    attempt_id = answered(room)
    records.follow_answers()
    [answer] = of("answered")
    assert (answer.result and answer.result.score) is None
    assessment.grade(attempt_id)
    records.follow_answers()
    overrule(room, attempt_id, [2, 1], "Right.")
    with unit_of_work() as session:
        assessment.withdraw_item(session, room.instructor, room.item_ids[0], "Unfair.")
    records.follow_answers()
    scored = of("scored")
    assert [one.context.statement and one.context.statement.id for one in scored] == [answer.id] * 3
    assert [one.context.extensions[EXTENSION + "graded-by"] for one in scored] == ["model", "instructor", "withdrawal"]
    assert [bool(one.result and one.result.success) for one in scored] == [False, True, False]
    assert of("answered") == [answer]


def test_a_rebuild_gives_the_same_rows(room: Room, stub: object) -> None:
    stub.script(GOOD)  # type: ignore[attr-defined]
    attempt_id = answered(room)
    records.follow_answers()
    assessment.grade(attempt_id)
    records.follow_answers()
    before = documents()
    assert (records.rebuild_answers(), documents()) == (0, before)
    with unit_of_work() as session:
        session.execute(delete(StatementRow).where(StatementRow.id == of("scored")[0].id))
        session.execute(delete(Bookmark))
    assert (records.rebuild_answers(), documents()) == (1, before)


def test_a_crash_between_batches_stores_each_answer_once(db: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    room = make_room()
    sitting_id = room.start()
    for question in room.sitting(sitting_id).questions[:3]:
        room.save(sitting_id, question.view.version_id, Response(text="1", chosen=[]))
    room.submit(sitting_id)
    monkeypatch.setattr("app.records.following.BATCH", 1)
    real, calls = assessment.attempts_after, []

    def breaks(*given: object) -> object:
        calls.append(given)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr("app.records.following.assessment.attempts_after", breaks)
    with pytest.raises(RuntimeError):
        records.follow_answers()
    records.follow_answers()
    assert len(verbs()) == len(set(documents()))
    assert verbs().count("completed") == 1
