"""Which model a server has, once it was started anew with another: within a call, and for pages that name it."""

import time
from collections.abc import Callable, Iterator

import pytest
import stub_model
from pydantic import BaseModel
from stub_model import NAME, Scripted, StubModel

from app.base.settings import get_settings
from app.inference import cache, gateway, names, service
from app.inference.accounting import account
from app.inference.schema import ModelUnavailable, Prompt, Role

PROMPT = Prompt(system="[page 2] Cells divide. Each half becomes a cell.", turn="Explain the page.")


class Draft(BaseModel):
    ask: str = ""


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubModel]:
    """A stub server, and settings that lead to it."""
    with StubModel() as server:
        monkeypatch.setenv("INFERENCE_URL", server.url)
        monkeypatch.setenv("DATABASE_URL", "")
        monkeypatch.setenv("REDIS_URL", "")
        get_settings.cache_clear()
        yield server
    get_settings.cache_clear()


def until(true: Callable[[], object], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_a_server_that_was_started_anew_with_another_model_is_asked_for_its_name_again(
    stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.complete(Role.TUTOR, PROMPT).model == NAME
    monkeypatch.setattr(stub_model, "NAME", "another")
    stub.script(Scripted(fault="status:404", times=1))
    reply = service.complete(Role.TUTOR, PROMPT)
    assert (reply.model, reply.text[:13]) == ("another", "Cells divide.")
    assert [seen.model for seen in stub.log] == [NAME, NAME, "another"]
    assert service.known_model(Role.TUTOR) == "another"


def test_a_server_that_has_no_other_model_is_not_asked_the_same_again(
    stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.script(Scripted(fault="status:404"))
    with pytest.raises(ModelUnavailable, match="404"):
        service.complete(Role.TUTOR, PROMPT)
    assert len(stub.log) == 1
    assert service.model_name(Role.TUTOR) == NAME
    monkeypatch.setattr(stub_model, "NAME", "another")
    with pytest.raises(ModelUnavailable, match="404"):
        service.complete(Role.TUTOR, PROMPT)
    assert [seen.model for seen in stub.log] == [NAME, NAME, "another"]


def test_a_draft_of_the_model_that_came_is_not_kept_as_the_old_ones(
    stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert service.model_name(Role.AUTHOR) == NAME
    monkeypatch.setattr(stub_model, "NAME", "another")
    stub.script(Scripted(fault="status:404", times=1))
    kept: list[str] = []
    monkeypatch.setattr(cache, "keep", lambda key, reply, partial: kept.append(reply.model))
    with account(keep=True):
        assert service.draft(Role.AUTHOR, PROMPT, Draft)[1].model == "another"
        assert kept == []
        assert service.draft(Role.AUTHOR, PROMPT, Draft)[1].model == "another"
    assert kept == ["another"]


def test_a_models_name_is_asked_again_after_a_while_and_never_waited_for(
    stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page names the new model without a restart of the web server, and the old one as long as the server is away."""
    assert service.model_name(Role.TUTOR) == NAME
    monkeypatch.setattr(stub_model, "NAME", "another")
    assert service.known_model(Role.TUTOR) == NAME
    assert names._looking.acquire(timeout=0.1), "it was asked again at once"
    names._looking.release()
    monkeypatch.setattr(gateway, "KNOWN_SECONDS", 0.0)
    until(lambda: service.known_model(Role.TUTOR) == "another")
    monkeypatch.setattr(stub_model, "NAME", "a third")
    until(lambda: service.complete(Role.TUTOR, PROMPT).model == "a third")
    stub.stop()
    asked = []
    monkeypatch.setattr(names.log, "info", lambda *words: asked.append(words))
    until(lambda: service.known_model(Role.TUTOR) == "a third" and len(asked) > 1)


def test_of_several_models_the_one_that_is_known_stays(stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    stub.adapters["an adapter"] = "somewhere"
    assert service.model_name(Role.TUTOR) == NAME
    gateway._served[stub.url] = "an adapter"
    gateway.renew_model(gateway.endpoint_of(Role.TUTOR))
    assert service.known_model(Role.TUTOR) == "an adapter"
