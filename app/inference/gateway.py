"""The wire: one chat request to an OpenAI-compatible server, with deadlines, retries and cancelling.

Requests run as coroutines on one event loop in a thread of its own, because only there a deadline or a cancel ends
a request whose server sends nothing at all: the connection is closed at once and the server stops working on it.
Callers stay synchronous and read words from a queue.
"""

import asyncio
import atexit
import contextlib
import math
import os
import queue
import random
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx
import uvloop
from pydantic import JsonValue

from app.base.settings import Endpoint, get_settings
from app.base.stream import flag_is_up
from app.base.text import clean_text
from app.inference.schema import ModelUnavailable, Prompt, Role
from app.inference.watching import CalledOff, watched

if TYPE_CHECKING:
    import aiohttp

    from app.inference.streaming import Chat, Piece

ATTEMPTS = 3
ATTEMPTS_AT_CHANGE = 30
CHANGING = "model-changes"
"""The flag that is up while the embedded server starts anew with another adapter: then it is tried more often."""
LONGEST_PAUSE_SECONDS = 1.0
FIRST_PAUSE_SECONDS = 0.3
CONNECT_SECONDS = 5.0
KNOWN_SECONDS = 30.0
"""After so long it is asked again which model a server has: it may have been started anew with another."""
KEPT_SECONDS = 4.0
"""How long a connection is kept for the next request: servers hang up after five."""
AWAY = "The language model does not answer at the moment."

MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError)
"""What reading a reply raises when a server's body is not the protocol."""

TEMPERATURES = {
    Role.AUTHOR: 0.2,
    Role.TEACHER: 0.3,
    Role.TUTOR: 0.2,
    Role.CLASSMATE: 0.7,
    Role.DIRECTOR: 0.0,
    Role.GRADER: 0.0,
    Role.CODER: 0.0,
    Role.READER: 0.1,
}


class CallFailed(Exception):
    """A request that came to nothing. `outcome` is timeout, failed or junk; `away` blames the server's health;
    `unknown`: what was asked for is not there, which may be the model.
    """

    def __init__(self, outcome: str, sentence: str, *, away: bool, retry: bool = False, unknown: bool = False) -> None:
        super().__init__(sentence)
        self.outcome, self.sentence, self.away, self.retry, self.unknown = outcome, sentence, away, retry, unknown


@dataclass(frozen=True)
class Ask:
    """One request. Seconds count from the start, retries included; `shown` forbids a retry once words were heard.

    `more` goes into the body as it is; `speaker` is the adapter that answers where `model` does not say so, `adapter`
    the one that was wanted.
    """

    endpoint: Endpoint
    model: str
    role: Role
    prompt: Prompt
    max_tokens: int
    first_seconds: float
    total_seconds: float
    shown: bool = True
    form: dict[str, JsonValue] | None = None
    more: dict[str, JsonValue] = field(default_factory=dict)
    speaker: str = ""
    adapter: str = ""


@dataclass
class Heard:
    """What came back so far. Milliseconds; tokens as the server counted them. `began` on the monotonic clock, as the
    loop's own is of whole milliseconds and stands still while it works."""

    pieces: list[str] = field(default_factory=list)
    finished: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    read_ms: float = 0
    first_token_ms: float = 0
    began: float = 0

    @property
    def text(self) -> str:
        """The words so far."""
        return "".join(self.pieces)


def endpoint_of(role: Role) -> Endpoint:
    """Where a role's words come from, by the settings."""
    settings = get_settings()
    common = Endpoint(
        url=settings.inference_url,
        model=settings.inference_model,
        key=settings.inference_key,
        pictures=settings.inference_pictures,
    )
    return settings.roles.get(role.value, common)


def served_model(endpoint: Endpoint) -> str:
    """The model name to ask for: the configured one, else the server's first. Raises ModelUnavailable."""
    return endpoint.model or _first_served(endpoint.url, endpoint.key)


_served: dict[str, str] = {}
_asked: dict[str, float] = {}
"""When each server was last asked for its model, on the monotonic clock."""


def known_model(endpoint: Endpoint) -> str:
    """`served_model` without asking anybody: empty when it is not known yet."""
    return endpoint.model or _served.get(endpoint.url, "")


def forget_model(endpoint: Endpoint) -> None:
    """Ask anew, next time, which model the server has: it may have been started again with another."""
    _served.pop(endpoint.url, None)


def is_to_be_asked(endpoint: Endpoint) -> bool:
    """Whether the server's model is not known, or may be another by now."""
    if endpoint.model or not endpoint.url:
        return False
    return not _served.get(endpoint.url) or time.monotonic() - _asked.get(endpoint.url, -math.inf) >= KNOWN_SECONDS


def renew_model(endpoint: Endpoint) -> None:
    """Ask which model the server has now. Raises ModelUnavailable; what was known then stays so."""
    if endpoint.url and not endpoint.model:
        _ask_served(endpoint.url, endpoint.key)


def _first_served(url: str, key: str) -> str:
    if known := _served.get(url):
        return known
    if not url:
        raise ModelUnavailable("No language model is set up: INFERENCE_URL is empty.")
    return _ask_served(url, key)


def _ask_served(url: str, key: str) -> str:
    """The name that is known, if the server still has that model, else the first of those it has."""
    _asked[url] = time.monotonic()
    head = {"authorization": f"Bearer {key}"}
    try:
        with httpx.Client(timeout=CONNECT_SECONDS, trust_env=not is_local(url)) as client:
            reply = client.get(f"{url.rstrip('/')}/models", headers=head).raise_for_status()
        names = [str(one["id"]) for one in reply.json()["data"]]
        found = known if (known := _served.get(url)) in names else names[0]
    except (httpx.HTTPError, httpx.InvalidURL, *MALFORMED) as error:
        raise ModelUnavailable from error
    _served[url] = found
    return found


def is_local(url: str) -> bool:
    """Whether a URL is on this machine."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


@lru_cache(maxsize=32)
def proxy_of(url: str) -> str | None:
    """The environment's proxy for a server, none on this machine. It is asked for here, as aiohttp, when it looks into
    the environment itself, reads ~/.netrc too, and what stands there does not go with a key of ours.
    """
    parts = urlsplit(url)
    if is_local(url) or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    return getproxies().get(parts.scheme)


# ------------------------------------------------------------------------------------------ the loop and its clients

_loops: dict[int, asyncio.AbstractEventLoop] = {}
_loops_lock = threading.Lock()


def _loop() -> asyncio.AbstractEventLoop:
    """This process's event loop; a forked child gets its own, as threads do not survive a fork."""
    with _loops_lock:
        if os.getpid() not in _loops:
            loop = uvloop.new_event_loop()
            threading.Thread(target=loop.run_forever, name="inference", daemon=True).start()
            _loops[os.getpid()] = loop
        return _loops[os.getpid()]


@lru_cache
def _chat_class() -> "type[Chat]":
    from app.inference.streaming import Chat

    return Chat


def get_ready() -> None:
    """Import what the first request needs; that takes seconds."""
    _chat_class()


def _hang_up(wire: "aiohttp.ClientSession", process: int) -> None:
    """Close the connections as their process ends."""
    if process == os.getpid() and process in _loops:
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(wire.close(), _loops[process]).result(timeout=1)


@lru_cache
def _wire(process: int) -> "aiohttp.ClientSession":
    """The connections to servers, made on the loop; `process` keeps them from crossing a fork."""
    import aiohttp

    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_SECONDS, ssl=httpx.create_ssl_context())
    patience = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
    wire = aiohttp.ClientSession(connector=connector, timeout=patience)
    atexit.register(_hang_up, wire, process)
    return wire


@lru_cache(maxsize=32)
def _chat(url: str, key: str, model: str) -> "Chat":
    """What words the requests to one server and model."""
    return _chat_class()(
        base_url=url, api_key=key, model=model, max_retries=0, use_responses_api=False, stream_usage=True
    )


# ------------------------------------------------------------------------------------------------------ one request


def _content(prompt: Prompt) -> Any:
    """A turn as the protocol has it: plain words, or words and pictures."""
    if not prompt.pictures:
        return prompt.turn
    seen = [{"type": "image_url", "image_url": {"url": one}} for one in prompt.pictures]
    return [{"type": "text", "text": prompt.turn}, *seen]


def _stream(ask: Ask) -> "AsyncGenerator[Piece, None]":
    """The reply as it comes. The form travels in the body, as LangChain would wait for the whole of a parsed reply."""
    chat = _chat(ask.endpoint.url, ask.endpoint.key, ask.model)
    messages = [("system", ask.prompt.system), ("user", _content(ask.prompt))]
    body: dict[str, Any] = {"max_tokens": ask.max_tokens, "temperature": TEMPERATURES[ask.role]}
    if ask.form is not None or ask.more:
        body["extra_body"] = ask.more | ({"response_format": ask.form} if ask.form is not None else {})
    return chat.pieces(_wire(os.getpid()), messages, proxy_of(ask.endpoint.url), **body)


def _note(heard: Heard, piece: "Piece") -> str:
    """Take in one piece; returns its words."""
    if piece.tokens_in or piece.tokens_out:
        heard.tokens_in, heard.tokens_out = piece.tokens_in, piece.tokens_out
        heard.tokens_cached = piece.tokens_cached
    heard.read_ms = piece.read_ms or heard.read_ms
    heard.finished = piece.finished or heard.finished
    return clean_text(piece.words)


async def _attempt(ask: Ask, heard: Heard, started: float, emit: Callable[[str], None]) -> None:
    """One try. The deadline is the first word's until that has come, then the whole reply's."""
    async with asyncio.timeout_at(started + min(ask.first_seconds, ask.total_seconds)) as limit:
        async with aclosing(_stream(ask)) as pieces:
            async for piece in pieces:
                words = _note(heard, piece)
                if not words:
                    continue
                if not heard.pieces:
                    heard.first_token_ms = (time.monotonic() - heard.began) * 1000
                    limit.reschedule(started + ask.total_seconds)
                heard.pieces.append(words)
                emit(words)
    if not heard.finished:
        raise CallFailed("failed", "The language model broke off.", away=True, retry=True)


async def _told_plainly(ask: Ask, heard: Heard, started: float, emit: Callable[[str], None]) -> None:
    """`_attempt`, with whatever goes wrong as CallFailed."""
    import aiohttp

    from app.inference.streaming import Refused

    try:
        await _attempt(ask, heard, started, emit)
    except Refused as error:
        if error.status == 429 or error.status >= 500:
            raise CallFailed("failed", AWAY, away=True, retry=True) from error
        sentence = f"The language model refused the request ({error.status})."
        raise CallFailed("failed", sentence, away=False, unknown=error.status == 404) from error
    except (aiohttp.ClientError, ConnectionError) as error:
        raise CallFailed("failed", AWAY, away=True, retry=True) from error
    except TimeoutError as error:
        raise CallFailed("timeout", "The language model takes too long to answer.", away=True) from error
    except MALFORMED as error:
        raise CallFailed("junk", "The language model's reply cannot be read.", away=False, retry=True) from error


def _server_changes() -> bool:
    return bool(get_settings().redis_url) and flag_is_up(CHANGING)


async def _converse(ask: Ask, heard: Heard, emit: Callable[[str], None]) -> None:
    """The request with its retries, which end when words were shown or time is up."""
    heard.began = time.monotonic()
    started = asyncio.get_running_loop().time()
    for attempt in range(1, ATTEMPTS_AT_CHANGE + 1):
        try:
            return await _told_plainly(ask, heard, started, emit)
        except CallFailed as trouble:
            pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 1)) * random.uniform(0.5, 1.5)
            late = asyncio.get_running_loop().time() + pause > started + ask.first_seconds
            if not trouble.retry or late or (ask.shown and heard.pieces):
                raise
            if attempt >= ATTEMPTS and not await asyncio.to_thread(_server_changes):
                raise
            heard.pieces.clear()
        await asyncio.sleep(pause)
    return None


def converse(ask: Ask, heard: Heard, cancelled: Callable[[], bool]) -> Iterator[str]:
    """The words as they come, filling `heard`. Ends early when `cancelled`; raises CallFailed.

    However the caller leaves, the request is ended and its connection closed.
    """
    _chat_class()  # the first import takes seconds, which are not the server's fault
    deltas: queue.SimpleQueue[str | CalledOff | None] = queue.SimpleQueue()
    request: Future[None] = asyncio.run_coroutine_threadsafe(_converse(ask, heard, deltas.put), _loop())
    request.add_done_callback(lambda _: deltas.put(None))
    try:
        with watched(cancelled, deltas.put):
            while (found := deltas.get()) is not None:
                if isinstance(found, CalledOff):
                    return
                yield found
        request.result()
    finally:
        request.cancel()
