"""`up` as a person meets it: one start, one refusal of a second, kills all round, and nothing left afterwards."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from parts import PREFIX
from stub_model import StubModel

from app.base.embedded.ports import free_ports
from app.base.embedded.processes import is_gone
from app.base.settings import ROOT

pytestmark = pytest.mark.journey
BARE = ("DATABASE_URL", "REDIS_URL", "LYCEUM_DATA", "LYCEUM_PUBLIC_URL", "LYCEUM_ROLES", "LYCEUM_DEMO")


class Place:
    """A data folder, a port and the environment of somebody who sets nothing but the model's address."""

    def __init__(self, root: Path, inference_url: str) -> None:
        self.root = root
        [self.port] = free_ports(1)
        self.started: list[subprocess.Popen[str]] = []
        kept = {name: value for name, value in os.environ.items() if name not in BARE}
        self.environment = {**kept, "INFERENCE_URL": inference_url, "PYTHONPATH": str(ROOT)}

    def command(self, *words: str, data: str = "") -> list[str]:
        return [sys.executable, "-P", "-m", "app", *words, "--data", data or str(self.root)]

    def call(self, *words: str, data: str = "") -> "subprocess.CompletedProcess[str]":
        command = self.command(*words, data=data)
        return subprocess.run(
            command, env=self.environment, cwd=self.root, capture_output=True, text=True, check=False, timeout=60
        )

    def start(self) -> "subprocess.Popen[str]":
        """`up`, once it said where it is."""
        command = self.command("up", "--no-demo", "--port", str(self.port))
        up = subprocess.Popen(command, env=self.environment, cwd=self.root, stdout=subprocess.PIPE, text=True)
        self.started.append(up)
        assert up.stdout is not None
        said: list[str] = []
        for line in up.stdout:
            said.append(line)
            if line.startswith("Lyceum is at"):
                assert str(self.port) in line
                return up
        raise AssertionError("it ended: " + "".join(said))

    def children(self) -> list[psutil.Process]:
        entries = json.loads((self.root / "run" / "processes.json").read_text())
        return [psutil.Process(entry["pid"]) for entry in entries]


@pytest.fixture
def place() -> Iterator[Place]:
    root = Path(tempfile.mkdtemp(prefix=PREFIX))
    with StubModel() as stub:
        made = Place(root, stub.url)
        yield made
    for up in made.started:  # a test that failed or was interrupted leaves no platform behind
        up.terminate()
        up.wait(60)
    shutil.rmtree(root, ignore_errors=True)


def until(true: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.2)


def test_up_survives_kills_refuses_a_second_and_leaves_nothing(place: Place) -> None:
    up = place.start()
    answer = place.call("check")
    assert answer.returncode == 0, answer.stdout
    second = place.call("up", "--no-demo", "--port", "0")
    assert second.returncode == 1
    assert "in use by another" in second.stderr
    with tempfile.TemporaryDirectory(prefix=PREFIX) as other:
        taken = place.call("up", "--no-demo", "--port", str(place.port), data=other)
    assert taken.returncode == 1
    assert taken.stderr == f"Port {place.port} is taken by another program; choose another with --port.\n"

    for child in place.children():
        child.kill()
    until(lambda: place.call("check").returncode == 0, seconds=40)

    up.kill()
    up.wait()
    orphans = place.children()
    up = place.start()
    assert all(is_gone(one) for one in orphans)
    children = place.children()
    up.send_signal(signal.SIGTERM)
    assert up.wait(30) == 0
    assert all(is_gone(one) for one in children)
    assert not [
        one for one in psutil.process_iter(["cmdline"]) if str(place.root) in " ".join(one.info["cmdline"] or [])
    ]
    assert place.call("check").returncode == 1
