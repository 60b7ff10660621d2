"""Ports: a public one that is held, and private ones for the parts."""

import errno
import random
import socket

from app.base.errors import AppError

PRIVATE = range(20_000, 32_000)
"""Below the ports that systems hand to outgoing connections, so that a part that is restarted finds its port free: a
client that keeps knocking from that range can otherwise be given the very port it knocks at."""


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Distinct loopback ports that nobody listens on."""
    candidates = random.sample(PRIVATE, len(PRIVATE))
    found = [port for port, _ in zip((one for one in candidates if _is_free(one)), range(count), strict=False)]
    if len(found) < count:
        raise AppError("This machine has no free ports left.")
    return found


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, held by the caller and inherited by the web server: while that restarts, visitors wait
    instead of being refused. Raises AppError if the port is taken or not allowed."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise AppError(f"Port {port} is taken by another program; choose another with --port.") from error
        if isinstance(error, PermissionError):
            raise AppError(f"Port {port} is not open to this account; choose one above 1023 with --port.") from error
        raise AppError(f"Cannot listen on {host} port {port}: {error.strerror}.") from error
    return listener
