"""The data folder: one owner at a time, private, with room on its disk."""

import fcntl
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO

from app.base.errors import AppError

ROOM_NEEDED = 300 * 2**20
"""Bytes that must be free before anything is started: a new Postgres cluster takes about 50 MB, its log 64."""


class DataFolder:
    """Where one running platform keeps everything: run/ (lock, ledger, secrets), logs/, files/, models/, the stores."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().resolve()
        self.run = self.root / "run"
        self.logs = self.root / "logs"
        self.models = self.root / "models"
        self.postgres = self.root / "postgres"
        self.valkey = self.root / "valkey"
        self._lock: IO[str] | None = None

    def take(self) -> None:
        """Make the folder and hold it until `release` or this process ends. Raises AppError if it cannot be used."""
        self._make()
        lock = (self.run / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise AppError(
                f"The data folder {self.root} is in use by another `lyceum up` (process {owner}); "
                "stop that one, or choose another folder with --data."
            ) from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        """Let the next one have it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _make(self) -> None:
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(self.root).free
            if free < ROOM_NEEDED:
                raise AppError(
                    f"The disk of the data folder {self.root} is full ({free // 2**20} MB free, "
                    f"{ROOM_NEEDED // 2**20} MB needed); make room, or choose another folder with --data."
                )
            # Others may pass through to the database's folder, which belongs to its own account when we are root.
            self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)
            for private in (self.run, self.logs, self.root / "files", self.models, self.valkey):
                private.mkdir(exist_ok=True)
                private.chmod(0o700)
        except OSError as error:  # a file in its way, a disk that cannot be written, a place where nothing can be made
            raise AppError(
                f"The data folder {self.root} cannot be used ({error.strerror}); choose another with --data."
            ) from error

    def secret(self, name: str) -> str:
        """A random password, made once and kept in a file that only its owner reads."""
        path = self.run / f"{name}.secret"
        if not path.exists():
            self.run.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(f".{secrets.token_hex(4)}")
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                out.write(secrets.token_urlsafe(24))
            with suppress(FileExistsError):  # of two processes that start at once the first one wins
                os.link(beside, path)
            beside.unlink()
        return path.read_text()
