"""An HTTP client of the classroom, as a browser would use it: sign in, post forms, listen to a class."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from pydantic import JsonValue

from app.base.errors import AppError

PATIENCE = 600.0
"""Seconds without any news after which waiting is given up."""


class Visitor:
    """One signed-in person at the door. Raises AppError with the server's own sentence for every refusal."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60, headers={"Accept": "application/json"})
        self.csrf = ""

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def sign_in(self, email: str, password: str) -> None:
        """Sign in and keep the word that changes have to carry."""
        self.post("/sign-in", {"email": email, "password": password})
        self.csrf = str(self.get("/me.json")["csrf"])

    def sign_up(self, email: str, name: str, password: str, code: str) -> None:
        """A new student account by a join code, signed in at once."""
        self.post("/sign-up", {"email": email, "name": name, "password": password, "code": code})
        self.csrf = str(self.get("/me.json")["csrf"])

    def get(self, path: str) -> Any:
        """The JSON document at a path."""
        return self._checked(self._send("GET", path)).json()

    def post(self, path: str, fields: dict[str, str], deck: Path | None = None) -> str:
        """Send a form; returns where the server says the result is (empty for none)."""
        files = {"deck": (deck.name, deck.read_bytes())} if deck else None
        reply = self._checked(self._send("POST", path, data=fields, files=files))
        if "location" in reply.headers:
            return reply.headers["location"].partition("?")[0]
        body = reply.json() if reply.content and "json" in reply.headers.get("content-type", "") else {}
        return str(body.get("location", "")) if isinstance(body, dict) else ""

    def say(self, class_id: str, text: str, key: str) -> int:
        """Say something in a class; returns its seq."""
        fields = {"text": text, "key": key}
        reply = self._checked(self._send("POST", f"/classes/{class_id}/say", data=fields))
        return int(reply.json()["seq"])

    def listen(self, class_id: str) -> Iterator[tuple[str, dict[str, JsonValue]]]:
        """The class from its start to its end as (kind of line, document); comes back after a broken line."""
        last, since = 0, time.monotonic()
        while time.monotonic() - since < PATIENCE:
            try:
                for kind, document in self._lines(class_id, last):
                    since = time.monotonic()
                    yield kind, document
                    if kind == "event":
                        last = int(str(document["seq"]))
                        if document["kind"] == "class.ended":
                            return
            except httpx.TransportError:
                time.sleep(1)
        raise AppError("The class gave no news for ten minutes; `./lyceum check` says which part is missing.")

    def _lines(self, class_id: str, after: int) -> Iterator[tuple[str, dict[str, JsonValue]]]:
        path = f"/classes/{class_id}/events?after={after}"
        with self.http.stream("GET", path, timeout=httpx.Timeout(30, connect=10)) as reply:
            if reply.status_code >= 400:
                reply.read()
                self._checked(reply)
            kind = ""
            for line in reply.iter_lines():
                name, _, value = line.partition(": ")
                if name == "event":
                    kind = value
                elif name == "data" and kind in ("event", "delta"):
                    yield kind, json.loads(value)

    def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            return self.http.request(method, path, headers={"X-CSRF-Token": self.csrf}, **more)
        except httpx.TransportError as error:
            raise AppError(f"The server at {self.http.base_url} does not answer: {error}") from error

    def _checked(self, reply: httpx.Response) -> httpx.Response:
        if reply.status_code < 400:
            return reply
        try:
            body = reply.json()
        except ValueError:
            body = {}
        sentence = body.get("error") if isinstance(body, dict) else ""
        raise AppError(
            str(sentence) if sentence else f"The server answered {reply.status_code} to {reply.request.url}."
        )
