"""The gateway against a stub server over HTTP: words, faults, patience, cancelling, the breaker."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import BaseModel, Field
from stub_model import JUNK, NAME, Scripted, StubModel

from app.base.settings import get_settings
from app.inference import breaker, gateway, service
from app.inference.schema import ModelJunk, ModelUnavailable, Prompt, Role

PROMPT = Prompt(system="[page 2] Cells divide. Each half becomes a cell.", turn="Explain the page.")


class Leaf(BaseModel):
    word: str = "x"


class Draft(BaseModel):
    say: list[str] = Field(min_length=1, max_length=3)
    leaf: Leaf
    ask: str = ""


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[StubModel]:
    """A stub server, and settings that lead to it: patient ones, as a machine with other work is slow."""
    with StubModel(stall_seconds=30) as server:
        monkeypatch.setenv("INFERENCE_URL", server.url)
        monkeypatch.setenv("DATABASE_URL", "")
        monkeypatch.setenv("REDIS_URL", "")
        monkeypatch.setenv("LYCEUM_LIVE_FIRST_TOKEN_SECONDS", "10")
        monkeypatch.setenv("LYCEUM_LIVE_TOTAL_SECONDS", "20")
        monkeypatch.setenv("LYCEUM_AUTHOR_TOTAL_SECONDS", "20")
        monkeypatch.setattr(gateway, "FIRST_PAUSE_SECONDS", 0.02)
        forget()
        yield server
    forget()


@pytest.fixture
def hasty(stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> StubModel:
    """The same with little patience, for tests of deadlines."""
    monkeypatch.setenv("LYCEUM_LIVE_FIRST_TOKEN_SECONDS", "1")
    monkeypatch.setenv("LYCEUM_LIVE_TOTAL_SECONDS", "2")
    get_settings.cache_clear()
    return stub


def until(true: Callable[[], object], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.02)


def forget() -> None:
    """What the process remembers of settings and servers."""
    get_settings.cache_clear()
    breaker.breaker_of.cache_clear()
    gateway._served.clear()


def say(**options: object) -> service.Speech:
    return service.stream(Role.TUTOR, PROMPT, **options)  # type: ignore[arg-type]


def outcome(stub: StubModel, number: int = -1) -> str:
    """How the stub saw a request end. A client that leaves is noticed within half a second, and on a busy machine what
    it asked for may be read only then.
    """
    until(lambda: stub.log[number:] and stub.log[number].outcome != "open", seconds=15)
    return stub.log[number].outcome


def test_speech_comes_in_pieces_and_is_accounted_for(stub: StubModel) -> None:
    stub.script(Scripted(tokens_per_second=20))
    speech = say()
    pieces = list(speech)
    assert len(pieces) > 1
    assert "".join(pieces).strip() == speech.reply.text
    assert "Cells divide." in speech.reply.text
    assert speech.reply.model == NAME
    assert speech.outcome == "ok"
    assert speech.reply.tokens_in == 12
    assert speech.reply.tokens_out == len(speech.reply.text.split())
    assert 0 < speech.reply.first_token_ms <= speech.reply.total_ms
    list(again := say())
    assert again.reply.tokens_cached == 12
    assert again.reply.prompt_hash == speech.reply.prompt_hash
    assert again.reply.call_id != speech.reply.call_id


def test_the_messages_are_system_and_turn(stub: StubModel) -> None:
    service.complete(Role.AUTHOR, PROMPT, max_tokens=2)
    assert (stub.log[0].system, stub.log[0].turn) == (PROMPT.system, PROMPT.turn)
    assert stub.log[0].tokens == 2


def test_a_role_may_have_its_own_server(stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    with StubModel() as other:
        monkeypatch.setenv("LYCEUM_ROLES", f'{{"author": {{"url": "{other.url}", "model": "better"}}}}')
        get_settings.cache_clear()
        assert service.model_name(Role.AUTHOR) == "better"
        assert service.model_name(Role.TUTOR) == NAME
        service.complete(Role.AUTHOR, PROMPT)
        assert (len(other.log), len(stub.log)) == (1, 0)


def test_a_server_elsewhere_is_reached_whatever_stands_in_netrc(
    stub: StubModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setattr(gateway, "is_local", lambda url: False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert service.complete(Role.TUTOR, PROMPT).text.startswith("Cells divide.")
    gateway.proxy_of.cache_clear()


def test_a_server_elsewhere_is_reached_by_the_environments_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    gateway.proxy_of.cache_clear()
    proxy = "http://proxy.test:3128"
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("HTTP_PROXY", proxy)
    assert gateway.proxy_of("https://models.test/v1") == proxy
    assert gateway.proxy_of("http://127.0.0.1:9/v1") is None
    monkeypatch.setenv("NO_PROXY", "own.test")
    assert gateway.proxy_of("https://own.test:8443/v1") is None
    gateway.proxy_of.cache_clear()


@pytest.mark.parametrize("fault", ["status:429", "status:503", "status:500", "drop", "cut"])
def test_passing_trouble_is_tried_again(stub: StubModel, fault: str) -> None:
    stub.script(Scripted(fault=fault, times=2))
    assert service.complete(Role.TUTOR, PROMPT).text.startswith("Cells divide.")
    assert len(stub.log) == 3
    assert service.available()


def test_words_that_were_shown_are_never_said_twice(stub: StubModel) -> None:
    stub.script(Scripted(fault="cut"))
    heard: list[str] = []
    speech = say()
    with pytest.raises(ModelUnavailable):
        heard.extend(speech)
    assert heard
    assert len(stub.log) == 1
    assert speech.outcome == "failed"
    assert speech.reply.text == "".join(heard).strip()


def test_a_refused_request_is_not_tried_again(stub: StubModel) -> None:
    stub.script(Scripted(fault="status:400"))
    with pytest.raises(ModelUnavailable, match="refused the request"):
        service.complete(Role.TUTOR, PROMPT)
    assert len(stub.log) == 1
    assert service.available()


def test_the_name_of_a_server_that_is_away_for_a_moment_is_kept(stub: StubModel) -> None:
    assert service.complete(Role.TUTOR, PROMPT).model == NAME
    stub.script(Scripted(fault="status:503"))
    with pytest.raises(ModelUnavailable):
        service.complete(Role.TUTOR, PROMPT)
    assert gateway.known_model(gateway.endpoint_of(Role.TUTOR)) == NAME


def test_a_probe_that_is_refused_shows_that_the_server_is_there(stub: StubModel) -> None:
    found = breaker.breaker_of(stub.url)
    for _ in range(breaker.FAILURES):
        found.failed()
    found.open_until = 0.0
    stub.script(Scripted(fault="status:400", times=1))
    with pytest.raises(ModelUnavailable, match="refused"):
        service.complete(Role.TUTOR, PROMPT)
    assert service.available()
    assert service.complete(Role.TUTOR, PROMPT).text


@pytest.mark.parametrize("fault", ["silent", "stall"])
def test_silence_ends_at_the_deadline_and_frees_the_server(hasty: StubModel, fault: str) -> None:
    """Long before the stub would go on by itself, after half a minute."""
    hasty.script(Scripted(fault=fault))
    speech = say()
    with pytest.raises(ModelUnavailable, match="too long"):
        list(speech)
    assert speech.outcome == "timeout"
    assert outcome(hasty) == "gone"


def test_a_slow_talker_is_stopped_at_the_total(hasty: StubModel) -> None:
    hasty.script(Scripted(reply="word " * 100, tokens_per_second=20))
    heard: list[str] = []
    with pytest.raises(ModelUnavailable):
        heard.extend(say())
    assert 0 < len("".join(heard).split()) < 60


@pytest.mark.parametrize("fault", ["empty", "garbage"])
def test_nothing_and_noise_are_no_reply(stub: StubModel, fault: str) -> None:
    stub.script(Scripted(fault=fault))
    speech = say()
    with pytest.raises(ModelUnavailable):
        list(speech)
    assert speech.outcome == "junk"
    assert service.available()


def test_unstorable_characters_are_cleaned(stub: StubModel) -> None:
    stub.script(Scripted(fault="junk"))
    speech = say()
    assert "\x00" in JUNK
    assert "".join(speech).replace("\ufffd", "").isprintable()
    service.complete(Role.TUTOR, Prompt(system="a\x00b\udc00", turn="?"))
    assert stub.log[-1].system == "ab\ufffd"


def test_cancelling_ends_the_request_at_once(stub: StubModel) -> None:
    stub.script(Scripted(reply="one two three four", first_token_ms=50, tokens_per_second=4))
    flag = threading.Event()
    speech = say(cancelled=flag.is_set)
    heard = []
    for words in speech:
        heard.append(words)
        flag.set()
    assert len(heard) <= 2
    assert speech.outcome == "cancelled"
    assert speech.reply.text == "".join(heard).strip()
    assert outcome(stub) == "gone"


def test_a_choice_that_came_too_late_says_nothing_of_the_servers_health(stub: StubModel) -> None:
    for _ in range(breaker.FAILURES):
        stub.script(Scripted(fault="silent"))
        with pytest.raises(ModelUnavailable):
            service.choose(Role.DIRECTOR, PROMPT, ["tutor", "wait"], seconds=0.3)
    stub.script(Scripted(reply="Cells divide."))
    assert "".join(say()) == "Cells divide."


def test_one_thread_looks_for_all_that_wait(stub: StubModel) -> None:
    for _ in range(4):
        stub.script(Scripted(fault="silent"))
    flag, said = threading.Event(), []
    asking = [threading.Thread(target=lambda: said.append(list(say(cancelled=flag.is_set)))) for _ in range(4)]
    for one in asking:
        one.start()
    until(lambda: len(stub.log) == 4)
    assert [one.name for one in threading.enumerate()].count("called off") == 1
    flag.set()
    for one in asking:
        one.join(timeout=20)
    assert said == [[], [], [], []]
    until(lambda: "called off" not in [one.name for one in threading.enumerate()])


def test_cancelling_works_while_the_server_says_nothing(stub: StubModel) -> None:
    stub.script(Scripted(fault="silent"))
    assert list(say(cancelled=lambda: bool(stub.log))) == []
    assert outcome(stub) == "gone"


def test_leaving_in_the_middle_ends_the_request(stub: StubModel) -> None:
    stub.script(Scripted(reply="one two three four", tokens_per_second=4))
    speech = say()
    next(words := iter(speech))
    words.close()  # type: ignore[attr-defined]
    assert speech.outcome == "cancelled"
    assert outcome(stub) == "gone"


def test_a_draft_is_bound_by_its_schema(stub: StubModel) -> None:
    document, reply = service.draft(Role.AUTHOR, PROMPT, Draft)
    assert document.say == ["Cells divide.", "Each half becomes a cell."]
    assert document.ask.endswith("?")
    assert reply.tokens_out > 0
    assert stub.log[0].schema
    form = service.response_format(Draft)["json_schema"]["schema"]
    assert form["required"] == ["say", "leaf", "ask"]
    assert form["$defs"]["Leaf"]["additionalProperties"] is False


@pytest.mark.parametrize("first", [Scripted(fault="junk", times=1), Scripted(fault="empty", times=1)])
def test_a_junk_draft_is_asked_for_once_more(stub: StubModel, first: Scripted) -> None:
    stub.script(first)
    assert service.draft(Role.AUTHOR, PROMPT, Draft)[0].say
    assert "could not be used" in stub.log[1].turn
    assert len(stub.log) == 2


@pytest.mark.parametrize("reply", ["no json", '{"say": []}', "[1, 2]", '{"say": "\\ud800"}', "null"])
def test_a_draft_that_never_fits_is_junk(stub: StubModel, reply: str) -> None:
    stub.script(Scripted(reply=reply))
    with pytest.raises(ModelJunk):
        service.draft(Role.AUTHOR, PROMPT, Draft)
    assert len(stub.log) == 2
    assert service.available()


def test_a_draft_that_fails_its_check_is_told_why(stub: StubModel) -> None:
    with pytest.raises(ModelJunk, match="Name the organ"):
        service.draft(Role.AUTHOR, PROMPT, Draft, check=lambda _: "Name the organ.")
    assert "Name the organ." in stub.log[1].turn


def test_the_second_draft_may_lack_its_end(stub: StubModel) -> None:
    stub.script(Scripted(reply='{"leaf": {"word": "a"}, "say": ["One whole sentence.", "Half a sent'))
    assert service.draft(Role.AUTHOR, PROMPT, Draft)[0].say == ["One whole sentence."]
    assert len(stub.log) == 2


def test_the_breaker_opens_spares_the_server_and_closes(stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "REST_SECONDS", 2.0)
    stub.script(Scripted(fault="status:503"))
    for _ in range(breaker.FAILURES):
        with pytest.raises(ModelUnavailable):
            list(say())
    assert not service.available()
    asked = len(stub.log)
    with pytest.raises(ModelUnavailable):
        list(say())
    assert len(stub.log) == asked
    stub.script()
    time.sleep(2.1)
    assert service.available()
    assert list(say())
    assert service.available()


def test_only_one_probe_at_a_time() -> None:
    at = 0.0
    one = breaker.Breaker("a server", clock=lambda: at)
    for _ in range(breaker.FAILURES):
        one.failed()
    assert not one.admit(10)
    at = breaker.REST_SECONDS + 1
    assert one.admit(10)
    assert not one.admit(10)
    one.failed()
    at += breaker.REST_SECONDS
    assert not one.admit(10)
    at += breaker.REST_SECONDS
    assert one.admit(10)
    one.succeeded()
    assert one.admit(10)
    assert one.admit(10)


def test_no_server_at_all(stub: StubModel, monkeypatch: pytest.MonkeyPatch) -> None:
    stub.stop()
    with pytest.raises(ModelUnavailable):
        service.complete(Role.TUTOR, PROMPT)
    assert service.model_name(Role.TUTOR) == "no model"
    service.warm(Role.TUTOR, PROMPT)
    monkeypatch.setenv("INFERENCE_URL", "")
    get_settings.cache_clear()
    assert not service.available()


def test_warming_asks_for_one_token(stub: StubModel) -> None:
    service.warm(Role.TUTOR, PROMPT)
    assert stub.log[0].max_tokens == 1


def test_many_voices_at_once(stub: StubModel) -> None:
    stub.script(Scripted(first_token_ms=200))
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(lambda _: "".join(say()), range(20)))
    assert len(set(replies)) == 1
    assert max(one.beside for one in stub.log) > 1
