"""Adapters at the model server: which it has, how a request names one, loading and unloading, and what it would say.

Two servers are known. vLLM loads an adapter while it runs (VLLM_ALLOW_RUNTIME_LORA_UPDATING) and is asked for it by
the request's model. llama.cpp reads adapters when it starts and is asked by the request's `lora` list; the embedded
one watches a folder and starts anew, once nobody speaks, when another file lies there (see `llama_server`).
"""

import time
from collections.abc import Callable
from pathlib import Path

import httpx
from pydantic import BaseModel, JsonValue, TypeAdapter, ValidationError

from app.base.errors import AppError
from app.base.settings import Endpoint, get_settings
from app.base.stream import clear_flag, set_flag
from app.inference import gateway
from app.inference.schema import ModelUnavailable, Prompt, Role

KNOWN_SECONDS = 15.0
MISSED_SECONDS = 1.0
"""So long a server that lacks an adapter is not asked for it again."""
LOOK_SECONDS = 3.0
LOAD_SECONDS = 120.0
CHANGING_SECONDS = 60.0
LLAMA, VLLM = "llama.cpp", "vllm"


class ServerRefuses(AppError):
    """The model server did not do what was asked; nothing was changed."""

    status = 409


class Offer(BaseModel):
    """The adapters a server has now, each with its number (llama.cpp) or None (vLLM)."""

    kind: str
    names: dict[str, int | None] = {}


class _Lora(BaseModel):
    id: int
    path: str


class _Model(BaseModel):
    id: str
    parent: str | None = None


class _Models(BaseModel):
    data: list[_Model]


_LORAS = TypeAdapter(list[_Lora])
_offers: dict[str, tuple[float, Offer]] = {}


def way_to(endpoint: Endpoint, model: str, adapter: str) -> tuple[str, dict[str, JsonValue]]:
    """How a request asks for an adapter: the model to name, and what else goes into its body.

    A server that does not have it is asked for `model`, the base: a class goes on, and the account says who spoke.
    llama.cpp is told of every adapter it has, also of those that are not wanted: to a request that names none it
    answers from a prompt that the last adapter has read.
    """
    if not adapter and not any(served_folder(model).glob("*.gguf")):
        return model, {}
    found = offer(endpoint, adapter)
    if found.kind == LLAMA and found.names:
        return model, {"lora": [{"id": at, "scale": float(name == adapter)} for name, at in found.names.items()]}
    return (adapter if adapter in found.names else model), {}


def speaks(endpoint: Endpoint, adapter: str) -> bool:
    """Whether a request for the adapter is answered by it."""
    return bool(adapter) and adapter in offer(endpoint, adapter).names


def offer(endpoint: Endpoint, wanted: str = "", fresh: bool = False) -> Offer:
    """What a server has; remembered for some seconds, but hardly for one where the adapter that is `wanted` is not
    among it: it may have come meanwhile. Of a server that is away the last that was known, or nothing.
    """
    looked, known = _offers.get(endpoint.url, (-KNOWN_SECONDS, Offer(kind=VLLM)))
    lasts = MISSED_SECONDS if wanted and wanted not in known.names else KNOWN_SECONDS
    if not fresh and time.monotonic() - looked < lasts:
        return known
    try:
        known = _ask_offer(endpoint)
    except ServerRefuses:
        if fresh:
            raise
    _offers[endpoint.url] = time.monotonic(), known
    return known


def _ask_offer(endpoint: Endpoint) -> Offer:
    with _client(endpoint) as client:
        try:
            reply = client.get(f"{root_of(endpoint)}/lora-adapters")
            if reply.status_code == 200:
                return Offer(
                    kind=LLAMA, names={Path(one.path).stem: one.id for one in _LORAS.validate_json(reply.text)}
                )
            reply = client.get(f"{endpoint.url.rstrip('/')}/models").raise_for_status()
            return Offer(kind=VLLM, names={one.id: None for one in _Models.model_validate_json(reply.text).data})
        except (httpx.HTTPError, httpx.InvalidURL, ValidationError) as error:
            raise ServerRefuses("The model server does not answer; nothing was changed.") from error


def root_of(endpoint: Endpoint) -> str:
    """The server's address without the /v1."""
    return endpoint.url.rstrip("/").removesuffix("/v1")


def forget(endpoint: Endpoint, *, refused: bool) -> None:
    """Look anew what a server has, next time: a request to it failed.

    One that `refused` may have been started again with another model, and would refuse the old name for ever. Of one
    that is away or late the name is kept: to ask for it would be one more thing to wait for.
    """
    _offers.pop(endpoint.url, None)
    if refused:
        gateway.forget_model(endpoint)


def _client(endpoint: Endpoint, seconds: float = LOOK_SECONDS) -> httpx.Client:
    head = {"authorization": f"Bearer {endpoint.key}"}
    return httpx.Client(timeout=seconds, headers=head, trust_env=not gateway.is_local(endpoint.url))


def base_name(role: Role) -> str:
    """The base model that serves a role. Raises ServerRefuses when the server cannot say."""
    try:
        return gateway.served_model(gateway.endpoint_of(role))
    except ModelUnavailable as error:
        raise ServerRefuses("The model server does not answer; nothing was changed.") from error


def server_kind(role: Role) -> str:
    """`LLAMA` or `VLLM`. Raises ServerRefuses when nobody answers."""
    return offer(gateway.endpoint_of(role), fresh=True).kind


def served_folder(base: str) -> Path:
    """Where the embedded server that runs `base` looks for adapters, as NAME.gguf."""
    return get_settings().data / "alignment" / "served" / base


def is_loaded(role: Role, name: str) -> bool:
    """Whether the role's server has the adapter now."""
    return name in offer(gateway.endpoint_of(role), fresh=True).names


def load(role: Role, name: str, folder: Path, as_gguf: Callable[[Path], None]) -> None:
    """Have the role's server take an adapter (a PEFT folder); for llama.cpp `as_gguf` writes it as GGUF to a path.

    Returns when the server has it. Raises ServerRefuses, and then the server is as it was.
    """
    endpoint = gateway.endpoint_of(role)
    found = offer(endpoint, fresh=True)
    if name in found.names:
        return
    if found.kind == LLAMA:
        _load_llama(endpoint, name, as_gguf)
    else:
        _load_vllm(endpoint, name, folder)
    _offers.pop(endpoint.url, None)


def _load_vllm(endpoint: Endpoint, name: str, folder: Path) -> None:
    wanted = {"lora_name": name, "lora_path": str(folder.resolve())}
    try:
        with _client(endpoint, LOAD_SECONDS) as client:
            reply = client.post(f"{endpoint.url.rstrip('/')}/load_lora_adapter", json=wanted)
    except httpx.HTTPError as error:
        raise ServerRefuses("The model server does not answer; nothing was changed.") from error
    if reply.status_code in (404, 405):
        raise ServerRefuses(
            "The model server cannot take adapters while it runs: start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 "
            "and --enable-lora (deploy/vllm.sh does)."
        )
    if reply.status_code != 200:
        raise ServerRefuses(f"The model server refused the adapter: {reply.text[:300]}")


def _load_llama(endpoint: Endpoint, name: str, as_gguf: Callable[[Path], None]) -> None:
    """Lay the file down where the embedded server looks, and wait until it has started anew with it."""
    folder = served_folder(gateway.served_model(endpoint))
    path = folder / f"{name}.gguf"
    set_flag(gateway.CHANGING, CHANGING_SECONDS)
    try:
        as_gguf(path)
        if not _wait_for(endpoint, name, path):
            path.unlink(missing_ok=True)
            raise ServerRefuses(
                f"The model server has not taken the adapter within {LOAD_SECONDS:.0f} s. Lyceum's own server, as "
                "`up` starts it, looks for them in its data folder; another llama.cpp server is started with them."
            )
    finally:
        clear_flag(gateway.CHANGING)


def _wait_for(endpoint: Endpoint, name: str, path: Path) -> bool:
    deadline = time.monotonic() + LOAD_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.3)
        try:
            has_it = name in _ask_offer(endpoint).names
        except ServerRefuses:
            continue  # between its end and its new start
        if has_it:
            return True
        if not path.exists():
            raise ServerRefuses("The model server cannot read the adapter: it does not fit the model it runs.")
    return False


def unload(role: Role, name: str) -> None:
    """Have the role's server forget an adapter, as far as it can and is there: a rolled-back one is asked for no more.

    llama.cpp keeps it until its next start, when the file is gone.
    """
    endpoint = gateway.endpoint_of(role)
    try:
        if offer(endpoint, fresh=True).kind == LLAMA:
            return
        with _client(endpoint) as client:
            client.post(f"{endpoint.url.rstrip('/')}/unload_lora_adapter", json={"lora_name": name})
    except (ServerRefuses, httpx.HTTPError):
        return
    finally:
        _offers.pop(endpoint.url, None)


# ------------------------------------------------------------------------------------------------------- the probe

PROBE_TOKENS = 6
TOP = 8


class _Likely(BaseModel):
    token: str
    logprob: float


class _Token(BaseModel):
    token: str
    top_logprobs: list[_Likely] = []


class _Content(BaseModel):
    content: list[_Token] = []


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    logprobs: _Content | None = None


class _Completion(BaseModel):
    choices: list[_Choice]


class Probe(BaseModel):
    """What a server would say, greedily: the words, and for the first word the most likely tokens with their log-
    probabilities (natural)."""

    text: str
    likely: dict[str, float] = {}


def probe(role: Role, prompt: Prompt, adapter: str = "") -> Probe:
    """Ask without chance and without retries, for comparing servers. Raises ServerRefuses."""
    endpoint = gateway.endpoint_of(role)
    model, more = way_to(endpoint, base_name(role), adapter)
    body: dict[str, JsonValue] = {
        "model": model,
        "messages": [{"role": "system", "content": prompt.system}, {"role": "user", "content": prompt.turn}],
        "max_tokens": PROBE_TOKENS,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": TOP,
        **more,
    }
    try:
        with _client(endpoint, LOAD_SECONDS) as client:
            reply = client.post(f"{endpoint.url.rstrip('/')}/chat/completions", json=body).raise_for_status()
        choice = _Completion.model_validate_json(reply.text).choices[0]
    except (httpx.HTTPError, ValidationError, IndexError) as error:
        forget(endpoint, refused=isinstance(error, httpx.HTTPStatusError))
        raise ServerRefuses("The model server did not answer a probe; nothing was changed.") from error
    first = choice.logprobs.content[:1] if choice.logprobs else []
    likely = {one.token: one.logprob for token in first for one in token.top_logprobs}
    return Probe(text=choice.message.content or "", likely=likely)
