"""The live line of a class: complete, in order, resumable, and true while Redis is away."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any
from uuid import UUID

import pytest
from parts import Services
from people import School, school, sign_in

from app.base.db import new_id, unit_of_work
from app.base.queue import get_redis
from app.base.settings import ROOT
from app.base.stream import publish, topic_key
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog, topic
from app.classroom.schema import Body, Control, Delta, Draft, Kind, Voice
from app.web import live, live_hub
from app.web.event_stream import EventStream, Pen

Line = tuple[str, dict[str, object]]


@pytest.fixture
def held(db: Services) -> School:
    """A school whose lesson is approved."""
    made = school()
    made.approve()
    return made


@pytest.fixture
def class_id(held: School) -> UUID:
    """A class of its student's; no worker runs, so that only the test appends."""
    with unit_of_work() as session:
        return classroom.open_class(session, held.student.who, held.lesson_id)


def append(class_id: UUID, *drafts: Draft) -> None:
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        for draft in drafts:
            log.append(draft)


def turn(kind: Kind, name: UUID, text: str = "") -> Draft:
    return Draft(kind=kind, voice=Voice.TUTOR, body=Body(turn=name, page=1, text=text))


def words(class_id: UUID, name: UUID, at: int, text: str) -> None:
    publish(topic(class_id), "delta", Delta(turn=name, voice=Voice.TUTOR, at=at, text=text).model_dump_json())


def parsed(text: str) -> Iterator[Line]:
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields.get("event") in ("event", "delta"):
            yield fields["event"], json.loads(fields["data"])


def listen(
    class_id: UUID,
    after: int,
    until: Callable[[list[Line]], bool],
    act: Callable[[], None] | None = None,
    sees_all: bool = False,
    person_id: UUID | None = None,
) -> list[Line]:
    """What a browser hears from `after` on, until it has heard enough; `act` happens once it is listening."""

    async def run() -> list[Line]:
        heard: list[Line] = []
        waiting = act
        async for text in live.stream(class_id, person_id or new_id(), after, sees_all):
            heard.extend(parsed(text))
            if until(heard):
                return heard
            if waiting:
                await asyncio.to_thread(waiting)
                waiting = None
        return heard

    return asyncio.run(asyncio.wait_for(run(), 20))


def seqs(heard: list[Line]) -> list[object]:
    return [data["seq"] for kind, data in heard if kind == "event"]


class Browser:
    """A connection, as a response's `send` has it: what went out and by which task, as long as the browser `reads`."""

    def __init__(self) -> None:
        self.heard: list[Line] = []
        self.senders: list[object] = []
        self.reads = asyncio.Event()
        self.reads.set()

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if not self.reads.is_set():
            await self.reads.wait()
        for line in parsed(message.get("body", b"").decode()):
            self.heard.append(line)
            self.senders.append(asyncio.current_task())

    async def until(self, count: int) -> None:
        async with asyncio.timeout(10):
            while len(self.heard) < count:
                await asyncio.sleep(0.01)


def attend(class_id: UUID, act: Callable[[Browser], Awaitable[None]]) -> tuple[Browser, asyncio.Task[None]]:
    """A browser on the class's response while `act` goes on, and the task of the response."""

    async def run() -> tuple[Browser, asyncio.Task[None]]:
        browser, pen = Browser(), Pen()
        response = EventStream(live.stream(class_id, new_id(), 0, pen=pen), pen)
        own = asyncio.create_task(response.stream_response(browser.send))
        await browser.until(1)
        await asyncio.sleep(0.1)  # it has caught up, and waits
        await act(browser)
        await asyncio.wait([own], timeout=0.1)
        own.cancel()
        await asyncio.wait([own])
        return browser, own

    return asyncio.run(run())


def test_what_is_published_is_written_without_waking_the_line(class_id: UUID) -> None:
    """Events and words go to every browser of a class at once; its own task sleeps on."""
    name = new_id()

    async def act(browser: Browser) -> None:
        await asyncio.to_thread(append, class_id, turn(Kind.TURN, name))
        await asyncio.to_thread(words, class_id, name, 0, "Leaves ")
        await asyncio.to_thread(append, class_id, turn(Kind.SAID, name, "Leaves eat."), Draft(kind=Kind.PAUSED))
        await browser.until(5)

    browser, own = attend(class_id, act)
    assert [kind for kind, _ in browser.heard] == ["event", "event", "delta", "event", "event"]
    assert seqs(browser.heard) == [1, 2, 3, 4]
    assert [sender is own for sender in browser.senders] == [True, False, False, False, False]


def test_who_reads_slowly_loses_nothing_and_holds_up_nobody(class_id: UUID) -> None:
    """What could not be written at once waits for that browser's own task; in order, nothing twice."""
    name = new_id()

    async def act(browser: Browser) -> None:
        browser.reads.clear()
        await asyncio.to_thread(append, class_id, turn(Kind.TURN, name))
        await asyncio.to_thread(words, class_id, name, 0, "Leaves ")
        await asyncio.to_thread(append, class_id, turn(Kind.SAID, name, "Leaves eat."))
        await asyncio.sleep(0.3)
        assert len(browser.heard) == 1
        browser.reads.set()
        await browser.until(4)
        await asyncio.to_thread(append, class_id, Draft(kind=Kind.PAUSED))
        await browser.until(5)

    browser, own = attend(class_id, act)
    assert seqs(browser.heard) == [1, 2, 3, 4]
    assert [data["text"] for kind, data in browser.heard if kind == "delta"] == ["Leaves "]
    assert [sender is own for sender in browser.senders] == [True, True, True, True, False]


def test_a_connection_that_just_closes_disturbs_no_other(class_id: UUID) -> None:
    """Its own line is left with what could not be written; who listens beside it hears everything."""
    left: list[str] = []

    async def refuse(message: MutableMapping[str, Any]) -> None:
        raise RuntimeError("the handler is closed")

    async def listen_beside() -> None:
        pen = Pen()
        pen.send = refuse
        lines = live.stream(class_id, new_id(), 0, pen=pen)
        while True:
            left.append(await anext(lines))

    async def act(browser: Browser) -> None:
        beside = asyncio.create_task(listen_beside())
        await asyncio.sleep(0.3)
        await asyncio.to_thread(append, class_id, Draft(kind=Kind.PAUSED))
        await browser.until(2)
        await asyncio.wait([beside], timeout=0.1)
        beside.cancel()

    assert seqs(attend(class_id, act)[0].heard) == [1, 2]
    assert any('"seq":2' in text for text in left)


def test_a_class_that_ends_closes_its_browsers_lines(held: School, class_id: UUID) -> None:
    """The last event is left to the line itself, which then ends."""

    async def act(browser: Browser) -> None:
        with unit_of_work() as session:
            classroom.control(session, held.student.who, class_id, Control.END)
        await browser.until(2)

    browser, own = attend(class_id, act)
    assert browser.heard[-1][1]["kind"] == Kind.ENDED
    assert own.exception() is None


def test_all_events_from_the_first_and_then_what_comes(class_id: UUID) -> None:
    """Replay and tail meet without a gap or a double."""
    act = lambda: append(class_id, Draft(kind=Kind.PAUSED), Draft(kind=Kind.RESUMED))  # noqa: E731
    assert seqs(listen(class_id, 0, lambda heard: len(heard) == 3, act)) == [1, 2, 3]


def test_the_page_fills_in_what_the_server_leaves_out() -> None:
    """What an event does not say stands once in the page's script, as the server's document has it."""
    script = (ROOT / "static" / "class-stream.js").read_text("utf-8")
    silent = script.partition("const SILENT = ")[2].partition(";")[0]
    assert json.loads(silent) == Body().model_dump(mode="json")


def test_resuming_sends_only_what_is_new(class_id: UUID) -> None:
    """A browser that comes back says the last number it has."""
    append(class_id, Draft(kind=Kind.PAUSED), Draft(kind=Kind.RESUMED))
    assert seqs(listen(class_id, 2, lambda heard: len(heard) == 1)) == [3]


def test_words_of_the_open_turn_reach_a_late_tab(class_id: UUID) -> None:
    """A second tab, also one that knows of the turn already, hears the half-said words from their beginning."""
    name = new_id()
    append(class_id, turn(Kind.TURN, name))
    words(class_id, name, 0, "Leaves ")
    words(class_id, name, 7, "eat light.")
    for after in (0, 2):
        heard = listen(class_id, after, lambda heard: len([one for one in heard if one[0] == "delta"]) == 2)
        assert [data["text"] for kind, data in heard if kind == "delta"] == ["Leaves ", "eat light."]


def test_words_of_a_closed_turn_are_not_repeated(class_id: UUID) -> None:
    """What was said stands in the log; its pieces are old news."""
    name = new_id()
    append(class_id, turn(Kind.TURN, name))
    words(class_id, name, 0, "Leaves eat light.")
    append(class_id, turn(Kind.SAID, name, "Leaves eat light."))
    heard = listen(class_id, 0, lambda heard: len(heard) == 4, lambda: append(class_id, Draft(kind=Kind.PAUSED)))
    assert [kind for kind, _ in heard] == ["event"] * 4


def test_a_hole_in_the_stream_is_filled_from_the_log(class_id: UUID) -> None:
    """An event that Redis lost is read from Postgres before the next one goes out."""

    def act() -> None:
        append(class_id, Draft(kind=Kind.PAUSED))
        get_redis().delete(topic_key(topic(class_id)))
        append(class_id, Draft(kind=Kind.RESUMED))

    assert seqs(listen(class_id, 0, lambda heard: len(heard) == 3, act)) == [1, 2, 3]


def test_the_log_is_asked_while_redis_is_away(services: Services, class_id: UUID) -> None:
    """Nothing but the liveliness is lost with Redis, and the line is used again once it is back."""

    def act() -> None:
        services.broker.stop()
        append(class_id, Draft(kind=Kind.PAUSED))

    try:
        assert seqs(listen(class_id, 0, lambda heard: len(heard) == 2, act)) == [1, 2]
    finally:
        services.broker.start()
        services.broker.wait_ready()
    name = new_id()
    append(class_id, turn(Kind.TURN, name))
    words(class_id, name, 0, "Back.")
    assert listen(class_id, 2, lambda heard: len(heard) == 2)[-1][1]["text"] == "Back."


def test_the_logs_are_looked_at_again_after_a_look_that_failed(
    class_id: UUID, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Else no class of the process would have an audience any more until somebody else comes."""
    looks: list[list[UUID]] = []

    def look(class_ids: list[UUID], attended: list[UUID]) -> dict[UUID, int]:
        looks.append(attended)
        return {} if len(looks) > 1 else {}["a page"]

    async def run() -> None:
        async with live_hub.Hub().listening(class_id), asyncio.timeout(10):
            while len(looks) < 2:
                await asyncio.sleep(0.01)

    monkeypatch.setattr(live_hub, "CHECK_SECONDS", 0.1)
    monkeypatch.setattr(live_hub, "_look", look)
    asyncio.run(run())
    assert "were not compared" in caplog.text


def test_the_line_ends_with_the_class(held: School, class_id: UUID) -> None:
    """After the last event the line closes, and a browser that asks again is told that there is no more."""
    with unit_of_work() as session:
        classroom.control(session, held.student.who, class_id, Control.END)
    heard = listen(class_id, 0, lambda heard: False)
    assert heard[-1][1]["kind"] == Kind.ENDED
    browser = sign_in(held.student)
    again = browser.get(f"/classes/{class_id}/events", headers={"last-event-id": str(seqs(heard)[-1])})
    assert again.status_code == 204
    assert browser.get(f"/classes/{class_id}/events").text.count("event: event") == len(heard)


def test_too_many_lines_of_one_person_are_refused_in_words(class_id: UUID) -> None:
    """A browser has six connections to a site; the last must stay free for what the student says."""

    async def run() -> str:
        who = new_id()
        lines = [live.stream(class_id, who, 0) for _ in range(live.STREAMS_EACH)]
        for line in lines:
            await anext(line)
        refused = await anext(live.stream(class_id, who, 0))
        for line in lines:
            await line.aclose()
        assert (await anext(live.stream(class_id, who, 0))).startswith("retry:")
        return refused

    assert "Close one of them" in asyncio.run(run())


def test_a_stranger_hears_nothing(held: School, class_id: UUID) -> None:
    """Somebody else's class looks like none at all, on each of its addresses."""
    stranger = sign_in(held.instructor)
    for rest in ("", ".json", "/events"):
        assert stranger.get(f"/classes/{class_id}{rest}").status_code == 404
    assert stranger.submit(f"/classes/{class_id}/say", text="Hello?").status_code == 404


def test_what_a_student_says_and_does(held: School, class_id: UUID) -> None:
    """JSON and forms alike; a second sending with the same key is the same words."""
    browser = sign_in(held.student)
    head = {"x-csrf-token": browser.who.csrf, "accept": "application/json"}
    once = browser.post(f"/classes/{class_id}/say", json={"text": "Why green?", "key": "k"}, headers=head)
    twice = browser.post(f"/classes/{class_id}/say", json={"text": "Why green?", "key": "k"}, headers=head)
    assert once.status_code == twice.status_code == 202
    assert once.json() == twice.json() == {"seq": 2}
    paused = browser.submit(f"/classes/{class_id}/control", as_json=True, verb="pause")
    assert paused.json()["status"] == "paused"
    assert browser.submit(f"/classes/{class_id}/activity", as_json=True, activity="off").json()["activity"] == "off"
    assert browser.get(f"/classes/{class_id}.json").json()["state"]["status"] == "paused"


def test_words_are_taken_only_of_who_is_signed_in_and_means_it(held: School, class_id: UUID) -> None:
    """Without this sign-in's csrf word, or signed out, nothing is said."""
    browser = sign_in(held.student)
    assert browser.submit(f"/classes/{class_id}/say", as_json=True, csrf="wrong", text="Why?").status_code == 403
    browser.cookies.clear()
    gone = browser.submit(f"/classes/{class_id}/say", as_json=True, text="Why?")
    assert (gone.status_code, "sign in" in gone.json()["error"].lower()) == (401, True)
    with unit_of_work() as session:
        assert len(classroom.events_after(session, class_id, 0)) == 1


@pytest.mark.parametrize(
    ("rest", "sent", "sentence"),
    [
        ("say", {"text": "why? " * 10_000}, "49,999 characters"),
        ("say", {"text": " \n"}, "Write something"),
        ("say", {"text": ["no text"]}, "Write something"),
        ("control", {"verb": "dance"}, "pause, resume"),
        ("activity", {"activity": "wild"}, "off, low"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    held: School, class_id: UUID, rest: str, sent: dict[str, object], sentence: str
) -> None:
    """400 with a sentence, and nothing in the log."""
    browser = sign_in(held.student)
    head = {"x-csrf-token": browser.who.csrf, "accept": "application/json"}
    reply = browser.post(f"/classes/{class_id}/{rest}", json=sent, headers=head)
    assert (reply.status_code, sentence in reply.json()["error"]) == (400, True)
    with unit_of_work() as session:
        assert len(classroom.events_after(session, class_id, 0)) == 1


def test_words_that_postgres_refuses_are_mended(held: School, class_id: UUID) -> None:
    """NUL goes, a lone surrogate becomes the replacement mark; the question is kept."""
    browser = sign_in(held.student)
    head = {"x-csrf-token": browser.who.csrf, "content-type": "application/json"}
    reply = browser.post(f"/classes/{class_id}/say", content=b'{"text": "a\\u0000b\\ud800c"}', headers=head)
    assert reply.status_code == 202
    with unit_of_work() as session:
        assert classroom.events_after(session, class_id, 1)[0].body.text == "ab\ufffdc"


def test_the_class_page_is_filled(held: School, class_id: UUID) -> None:
    """The page names the lesson, everybody in the room and the model, and carries no script or style of its own."""
    page = sign_in(held.student).get(f"/classes/{class_id}").text
    for words_ in ("How leaves eat", "Dr. Okafor", "Mira", "Answers come from", f'data-class="{class_id}"'):
        assert words_ in page
    assert "<style" not in page
    assert " style=" not in page
