"""What other rooms ask of a model, by role: whole replies, checked documents, speech as it comes, vectors."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Generic, TypedDict, TypeVar
from uuid import UUID

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import from_json

from app.base.db import new_id
from app.base.prompts import digest
from app.base.settings import Endpoint, get_settings
from app.base.text import clean_text, clean_tree
from app.inference import cache, gateway, reading
from app.inference.accounting import open_account
from app.inference.adapter_servers import forget, speaks, way_to
from app.inference.breaker import breaker_of
from app.inference.calls import Call, record
from app.inference.catalogue import PICTURED
from app.inference.embedding import embed
from app.inference.gateway import Ask, CallFailed, Heard
from app.inference.names import NO_MODEL, known_model, model_at, model_name
from app.inference.schema import CallStopped, ModelJunk, ModelUnavailable, Prompt, Reply, Role

__all__ = [
    "NO_MODEL",
    "Speech",
    "available",
    "choose",
    "complete",
    "draft",
    "embed",
    "get_ready",
    "known_model",
    "model_name",
    "stream",
    "takes_pictures",
    "warm",
]

log = logging.getLogger(__name__)
M = TypeVar("M", bound=BaseModel)


CHARACTERS_PER_TOKEN = 4
"""Roughly, in English; only for calls whose server did not come to count."""


def _never() -> bool:
    return False


def _not_empty(text: str) -> bool:
    if not text:
        raise CallFailed("junk", "The language model answered with nothing.", away=False)
    return True


class Speech:
    """A reply as it comes: iterate once for the words; then `reply` is the whole of it with its cost.

    Iterating raises ModelUnavailable when the words do not come in time, or at all. When `cancelled` turns true, the
    iteration ends and `reply` holds what was said until then, with `outcome` "cancelled". The call is handed to `keep`
    however the iteration ends.
    """

    def __init__(
        self,
        ask: Ask,
        about: UUID | None,
        cancelled: Callable[[], bool] = _never,
        judge: Callable[[str], bool] = _not_empty,
        keep: Callable[[Call], None] = record,
    ) -> None:
        self.ask, self.about, self.cancelled, self.judge, self.keep = ask, about, cancelled, judge, keep
        self.heard = Heard()
        self.first_seconds = ask.first_seconds
        self.outcome = "cancelled"
        self.reply = Reply(
            text="",
            model=ask.speaker or ask.model,
            call_id=new_id(),
            prompt_hash=digest(ask.prompt.whole()),
        )

    def __iter__(self) -> Iterator[str]:
        breaker = breaker_of(self.ask.endpoint.url)
        if not breaker.admit(self.ask.total_seconds):
            raise ModelUnavailable
        started = time.monotonic()
        try:
            yield from self._words(started)
            if self.heard.finished:
                self.outcome = "ok" if self.judge(self.heard.text.strip()) else "junk"
        except CallFailed as trouble:
            self.outcome = trouble.outcome
            forget(self.ask.endpoint, refused=trouble.outcome == "failed" and not trouble.away)
            if self._was_hurried():
                breaker.gave_up()
            elif trouble.away:
                breaker.failed()
            else:
                breaker.succeeded()  # whoever refuses is there: a probe ends here too
            raise ModelUnavailable(trouble.sentence) from trouble
        finally:
            if self.outcome in ("ok", "junk"):
                breaker.succeeded()
            elif self.outcome == "cancelled":
                breaker.gave_up()
            self._close((time.monotonic() - started) * 1000)

    def _words(self, started: float) -> Iterator[str]:
        """The words; where the server does not have what was asked for, it is asked for what it has and then for that:
        it was started anew, with another model or without an adapter.
        """
        try:
            yield from gateway.converse(self.ask, self.heard, self.cancelled)
        except CallFailed as trouble:
            if not trouble.unknown or not self._has_other_name():
                raise
            self._hurry(time.monotonic() - started)
            yield from gateway.converse(self.ask, self.heard, self.cancelled)

    def _has_other_name(self) -> bool:
        """Ask anew how to name what is wanted; whether that is another name than before."""
        ask = self.ask
        forget(ask.endpoint, refused=True)
        try:
            named = _named(ask.endpoint, gateway.served_model(ask.endpoint), ask.adapter)
        except ModelUnavailable:
            return False
        self.ask = replace(ask, **named)
        self.reply = self.reply.model_copy(update={"model": self.ask.speaker or self.ask.model})
        return self.ask != ask

    def _hurry(self, spent: float) -> None:
        """What was spent already is not given again."""
        ask = self.ask
        self.ask = replace(
            ask, first_seconds=max(0.0, ask.first_seconds - spent), total_seconds=max(0.0, ask.total_seconds - spent)
        )

    def _was_hurried(self) -> bool:
        """Whether it was given less time than students are: that it took longer says nothing of the server's health."""
        return self.outcome == "timeout" and self.first_seconds < get_settings().live_first_token_seconds

    def _close(self, total_ms: float) -> None:
        heard = self.heard
        waited = heard.first_token_ms - heard.read_ms if heard.read_ms else 0
        self.reply = self.reply.model_copy(
            update={
                "text": heard.text.strip(),
                "tokens_in": heard.tokens_in,
                "tokens_out": heard.tokens_out,
                "tokens_cached": heard.tokens_cached,
                "queue_ms": max(0, round(waited)),
                "first_token_ms": round(heard.first_token_ms),
                "total_ms": round(total_ms),
            }
        )
        if found := open_account():
            found.add(self.reply)
        self.keep(Call(self.ask.role, self.about, self.reply, self.outcome, self._estimate()))

    def _estimate(self) -> int:
        """Tokens of a call whose server did not count them, because it was cut off: what was sent, if it was heard."""
        prompt, said = self.ask.prompt, self.heard.text
        return (len(prompt.system) + len(prompt.turn) + len(said)) // CHARACTERS_PER_TOKEN if said else 0


class _Named(TypedDict):
    model: str
    more: dict[str, JsonValue]
    speaker: str


def _named(endpoint: Endpoint, model: str, adapter: str) -> _Named:
    """How a request names the server's model and the adapter that is wanted."""
    named, more = way_to(endpoint, model, adapter)
    return {"model": named, "more": more, "speaker": adapter if speaks(endpoint, adapter) else ""}


def _ask(
    role: Role,
    prompt: Prompt,
    max_tokens: int,
    *,
    shown: bool,
    form: dict[str, JsonValue] | None = None,
    adapter: str = "",
) -> Ask:
    """A request with the role's server, model and patience. Raises ModelUnavailable when no model is known."""
    settings = get_settings()
    endpoint = gateway.endpoint_of(role)
    is_patient = role in (Role.AUTHOR, Role.GRADER, Role.CODER, Role.READER)
    total = settings.author_total_seconds if is_patient else settings.live_total_seconds
    first = total if is_patient else settings.live_first_token_seconds
    words = {"system": clean_text(prompt.system), "turn": clean_text(prompt.turn)}
    return Ask(
        endpoint=endpoint,
        **_named(endpoint, model_at(endpoint), adapter),
        adapter=adapter,
        role=role,
        prompt=prompt.model_copy(update=words),
        max_tokens=max_tokens,
        first_seconds=first,
        total_seconds=total,
        shown=shown,
        form=form,
    )


def stream(
    role: Role,
    prompt: Prompt,
    *,
    about: UUID | None = None,
    max_tokens: int = 200,
    cancelled: Callable[[], bool] = _never,
    keep: Callable[[Call], None] = record,
    adapter: str = "",
) -> Speech:
    """Begin to speak. Raises ModelUnavailable, now or while iterating. `cancelled`, which reads a flag and waits for
    nothing, is looked at a few times a second.

    `adapter` is what the class was given (`adapters.speaker`). `keep` gets the account of the call at its end, for who
    writes it together with what was said.
    """
    reading.wait_for(prompt.system, cancelled)
    return Speech(_ask(role, prompt, max_tokens, shown=True, adapter=adapter), about, cancelled, keep=keep)


def complete(
    role: Role, prompt: Prompt, *, about: UUID | None = None, max_tokens: int = 200, adapter: str = ""
) -> Reply:
    """The whole reply at once. Raises ModelUnavailable, also for an empty one."""
    return _whole(Speech(_ask(role, prompt, max_tokens, shown=False, adapter=adapter), about))


def _whole(speech: Speech) -> Reply:
    """The reply to its end; within an account whose work is called off it is broken off, and raises CallStopped."""
    if found := open_account():
        speech.cancelled = found.stopped
    for _ in speech:
        pass
    if speech.outcome == "cancelled":
        raise CallStopped
    return speech.reply


def _no_complaint(document: BaseModel) -> str:
    return ""


class _Reading(Generic[M]):
    """Reads replies as documents of a schema: `document`, or the `problem` in a sentence."""

    def __init__(self, schema: type[M], check: Callable[[M], str]) -> None:
        self.schema, self.check = schema, check
        self.partial = False
        self.document: M | None = None
        self.problem = ""

    def __call__(self, text: str) -> bool:
        """Whether the text is a document that passes the check."""
        try:
            found = self.schema.model_validate(clean_tree(from_json(text, allow_partial=self.partial)))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(step) for step in first["loc"]) or "the whole"
            self.problem = f"{where}: {first['msg']}."
        except ValueError:
            self.problem = "It was not complete JSON; be briefer."
        else:
            self.problem = self.check(found)
            self.document = None if self.problem else found
        return not self.problem


def draft(
    role: Role,
    prompt: Prompt,
    schema: type[M],
    *,
    about: UUID | None = None,
    max_tokens: int = 400,
    check: Callable[[M], str] = _no_complaint,
) -> tuple[M, Reply]:
    """A document of `schema`, constrained by it on the server. `check` answers "" or a sentence about what is wrong.

    A reply that does not fit is asked for once more with the problem named; of the second, a cut-off end is
    forgiven if the rest holds. Raises ModelJunk, or ModelUnavailable.
    """
    reading = _Reading(schema, check)
    turn, form, key, model = prompt.turn, response_format(schema), "", ""
    for reading.partial in (False, True):
        asked = _ask(role, prompt.model_copy(update={"turn": turn}), max_tokens, shown=False, form=form)
        key, model = key or (cache.key_of(asked) if open_account() else ""), model or asked.speaker or asked.model
        if not reading.partial and (known := _kept(key, asked, reading)) and reading.document is not None:
            return reading.document, known
        reply = _whole(Speech(asked, about, judge=reading))
        if reading.document is not None:
            if (found := open_account()) and found.keep and reply.model == model:
                cache.keep(key, reply, reading.partial)
            return reading.document, reply
        log.info("a draft for %s was refused: %s", role, reading.problem)
        turn = f"{prompt.turn}\n\nYour last reply could not be used: {reading.problem} Mend that."
    raise ModelJunk(f"The language model's draft could not be used: {reading.problem}")


def _kept(key: str, asked: Ask, reading: _Reading[M]) -> Reply | None:
    """What the same request was answered with before, read into `reading`, where the open account reuses replies."""
    found = open_account()
    known = cache.find(key) if found and found.reuse else None
    if found is None or known is None:
        return None
    reading.partial = known.partial
    is_good = reading(known.text)
    reading.partial = False
    if not is_good:
        return None
    found.hits += 1
    model, hashed = asked.speaker or asked.model, digest(asked.prompt.whole())
    return Reply(text=known.text, model=model, call_id=known.call_id, prompt_hash=hashed)


CHOICE_TOKENS = 6


def choose(role: Role, prompt: Prompt, labels: list[str], *, about: UUID | None = None, seconds: float = 2.0) -> str:
    """One of `labels`, which the server is bound to. Raises ModelJunk for anything else, or ModelUnavailable."""
    tree: JsonValue = {"type": "string", "enum": list[JsonValue](labels)}
    form: dict[str, JsonValue] = {
        "type": "json_schema",
        "json_schema": {"name": "label", "strict": True, "schema": tree},
    }
    asked = _ask(role, prompt, CHOICE_TOKENS, shown=False, form=form)
    hurried = replace(asked, first_seconds=seconds, total_seconds=seconds)
    found = _whole(Speech(hurried, about)).text.strip().strip('"')
    if found not in labels:
        raise ModelJunk(f"The language model was to choose one of {', '.join(labels)}.")
    return found


def response_format(schema: type[BaseModel]) -> dict[str, JsonValue]:
    """The `response_format` that binds a server to a schema, in the strict dialect: every field asked for."""
    tree = _strict(schema.model_json_schema())
    return {"type": "json_schema", "json_schema": {"name": schema.__name__, "strict": True, "schema": tree}}


def _strict(tree: Any) -> Any:
    if isinstance(tree, list):
        return [_strict(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    made = {key: _strict(item) for key, item in tree.items() if key not in ("default", "title")}
    if isinstance(made.get("properties"), dict):
        made["properties"] = {key: _strict(item) for key, item in tree["properties"].items()}
        made |= {"required": list(made["properties"]), "additionalProperties": False}
    return made


def warm(role: Role, prompt: Prompt, *, about: UUID | None = None, adapter: str = "") -> None:
    """Have the server read a prompt so that its cache holds it when a turn with the same beginning comes."""
    try:
        with reading.under_way(prompt.system):
            _whole(Speech(_ask(role, prompt, 1, shown=False, adapter=adapter), about, judge=lambda _: True))
    except ModelUnavailable as error:
        log.info("not warmed: %s", error.sentence)


def get_ready() -> None:
    """Load what the first question would otherwise wait for: the client of the models, and the word vectors."""
    gateway.get_ready()
    embed(["ready"])


def available(role: Role = Role.TUTOR) -> bool:
    """Whether the role's model may be asked, as far as recent calls tell; asks nobody."""
    endpoint = gateway.endpoint_of(role)
    return bool(endpoint.url) and breaker_of(endpoint.url).available()


def takes_pictures(role: Role) -> bool:
    """Whether the role's model looks at pictures, as the settings say of an endpoint and the catalogue of a model."""
    endpoint = gateway.endpoint_of(role)
    return endpoint.pictures or gateway.known_model(endpoint) in PICTURED
