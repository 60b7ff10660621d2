"""What is kept of each call, in Postgres; and the breaker's news, shared through Valkey."""

import threading
import time
import uuid
from collections.abc import Iterator

import pytest
from making import make_lesson
from parts import Services
from sqlalchemy import select
from stub_model import NAME, Scripted, StubModel

from app.base.db import unit_of_work
from app.base.prompts import digest
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.inference import breaker, gateway, service
from app.inference.breaker import Breaker
from app.inference.models import ModelCall
from app.inference.schema import ModelJunk, ModelUnavailable, Prompt, Role
from app.lessons.schema import PageDraft

PROMPT = Prompt(system="[page 2] Cells divide. Each half becomes a cell.", turn="Explain the page.")


@pytest.fixture(autouse=True)
def fresh(db: Services, stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Little patience, and a breaker without a past."""
    monkeypatch.setenv("LYCEUM_LIVE_FIRST_TOKEN_SECONDS", "0.5")
    monkeypatch.setattr(gateway, "FIRST_PAUSE_SECONDS", 0.02)
    get_settings.cache_clear()
    breaker.breaker_of.cache_clear()
    yield
    get_settings.cache_clear()
    breaker.breaker_of.cache_clear()


def calls() -> list[ModelCall]:
    with unit_of_work() as session:
        return list(session.scalars(select(ModelCall).order_by(ModelCall.at)))


def test_a_call_is_kept_with_its_cost() -> None:
    about = uuid.uuid4()
    service.complete(Role.TUTOR, PROMPT, about=about)
    reply = service.complete(Role.TUTOR, PROMPT, about=about)
    first, kept = calls()
    assert (kept.id, kept.about, kept.role, kept.model) == (reply.call_id, about, "tutor", NAME)
    assert kept.prompt_hash == digest(f"{PROMPT.system}\n{PROMPT.turn}") == first.prompt_hash
    assert (kept.tokens_in, kept.tokens_cached, kept.tokens_out) == (12, 12, reply.tokens_out)
    assert 0 < kept.first_token_ms <= kept.total_ms
    assert (first.outcome, kept.outcome) == ("ok", "ok")


def test_every_ending_has_its_name(stub: StubModel) -> None:
    stub.script(Scripted(first_token_ms=5000))
    list(service.stream(Role.TUTOR, PROMPT, cancelled=lambda: bool(stub.log)))
    stub.script(Scripted(fault="silent"))
    with pytest.raises(ModelUnavailable):
        list(service.stream(Role.TUTOR, PROMPT))
    stub.script(Scripted(fault="status:400"))
    with pytest.raises(ModelUnavailable):
        service.complete(Role.TUTOR, PROMPT)
    stub.script(Scripted(fault="junk"))
    with pytest.raises(ModelJunk):
        service.draft(Role.AUTHOR, PROMPT, PageDraft)
    outcomes = [call.outcome for call in calls()]
    assert outcomes == ["cancelled", "timeout", "failed", "junk", "junk"]


def test_one_process_tells_the_others_that_the_server_is_away() -> None:
    mine, theirs = Breaker("a server"), Breaker("a server")
    for _ in range(breaker.FAILURES):
        mine.failed()
    assert not theirs.available()
    mine.open_until = 0
    assert mine.admit(5)
    mine.succeeded()
    assert theirs.available()


def test_who_cannot_wait_is_told_a_models_name_only_once_it_is_known(
    stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked for beside, once however many want to know: a class page asks within its transaction."""
    made = make_lesson()
    asked, answers, ask = [], threading.Event(), gateway._first_served

    def slowly(url: str, key: str) -> str:
        asked.append(url)
        answers.wait(20)
        return ask(url, key)

    monkeypatch.setattr(gateway, "_served", {})
    monkeypatch.setattr(gateway, "_first_served", slowly)
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id)
        assert [classroom.access_class(session, made.student, class_id).model for _ in range(3)] == ["no model"] * 3
    answers.set()
    ends = time.monotonic() + 20
    while service.known_model(Role.TUTOR) != NAME:
        assert time.monotonic() < ends
        time.sleep(0.02)
    assert asked == [stub.url]
    with unit_of_work() as session:
        assert classroom.access_class(session, made.student, class_id).model == NAME
