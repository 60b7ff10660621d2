"""The embedded inference server: llama.cpp's own OpenAI-compatible HTTP server, in a process of its own.

    python -m app.inference.llama_server --model FILE --port N --alias NAME

It listens on 127.0.0.1 only, answers /health when it is ready, and leaves on SIGTERM. On a CPU, reading a prompt
costs far more than the words that follow, so everything here serves prefix reuse: a slot keeps the last prompt it
read, a request goes to the slot whose prompt it shares most with, and prompts pushed out of a slot wait in memory.
"""

import argparse
import os
import signal
import sys
import threading
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


def serve(wanted: "xllamacpp.CommonParams") -> None:
    """Serve until SIGTERM or SIGINT."""
    import xllamacpp

    leaving = threading.Event()
    try:
        server = xllamacpp.Server(wanted)
    except RuntimeError:
        sys.exit(f"llama.cpp could not serve {wanted.model.path} on port {wanted.port}; its own words are above.")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leaving.set())
    sys.stdout.write(f"serving at {server.listening_address}\n")
    sys.stdout.flush()
    leaving.wait()
    os._exit(0)  # the C++ threads would be joined for as long as a reply lasts


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description="llama.cpp's OpenAI-compatible server on 127.0.0.1")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--alias", default="")
    parser.add_argument("--parallel", type=int, default=3)
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2)))
    chosen = parser.parse_args()
    if not chosen.model.is_file():
        sys.exit(f"There is no model file at {chosen.model}.")
    alias = chosen.alias or chosen.model.stem
    serve(parameters(chosen.model, chosen.port, alias, chosen.parallel, chosen.context, chosen.threads))


if __name__ == "__main__":
    main()
