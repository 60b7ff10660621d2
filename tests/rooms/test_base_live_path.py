"""What the busiest path does by itself instead of asking a library: statements, doorbells, the wire of a reply."""

import json
import os
import socket
import threading
import time
from base64 import b64decode
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
from parts import Services
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from stub_model import Scripted, StubModel

from app.base.db import get_engine, run_sql, unit_of_work
from app.base.embedded.address import kept_environment, use_environment
from app.base.queue import get_redis, get_sender, message, ring
from app.inference import reading, service, streaming
from app.inference.schema import Prompt, Role


def test_trouble_with_a_written_out_statement_is_sqlalchemys(db: Services) -> None:
    told = (uuid4(), uuid4())
    with pytest.raises(IntegrityError), unit_of_work() as session:
        run_sql(session, "insert into class_person (class_id, person_id, is_instructor) values (%s, %s, false)", told)


def test_a_connection_that_was_lost_is_not_used_again(db: Services) -> None:
    with pytest.raises(OperationalError) as lost, unit_of_work() as session:
        run_sql(session, "select pg_terminate_backend(pg_backend_pid())", ())
    assert lost.value.connection_invalidated
    with unit_of_work() as session:
        assert run_sql(session, "select %s::int", (7,)).fetchone() == (7,)


def test_what_went_wrong_in_the_database_is_told_without_the_values(db: Services) -> None:
    with pytest.raises(DBAPIError) as trouble, unit_of_work() as session:
        session.execute(text("select 1 / (length(:words) - length(:words))"), {"words": "what a student said"})
    assert "division by zero" in str(trouble.value)
    assert "student" not in str(trouble.value)


def test_a_database_host_that_vanishes_is_noticed_in_seconds(db: Services) -> None:
    """By the kernel, which is told how long it may wait for an answer; what the address itself says of that stands."""
    by_port = make_url(db.environment["DATABASE_URL"])
    port = by_port.port or int(str(by_port.query["port"]))
    by_port = by_port.set(host="127.0.0.1", port=port, query={"keepalives_count": "7"})
    with kept_environment():
        use_environment({"DATABASE_URL": by_port.render_as_string(hide_password=False)})
        with get_engine().connect() as connection:
            driver: Any = connection.connection.driver_connection
            with socket.socket(fileno=os.dup(driver.fileno())) as wire:
                assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000
                assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
                assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 5
                assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 7
            assert driver.info.get_parameters()["connect_timeout"] == "5"
    with get_engine().connect() as connection:
        assert connection.execute(text("select 1")).scalar() == 1


def _shape(value: Any) -> Any:
    """Names and types, as ids and times differ."""
    return {name: _shape(one) for name, one in value.items()} if isinstance(value, dict) else type(value)


def test_a_doorbell_is_worded_as_celery_words_it(db: Services) -> None:
    get_sender().send_task("probe.turn", args=("one",), queue="probe", retry=False)
    theirs = json.loads(get_redis().rpop("probe") or b"{}")
    ours = json.loads(message("probe.turn", "one"))
    theirs["properties"]["delivery_info"]["exchange"] = ""  # they name the queue's exchange, which has its name
    assert ours["properties"]["delivery_info"] == theirs["properties"]["delivery_info"]
    assert not ours["headers"].pop("ignore_result")
    assert not theirs["headers"].pop("ignore_result")
    assert _shape(ours) == _shape(theirs)
    assert json.loads(b64decode(ours["body"])) == json.loads(b64decode(theirs["body"]))
    for one in (ours, theirs):
        head = one["headers"]
        assert head["id"] == head["root_id"] == one["properties"]["correlation_id"]
        assert head["argsrepr"] == "('one',)"
    assert json.loads(message("probe.turn", "one"))["headers"]["id"] != ours["headers"]["id"]


def test_a_bell_is_not_rung_in_a_full_queue(
    db: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.base.queue._lengths", {})
    monkeypatch.setattr("app.base.queue.get_settings", lambda: SimpleNamespace(queue_limit=2))
    get_redis().lpush("probe", "one", "two")
    assert [ring("probe.turn", str(uuid4())) for _ in range(3)] == [False] * 3
    assert get_redis().llen("probe") == 2
    assert [record.getMessage() for record in caplog.records] == [
        "queue probe is full, with 2 doorbells; what would ring there waits for the sweep"
    ]


def test_who_waits_for_something_published_hears_it(db: Services) -> None:
    with get_redis().pubsub(ignore_subscribe_messages=True) as ear:
        ear.subscribe("probe")
        while get_redis().pubsub_numsub("probe")[0][1] < 1:
            ear.get_message(timeout=0.05)
        get_redis().publish("probe", "heard")
        heard = [found["data"] for _ in range(20) if (found := ear.get_message(timeout=0.05))]
    assert heard == [b"heard"]


def test_the_wire_is_left_alone_between_two_looks(stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    stub.script(Scripted(reply="Cells divide. " + "They do so again and again. " * 6, tokens_per_second=40))
    found: list[bool] = []
    known = streaming._rest

    async def watched(reply: aiohttp.ClientResponse) -> None:
        found.append(reply.connection is not None)
        await known(reply)

    monkeypatch.setattr(streaming, "_rest", watched)
    prompt = Prompt(system="A page about cells.", turn="Why?")
    assert "".join(service.stream(Role.TUTOR, prompt, max_tokens=200)).count("again and again") == 6
    assert found.count(True) >= 3
    assert all(found)  # once all is there nothing is waited for, and the connection may be another's


def test_a_turn_waits_for_the_reading_of_its_page_and_not_for_another(stub: StubModel) -> None:
    stub.script(Scripted(match="Slow", reply="Yes.", first_token_ms=2500, times=1))
    page = Prompt(system="A page about cells.", turn="Slow?")
    reader = threading.Thread(target=service.warm, args=(Role.TUTOR, page))
    reader.start()
    while not stub.log:
        time.sleep(0.01)
    other = Prompt(system="A page about oceans.", turn="Why?")
    assert "".join(service.stream(Role.TUTOR, other))
    assert stub.log[0].outcome == "open"  # the page is still being read
    assert "".join(service.stream(Role.TUTOR, page.model_copy(update={"turn": "Why?"})))
    assert stub.log[0].outcome == "done"
    assert stub.log[2].at >= stub.log[0].at + 2.5
    reader.join()
    reading.wait_for(page.system, lambda: False)


def test_who_does_not_wait_any_more_is_not_held_up(stub: StubModel) -> None:
    looks: list[int] = []
    with reading.under_way("a page"):
        reading.wait_for("a page", lambda: bool(looks.append(1) or True))
    assert len(looks) == 1


def test_half_an_emoji_spoils_no_reply() -> None:
    """Some servers cut one between two tokens, and escape each half: JSON, but not for every reader."""
    gathered = streaming.Gathered()
    for words in ("Well done ", "\\ud83d", "\\ude00", "."):
        gathered.add(b'data: {"choices":[{"delta":{"content":"' + words.encode() + b'"}}]}')
    assert gathered.hand_on().words == "Well done 😀."
    gathered.add(b"data: no JSON at all")
    with pytest.raises(ValueError, match="Expecting value"):
        gathered.hand_on()
