"""A small OpenAI-compatible model server for tests: scripted replies, delays and faults over real HTTP.

Run it (`python tests/stub_model.py --port N`, 0 picks a free port) or `with StubModel() as stub:` in a test and
point INFERENCE_URL at `stub.url`. Endpoints: POST /v1/chat/completions (streamed or not, response_format
json_schema), GET /v1/models, /health, /stats; POST /script sets the scripted replies, as a JSON list of `Scripted`
objects; the first whose regular expression is found in the prompt is used, [] forgets them all.

Adapters as vLLM has them: POST /v1/load_lora_adapter and /v1/unload_lora_adapter, listed in /v1/models, chosen by the
request's model. An adapter says SIGN before its words and gives its tokens other chances; those in `deaf` do nothing,
as one whose names fit no layer. With `no_loading` the routes are not there.

Unscripted replies are deterministic: sentences taken from the passages in the prompt, so that a check against
those passages succeeds. One token is one word with the space before it.
"""

import argparse
import json
import re
import select
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from stub_words import fitting, instance, words_of

NAME = "stub-model"
SIGN = "Well."
JUNK = "%% \x00 {{ not \ud800 json ]] %%"
FAULTS = ("", "cut", "stall", "silent", "junk", "garbage", "empty", "drop")
"""Besides "status:NNN". cut: the line breaks after half the words; stall: half the words, then nothing; silent: not
even headers; junk: a reply that is neither sentence nor JSON; garbage: a body that is not the protocol; empty: no
words; drop: the connection closes unanswered."""


@dataclass
class Scripted:
    """One scripted reply. `times` limits how often it is used (0: always); an empty `reply` means the default one."""

    match: str = ""
    reply: str = ""
    first_token_ms: float = 0
    tokens_per_second: float = 0
    fault: str = ""
    times: int = 0
    used: int = 0

    def __post_init__(self) -> None:
        if self.fault not in FAULTS and not self.fault.startswith("status:"):
            raise ValueError(f"unknown fault {self.fault!r}; known: {FAULTS} and status:NNN")
        re.compile(self.match)


@dataclass
class Seen:
    """One request as the log remembers it. `outcome` is open, done, gone (the client left) or the fault; `beside`, how
    many others were open when it came.
    """

    id: int
    system: str
    turn: str
    stream: bool
    schema: bool
    max_tokens: int
    model: str = NAME
    pictures: list[str] = field(default_factory=list)
    at: float = field(default_factory=time.time)
    tokens: int = 0
    cached: int = 0
    beside: int = 0
    outcome: str = "open"


class Gone(Exception):
    """The client closed the connection."""


# ------------------------------------------------------------------------------------------------------ server


class StubModel(ThreadingHTTPServer):
    """The server; starts serving in a thread at once. `slots` requests run at the same time, others queue."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int = 0, slots: int = 64, stall_seconds: float = 900) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.slots = threading.Semaphore(slots)
        self.stall_seconds = stall_seconds
        self.lock = threading.Lock()
        self.scripted: list[Scripted] = []
        self.log: list[Seen] = []
        self.adapters: dict[str, str] = {}
        self.deaf: set[str] = set()
        self.no_loading = False
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        """The base URL clients are given, ending in /v1."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def script(self, *entries: Scripted) -> None:
        """Replace the scripted replies."""
        with self.lock:
            self.scripted = list(entries)

    def stop(self) -> None:
        """Close the port; requests still open end with their clients."""
        self.shutdown()
        self.server_close()

    def __enter__(self) -> "StubModel":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def enter(self, body: dict[str, Any]) -> tuple[Seen, Scripted]:
        """Log a request and choose its script entry."""
        said = {m["role"]: m["content"] for m in body["messages"]}
        system, turn, pictures = said.get("system", ""), said.get("user", ""), []
        if isinstance(turn, list):
            pictures = [part["image_url"]["url"] for part in turn if part["type"] == "image_url"]
            turn = "\n".join(part["text"] for part in turn if part["type"] == "text")
        limit = body.get("max_completion_tokens") or body.get("max_tokens") or 200
        prompt = f"{system}\n{turn}"
        with self.lock:
            form = "response_format" in body
            asked_of = str(body.get("model", NAME))
            seen = Seen(len(self.log) + 1, system, turn, bool(body.get("stream")), form, limit, asked_of, pictures)
            seen.cached = max((_shared(prompt, f"{s.system}\n{s.turn}") for s in self.log[-64:]), default=0)
            seen.beside = sum(one.outcome == "open" for one in self.log)
            self.log.append(seen)
            for entry in self.scripted:
                if re.search(entry.match, prompt) and (not entry.times or entry.used < entry.times):
                    entry.used += 1
                    return seen, entry
        return seen, Scripted()

    def words(self, body: dict[str, Any], seen: Seen, entry: Scripted) -> list[str]:
        """The tokens of the reply."""
        prompt = f"{seen.system}\n{seen.turn}"
        if entry.fault in ("junk", "empty"):
            return words_of(JUNK) if entry.fault == "junk" else []
        if entry.reply:
            text = entry.reply
        elif body.get("response_format", {}).get("type") == "json_schema":
            text = json.dumps(instance(body["response_format"]["json_schema"]["schema"], prompt))
        else:
            text = fitting(prompt, seen.turn)
        sign = "" if body.get("response_format") or not self.is_heard(seen.model) else f"{SIGN} "
        return words_of(sign + text)[: seen.max_tokens]

    def is_heard(self, model: str) -> bool:
        """Whether a model's name is an adapter that does something."""
        return model in self.adapters and model not in self.deaf


def _shared(one: str, other: str) -> int:
    """How many leading words two prompts share."""
    a, b = one.split(), other.split()
    return next((n for n, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), min(len(a), len(b)))


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: StubModel

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        """Models, health and statistics."""
        if self.path == "/v1/models":
            listed = [{"id": NAME, "object": "model"}]
            listed += [{"id": name, "object": "model", "parent": NAME} for name in self.server.adapters]
            self.send_document({"object": "list", "data": listed})
        elif self.path == "/health":
            self.send_document({"status": "ok"})
        elif self.path.startswith("/stats"):
            with self.server.lock:
                log = [asdict(seen) for seen in self.server.log]
            open_now = sum(one["outcome"] == "open" for one in log)
            self.send_document({"requests": len(log), "open": open_now, "log": log})
        else:
            self.send_document({"error": {"message": "no such path"}}, 404)

    def do_POST(self) -> None:
        """A chat completion, or a new script."""
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or b"null")
        if self.path == "/script":
            self.server.script(*(Scripted(**one) for one in body))
            self.send_document({"entries": len(body)})
        elif self.path == "/v1/chat/completions":
            known = body.get("model", NAME) in ("", NAME, *self.server.adapters) or not body["model"].startswith(
                "lyceum-"
            )
            if known:
                self.chat(body)
            else:
                self.send_document({"error": {"message": "The model does not exist."}}, 404)
        elif self.path.endswith("load_lora_adapter") and not self.server.no_loading:
            self.adapter(body)
        else:
            self.send_document({"error": {"message": "no such path"}}, 404)

    def adapter(self, body: dict[str, Any]) -> None:
        """Load or unload an adapter, with vLLM's answers."""
        name, held = body["lora_name"], self.server.adapters
        if self.path.endswith("unload_lora_adapter"):
            self.send_document({}, 200 if held.pop(name, None) else 404)
        elif name in held:
            self.send_document({"error": {"message": f"The lora adapter '{name}' has already been loaded."}}, 400)
        elif not Path(body["lora_path"], "adapter_config.json").is_file():
            self.send_document({"error": {"message": "No adapter found there."}}, 404)
        else:
            held[name] = body["lora_path"]
            self.send_document({})

    def chat(self, body: dict[str, Any]) -> None:
        """Answer a chat completion, or fail as scripted."""
        self.asked = body
        seen, entry = self.server.enter(body)
        outcome = entry.fault or "done"
        try:
            with self.server.slots:
                self.answer(body, seen, entry)
        except (Gone, OSError):
            outcome = "gone"
            self.close_connection = True
        with self.server.lock:
            seen.outcome = outcome

    def answer(self, body: dict[str, Any], seen: Seen, entry: Scripted) -> None:
        """The reply or the fault, at the scripted pace."""
        if entry.fault.startswith("status:"):
            self.send_document({"error": {"message": "scripted failure"}}, int(entry.fault[7:]))
        elif entry.fault == "drop":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif entry.fault == "silent":
            self.wait(self.server.stall_seconds)
        elif entry.fault == "garbage":
            self.send_raw(
                b"<html>data: {broken</html>\n\ndata: {broken\n\n", "text/event-stream" if seen.stream else "text/html"
            )
        elif seen.stream:
            self.stream(seen, entry, self.server.words(body, seen, entry))
        else:
            self.whole(seen, entry, self.server.words(body, seen, entry))

    def paced(self, seen: Seen, entry: Scripted, words: list[str]) -> Iterator[str]:
        """The words when they are due; a cut or a stall comes after half of them."""
        self.wait(entry.first_token_ms / 1000)
        for number, word in enumerate(words):
            if entry.fault in ("cut", "stall") and number >= len(words) // 2:
                break
            if number and entry.tokens_per_second:
                self.wait(1 / entry.tokens_per_second)
            seen.tokens += 1
            yield word
        if entry.fault == "stall":
            self.wait(self.server.stall_seconds)

    def whole(self, seen: Seen, entry: Scripted, words: list[str]) -> None:
        """A reply in one piece."""
        text = "".join(self.paced(seen, entry, words))
        choice: dict[str, Any] = {"index": 0, "finish_reason": "stop"}
        choice["message"] = {"role": "assistant", "content": text}
        if self.asked.get("logprobs"):
            shift = 0.5 if self.server.is_heard(seen.model) else 0.0
            top = [{"token": word, "logprob": -1.0 - n + shift * n} for n, word in enumerate(("I", "You", "It"))]
            choice["logprobs"] = {"content": [{"token": "I", "logprob": -1.0, "top_logprobs": top}]}
        document = self.head("chat.completion") | {"choices": [choice], "usage": self.usage(seen)}
        if entry.fault == "cut":
            payload = json.dumps(document).encode()
            self.begin("application/json", [("content-length", str(len(payload)))])
            self.wfile.write(payload[: len(payload) // 2])
            self.close_connection = True
            return
        self.send_document(document)

    def stream(self, seen: Seen, entry: Scripted, words: list[str]) -> None:
        """A reply word by word, as server-sent events in HTTP chunks."""
        self.begin("text/event-stream", [("transfer-encoding", "chunked")])
        for word in self.paced(seen, entry, words):
            self.chunk({"choices": [{"index": 0, "delta": {"content": word}, "finish_reason": None}]})
        if entry.fault == "cut":
            self.close_connection = True
            return
        self.chunk({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
        self.chunk({"choices": [], "usage": self.usage(seen)})
        self.write_chunk(b"data: [DONE]\n\n")
        self.wfile.write(b"0\r\n\r\n")

    def head(self, kind: str) -> dict[str, Any]:
        """The fields every completion document begins with."""
        return {"id": "chatcmpl-stub", "object": kind, "created": int(time.time()), "model": NAME}

    def usage(self, seen: Seen) -> dict[str, Any]:
        """Token counts; cached ones are the leading words shared with an earlier prompt."""
        read = len(f"{seen.system}\n{seen.turn}".split())
        details = {"cached_tokens": seen.cached}
        total = read + seen.tokens
        counts = {"prompt_tokens": read, "completion_tokens": seen.tokens, "total_tokens": total}
        return counts | {"prompt_tokens_details": details}

    def chunk(self, part: dict[str, Any]) -> None:
        """One server-sent event."""
        self.write_chunk(f"data: {json.dumps(self.head('chat.completion.chunk') | part)}\n\n".encode())

    def write_chunk(self, payload: bytes) -> None:
        """One HTTP chunk."""
        self.wfile.write(b"%x\r\n%s\r\n" % (len(payload), payload))

    def begin(self, media_type: str, headers: list[tuple[str, str]], status: int = 200) -> None:
        """Status line and headers."""
        self.send_response(status)
        self.send_header("content-type", media_type)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()

    def send_raw(self, payload: bytes, media_type: str, status: int = 200) -> None:
        """A body of known length."""
        self.begin(media_type, [("content-length", str(len(payload)))], status)
        self.wfile.write(payload)

    def send_document(self, document: dict[str, Any], status: int = 200) -> None:
        """A JSON body."""
        self.send_raw(json.dumps(document).encode(), "application/json", status)

    def wait(self, seconds: float) -> None:
        """Wait, but notice a client that leaves."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.5))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise Gone
            if readable:
                time.sleep(min(left, 0.05))


@contextmanager
def stub_model(*entries: Scripted, **options: Any) -> Iterator[StubModel]:
    """A running stub with these scripted replies, closed at the end of the block."""
    with StubModel(**options) as stub:
        stub.script(*entries)
        yield stub


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--script", type=argparse.FileType(), help="a JSON list of scripted replies")
    chosen = parser.parse_args()
    stub = StubModel(chosen.port, chosen.slots)
    if chosen.script:
        stub.script(*(Scripted(**one) for one in json.load(chosen.script)))
    print(f"stub model at {stub.url}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
