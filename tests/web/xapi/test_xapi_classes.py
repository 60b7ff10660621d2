"""Statements made of classes are found through /xapi beside those that clients write."""

from uuid import UUID

import pytest
from making import Made, make_lesson
from parts import Services
from sqlalchemy import select
from xapi_store import Store, open_store, statement

from app.base.db import unit_of_work
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, Draft, Kind, Voice
from app.records import projecting
from app.records import service as records
from app.records.lrs import keys
from app.records.lrs import service as lrs
from app.records.lrs.laying import relay
from app.records.lrs.models import StatementLink
from app.records.lrs.schema import NewStatement, Scope
from app.records.models import StatementRow


@pytest.fixture
def made(db: Services) -> Made:
    return make_lesson()


@pytest.fixture
def class_id(made: Made) -> UUID:
    """A class in which a student asked something."""
    with unit_of_work() as session:
        found = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        log = OpenLog.lock(session, found)
        log.append(Draft(kind=Kind.PAGE, body=Body(page=1, action=0, cause="script")))
        log.append(
            Draft(kind=Kind.ASKED, voice=Voice.STUDENT, person_id=made.student.id, body=Body(text="Why?", page=1))
        )
    assert records.project(found) == 3
    return found


def learner(made: Made) -> dict:
    return {"account": {"homePage": get_settings().public_url.rstrip("/"), "name": str(made.student.id)}}


def test_a_reader_sees_classes_too(made: Made, class_id: UUID) -> None:
    store = open_store()
    written = store.stored(actor=learner(made))["id"]
    found = store.get(agent=learner(made)).json()["statements"]
    assert found[0]["id"] == written
    assert [one["verb"]["id"].rsplit("/", 1)[-1] for one in found[1:]] == ["asked", "experienced", "initialized"]
    assert all(one["authority"]["account"]["name"] == "lyceum" for one in found[1:])
    assert all(one["stored"] and one["version"] == "1.0.0" for one in found[1:])
    assert len(store.found(registration=str(class_id))) == 3
    course = f"{get_settings().public_url.rstrip('/')}/courses/{made.course_id}"
    assert len(store.found(activity=course, related_activities="true")) == 3
    told = store.get("activities", activityId=course).json()
    assert told["definition"]["name"] == {"en": "Biology"}


def test_what_classes_say_is_sound_by_the_standard(made: Made, class_id: UUID) -> None:
    store = open_store()
    found = store.get(registration=str(class_id)).json()["statements"]
    for one in found:
        assert store.post({name: one[name] for name in one if name not in ("stored", "authority")}).status_code == 200
    assert len(store.found(registration=str(class_id))) == 3, "they are the same statements"


def test_a_client_of_a_course_sees_and_writes_there_alone(made: Made, class_id: UUID) -> None:
    with unit_of_work() as session:
        bound = lrs.add_credential(session, "Bound", [Scope.ALL], made.course_id)
    everywhere, here = open_store(), Store(bound.key, bound.secret)
    elsewhere = everywhere.stored()["id"]
    own = here.stored()["id"]
    assert own in here.found()
    assert len(here.found()) == 4
    assert here.get(statementId=elsewhere).status_code == 404
    void = {"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}, "actor": statement()["actor"]}
    assert here.post({**void, "object": {"objectType": "StatementRef", "id": elsewhere}}).status_code == 403
    assert here.post({**void, "object": {"objectType": "StatementRef", "id": own}}).status_code == 200
    here.send("PUT", "activities/profile", {"activityId": "https://a.b", "profileId": "p"}, json={})
    assert everywhere.get("activities/profile", activityId="https://a.b").json() == []
    with unit_of_work() as session:
        lrs.revoke_credential(session, bound.key)
    assert here.get().status_code == 401


def test_clients_statements_disturb_no_page_of_ours(made: Made, class_id: UUID) -> None:
    with unit_of_work() as session:
        bound = lrs.add_credential(session, "Bound", [Scope.ALL], made.course_id)
    before = _pages(made)
    Store(bound.key, bound.secret).stored(actor=learner(made))
    assert _pages(made) == before


def _pages(made: Made) -> list[object]:
    with unit_of_work() as session:
        return [
            records.learner_record(session, made.student),
            records.attendance(session, made.course_id),
            records.questions_asked(session, made.course_id),
            "".join(records.export_csv(session, made.course_id)),
        ]


def test_rebuilding_keeps_the_index_true(made: Made, class_id: UUID) -> None:
    with unit_of_work() as session:
        row = session.scalars(select(StatementRow).order_by(StatementRow.seq.desc())).first()
        assert row is not None
        links = session.scalars(select(StatementLink).where(StatementLink.statement_id == row.id)).all()
        before = {(link.key, link.direct, link.stored_at) for link in links}
        wanted, document = row.id, {**row.document, "object": {"id": "https://a.example/else"}}
        older = NewStatement(wanted, row.verb, document, *keys.links(document), registration=class_id)
        assert relay(session, [older]) == {wanted}
    assert open_store().found(activity="https://a.example/else") == [str(wanted)]
    assert projecting.rebuild(class_id) == 1
    with unit_of_work() as session:
        links = session.scalars(select(StatementLink).where(StatementLink.statement_id == wanted)).all()
        assert {(link.key, link.direct, link.stored_at) for link in links} == before
    assert open_store().found(activity="https://a.example/else") == []
