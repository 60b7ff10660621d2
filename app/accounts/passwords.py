"""Passwords: argon2id, and as much work for an unknown address as for a wrong password."""

from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.base.errors import Invalid

SHORTEST, LONGEST = 8, 256

_hasher = PasswordHasher()


def check_strength(password: str) -> None:
    """Raise Invalid unless the password has between 8 and 256 characters."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"Choose a password of {SHORTEST} to {LONGEST} characters.")


def hash_password(password: str) -> str:
    """An argon2id hash with its own salt and parameters."""
    check_strength(password)
    return _hasher.hash(password.encode("utf-8", "replace"))


@lru_cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is right; without a hash the same work is done and the answer is no."""
    try:
        _hasher.verify(password_hash or _nobody(), password[:LONGEST].encode("utf-8", "replace"))
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def is_dated(password_hash: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)
