"""Prompt files: Jinja templates whose unfilled names are errors, and the hash that identifies a filled one."""

import hashlib
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment

from app.base.templates import templates


@lru_cache
def _environment(folder: Path) -> Environment:
    return templates(folder, escapes=False)


def fill(folder: Path, name: str, /, **values: object) -> str:
    """The prompt `name` of a room's prompts folder, filled. Raises jinja2.UndefinedError for a missing value."""
    return _environment(folder).get_template(name).render(**values).strip()


@lru_cache
def version(folder: Path) -> str:
    """Which prompts a folder holds: the first 8 hex digits of the SHA-256 of all its files. Read once a process."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    return hashlib.sha256(b"\0".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()[:8]


def digest(text: str) -> str:
    """A short, stable name for a prompt: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
