"""The key of a release: pseudonyms, ids and shifts of time are made with it, and it is locked away or destroyed.

A key lies in the database only locked with the installation's secret: LYCEUM_ESCROW_SECRET, or else a random one in
run/escrow.secret of the data folder, which only its owner reads. Whoever has only one of the two can open nothing.
"""

import os
import secrets
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac
from typing import TypeVar
from uuid import UUID

from app.base.errors import AppError
from app.base.settings import get_settings

T = TypeVar("T")

MOST_WEEKS = 25
"""Times move by at most so many weeks (175 days) either way."""
KEPT = 5_000
"""How many names are remembered, so that a learner's need not be made anew for every row."""


def new_key() -> bytes:
    """A fresh random key of 32 bytes."""
    return secrets.token_bytes(32)


def lock(key: bytes) -> bytes:
    """The key as it may lie in the database: 16 bytes of salt, the key under a pad made of it, 32 bytes of proof."""
    secret, salt = _secret(), secrets.token_bytes(16)
    hidden = _mixed(key, hmac(secret, b"pad" + salt, "sha256"))
    return salt + hidden + hmac(secret, b"proof" + salt + hidden, "sha256")


def unlock(locked: bytes) -> bytes:
    """The key again. Raises AppError where the installation's secret is not the one it was locked with."""
    secret = _secret()
    salt, hidden, proof = locked[:16], locked[16:48], locked[48:]
    if not compare_digest(proof, hmac(secret, b"proof" + salt + hidden, "sha256")):
        raise AppError(
            "The secret that locks the keys of releases has changed; set LYCEUM_ESCROW_SECRET to the old one."
        )
    return _mixed(hidden, hmac(secret, b"pad" + salt, "sha256"))


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))


def _secret() -> bytes:
    words = get_settings().escrow_secret or _kept_secret()
    return sha256(words.encode()).digest()


def _kept_secret() -> str:
    path = get_settings().data / "run" / "escrow.secret"
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    if not path.exists():
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(32))
        try:
            os.link(fresh, path)  # the first of two that start at once wins
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text()


class Names:
    """What things are called in one release: nothing of it can be traced or repeated without the key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[tuple[str, object], object] = {}

    def person(self, person_id: UUID) -> str:
        """A person's pseudonym: "person-" and 20 hexadecimal digits."""
        return self._kept("person", person_id, lambda made: f"person-{made[:10].hex()}")

    def thing(self, kind: str, one: object) -> str:
        """The id of a class, an event, a lesson or whatever else, as a UUID in text."""
        return self._kept(kind, one, lambda made: str(UUID(bytes=made[:16], version=4)))

    def shift(self, kind: str, one: UUID) -> timedelta:
        """By how much the times of a learner or of a shared class move: whole weeks, so that weekdays stay."""
        return self._kept(f"shift of {kind}", one, lambda made: timedelta(weeks=_weeks(made)))

    def _kept(self, kind: str, one: object, shape: Callable[[bytes], T]) -> T:
        known = self._known.get((kind, one))
        if known is None:
            if len(self._known) >= KEPT:
                self._known.clear()
            known = self._known[kind, one] = shape(hmac(self._key, f"{kind}/{one}".encode(), "sha256"))
        return known  # type: ignore[return-value]


def _weeks(made: bytes) -> int:
    return int.from_bytes(made[:8]) % (2 * MOST_WEEKS + 1) - MOST_WEEKS
