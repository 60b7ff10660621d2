"""`./lyceum serve`: the web server alone, on stores named by the environment."""

import argparse
import logging
import socket
from pathlib import Path

from app.base.embedded.address import need_stores
from app.base.embedded.ports import listen
from app.base.settling import settle

KEEP_SECONDS = 65
"""How long a browser's idle connection is kept: a student's next words need no new one."""


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("serve", help="run the web server alone")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="(default: %(default)s)")
    parser.add_argument("--fd", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, help="the data folder of the running platform")
    parser.set_defaults(run=run)


def keep_log() -> None:
    """Have what the web server tells stand in its log with time, level and place, uvicorn's own words among it; but not
    each request to the model server.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)


def run(arguments: argparse.Namespace) -> int:
    """Serve until stopped. A class page's open stream must not hold up the end for longer than two seconds."""
    need_stores(arguments.data)
    keep_log()
    import uvicorn

    from app.inference import service as inference
    from app.inference.schema import Role

    inherited = arguments.fd is not None
    listener = socket.socket(fileno=arguments.fd) if inherited else listen(arguments.host, arguments.port)
    config = uvicorn.Config(
        "app.main:create_app",
        factory=True,
        access_log=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=KEEP_SECONDS,
        log_config=None,
        log_level="info",
    )
    config.load()
    settle()
    for role in Role:
        inference.known_model(role)  # asked for now, so that the first page names it
    uvicorn.Server(config).run(sockets=[listener])
    return 0
