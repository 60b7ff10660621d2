"""The embedded inference server: llama.cpp's own OpenAI-compatible HTTP server, in a process of its own.

    python -m app.inference.llama_server --model FILE --port N --alias NAME [--adapters FOLDER]

It listens on 127.0.0.1 only, answers /health when it is ready, and leaves on SIGTERM. On a CPU, reading a prompt
costs far more than the words that follow, so everything here serves prefix reuse: a slot keeps the last prompt it
read, a request goes to the slot whose prompt it shares most with, and prompts pushed out of a slot wait in memory.

llama.cpp reads adapters when it starts. So the folder of adapters is watched, and when other files lie there the server
waits until nobody speaks, and starts anew in the same process. None of them is used unless a request asks for it.
"""

import argparse
import os
import re
import signal
import sys
import threading
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xllamacpp

QUIET = 1
CACHE_MIB = 512
KNOWN_SHARE = 0.3
"""Share of a prompt that a slot must already hold to be preferred over the one unused longest."""

READ_AT_ONCE = 32
"""Prompt tokens read between two steps of speech. Fewer let the others speak on sooner: with 64 and more a prompt
costs 8 % less work to read, and a question asked meanwhile waits twice as long for its turn."""

SPIN = "1000"
"""Rounds a thread spins at a barrier before it sleeps. OpenMP's own choice, hundreds of thousands, is a little faster
on an idle machine and ten times slower on one with other work, where the thread waited for has no core."""


DRAIN_SECONDS = 30.0
"""How long replies under way may take before the server starts anew all the same."""
REFUSED = ".refused"
NOT_LOADED = (
    "llama.cpp cannot be loaded ({error}). Bare systems lack the library of OpenMP: install it "
    "(Debian and Ubuntu: apt install libgomp1; Fedora: dnf install libgomp) and start again."
)
_PROCESSING = re.compile(r"^llamacpp:requests_(?:processing|deferred) (\d+)", re.MULTILINE)


def adapters_in(folder: Path | None) -> list[Path]:
    """The adapters that lie in the folder."""
    return sorted(folder.glob("*.gguf")) if folder and folder.is_dir() else []


def parameters(model: Path, port: int, alias: str, slots: int, context: int, threads: int) -> "xllamacpp.CommonParams":
    """The server's parameters. `context` is in tokens per slot.

    All `threads` read; a lone voice leaves one core to the rest of the platform, as it is fast enough for a listener
    either way and a core shared with other work would halt them all.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN)  # read when the library is loaded
    import xllamacpp

    wanted = xllamacpp.CommonParams()
    wanted.model.path = str(model)
    wanted.model_alias = {alias}
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = port
    wanted.ui = False
    wanted.endpoint_slots = False
    wanted.endpoint_metrics = True
    wanted.verbosity = QUIET
    wanted.n_parallel = slots
    wanted.n_ctx = slots * context
    wanted.cont_batching = True
    wanted.n_batch = wanted.n_ubatch = READ_AT_ONCE
    wanted.cpuparams_batch.n_threads = threads
    wanted.cpuparams.n_threads = max(1, threads - 1)
    wanted.cache_prompt = True
    wanted.cache_ram_mib = CACHE_MIB
    wanted.slot_prompt_similarity = KNOWN_SHARE
    wanted.use_jinja = True
    return wanted


def with_adapters(wanted: "xllamacpp.CommonParams", files: list[Path]) -> None:
    """Have the server read these adapters, each without effect until a request gives it a scale.

    Prompts that wait in memory do not remember with which adapter they were read, so there none may wait then; a slot's
    own prompt is read anew when a request names another adapter (`adapter_servers.way_to`).
    """
    import xllamacpp

    wanted.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(path=str(file), scale=0.0) for file in files]
    if files:
        wanted.cache_ram_mib = 0


def serve(wanted: "xllamacpp.CommonParams", folder: Path | None = None) -> None:
    """Serve until SIGTERM or SIGINT, or until other adapters lie in `folder`."""
    import xllamacpp

    leaving = threading.Event()
    files = adapters_in(folder)
    with_adapters(wanted, files)
    try:
        server = xllamacpp.Server(wanted)
    except RuntimeError:
        if files:
            _set_aside(files)
        sys.exit(f"llama.cpp could not serve {wanted.model.path} on port {wanted.port}; its own words are above.")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leaving.set())
    sys.stdout.write(f"serving at {server.listening_address}\n")
    sys.stdout.flush()
    while not leaving.wait(0.5):
        if adapters_in(folder) != files:
            _drain(wanted.port, leaving)
            _start_anew()
    os._exit(0)  # the C++ threads would be joined for as long as a reply lasts


def _set_aside(files: list[Path]) -> None:
    """A server that did not come up with its adapters is tried without the newest of them."""
    newest = max(files, key=lambda file: file.stat().st_mtime)
    sys.stderr.write(f"the adapter {newest.name} is set aside: the server did not start with it\n")
    newest.rename(newest.with_suffix(newest.suffix + REFUSED))
    _start_anew()


def _start_anew() -> None:
    os.closerange(3, 1024)  # the port is one of them
    os.execv(sys.executable, [sys.executable, "-P", "-m", "app.inference.llama_server", *sys.argv[1:]])


def _drain(port: int, leaving: threading.Event) -> None:
    """Wait until no reply is under way."""
    deadline = time.monotonic() + DRAIN_SECONDS
    while time.monotonic() < deadline and not leaving.is_set():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as reply:
                counts = _PROCESSING.findall(reply.read().decode())
        except OSError:
            return
        if not any(int(one) for one in counts):
            return
        time.sleep(0.1)


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="llama.cpp's OpenAI-compatible server on 127.0.0.1")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--alias", default="")
    parser.add_argument("--adapters", type=Path, help="folder of adapters (GGUF) that is watched")
    parser.add_argument("--parallel", type=int, default=3)
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2)))
    chosen = parser.parse_args()
    if not chosen.model.is_file():
        sys.exit(f"There is no model file at {chosen.model}.")
    alias = chosen.alias or chosen.model.stem
    try:
        wanted = parameters(chosen.model, chosen.port, alias, chosen.parallel, chosen.context, chosen.threads)
    except ImportError as error:
        sys.exit(NOT_LOADED.format(error=error))
    serve(wanted, chosen.adapters)


if __name__ == "__main__":
    main()
