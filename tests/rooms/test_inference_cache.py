"""Kept replies: who is given one, when they are asked anew, how long they stay."""

import json
from datetime import timedelta

import pytest
from parts import Services
from pydantic import BaseModel
from sqlalchemy import func, select, update
from stub_model import Scripted, StubModel

from app.base.db import now, unit_of_work
from app.base.settings import get_settings
from app.inference import cache
from app.inference.accounting import account
from app.inference.breaker import breaker_of
from app.inference.models import KeptReply
from app.inference.schema import CallStopped, Prompt, Role
from app.inference.service import draft

PROMPT = Prompt(system="You say colours.", turn="Say one.")


class Colour(BaseModel):
    """What is asked for."""

    name: str


@pytest.fixture
def model(db: Services, stub: StubModel) -> StubModel:
    breaker_of(get_settings().inference_url).succeeded()
    stub.script(Scripted(reply=json.dumps({"name": "blue"})))
    return stub


def ask(prompt: Prompt = PROMPT, reuse: bool = True, keep: bool = True, **more: object) -> tuple[str, int, int]:
    """The colour, and the account's calls and hits."""
    with account(reuse=reuse, keep=keep) as spent:
        found, _ = draft(Role.AUTHOR, prompt, Colour, **more)  # type: ignore[arg-type]
    return found.name, spent.calls, spent.hits


def test_the_same_request_is_asked_once(model: StubModel) -> None:
    assert ask() == ("blue", 1, 0)
    model.script(Scripted(reply=json.dumps({"name": "red"})))
    assert ask() == ("blue", 0, 1)
    assert ask(PROMPT.model_copy(update={"turn": "Say another."})) == ("red", 1, 0)
    assert ask(max_tokens=9) == ("red", 1, 0)
    assert len(model.log) == 3


def test_a_fresh_request_replaces_what_is_kept(model: StubModel) -> None:
    ask()
    model.script(Scripted(reply=json.dumps({"name": "red"})))
    assert ask(reuse=False) == ("red", 1, 0)
    assert ask() == ("red", 0, 1)


def test_without_an_account_nothing_is_kept_and_nothing_reused(model: StubModel) -> None:
    for _ in range(2):
        draft(Role.AUTHOR, PROMPT, Colour)
    assert len(model.log) == 2
    assert ask(keep=False) == ("blue", 1, 0)
    with unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(KeptReply)) == 0


def test_what_a_stricter_check_refuses_is_asked_anew(model: StubModel) -> None:
    ask()
    model.script(Scripted(reply=json.dumps({"name": "red"})))
    assert ask(check=lambda one: "" if one.name == "red" else "Not blue.") == ("red", 1, 0)


def test_a_reply_that_was_mended_is_kept_under_the_first_request(model: StubModel) -> None:
    wanted = {"check": lambda one: "" if one.name == "red" else "Not blue."}
    model.script(Scripted(reply=json.dumps({"name": "blue"}), times=1), Scripted(reply=json.dumps({"name": "red"})))
    assert ask(**wanted) == ("red", 2, 0)
    assert ask(**wanted) == ("red", 0, 1)


def test_a_reply_of_a_hit_names_the_call_it_came_of(model: StubModel) -> None:
    with account(reuse=True, keep=True):
        _, first = draft(Role.AUTHOR, PROMPT, Colour)
        _, again = draft(Role.AUTHOR, PROMPT, Colour)
    assert (again.call_id, again.model, again.prompt_hash) == (first.call_id, first.model, first.prompt_hash)
    assert again.tokens_out == 0


def test_replies_go_after_their_time_and_beyond_their_bytes(model: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(4):
        ask(PROMPT.model_copy(update={"turn": f"Say {number}."}))
    long_ago = now() - timedelta(days=100)
    with unit_of_work() as session:
        oldest = select(KeptReply.key).order_by(KeptReply.used_at).limit(1).scalar_subquery()
        session.execute(update(KeptReply).where(KeptReply.key == oldest).values(used_at=long_ago))
    monkeypatch.setattr(get_settings(), "cache_bytes", 20)  # a reply has 16
    with unit_of_work() as session:
        assert cache.old_replies(session, now() - timedelta(days=90)) == 3
        assert cache.remove_replies(session, now() - timedelta(days=90), 500) == 3
        assert session.scalars(select(KeptReply.used_at)).one() > long_ago


def test_a_call_whose_work_was_called_off_is_broken_off(model: StubModel) -> None:
    model.script(Scripted(fault="stall", reply=json.dumps({"name": "blue"})))
    with account(stopped=lambda: True) as spent, pytest.raises(CallStopped):
        draft(Role.AUTHOR, PROMPT, Colour)
    assert spent.calls == 1
