"""How `./lyceum test` shares the tests among processes, and that a template nobody fills is still found there."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.base.settings import ROOT
from app.cli import test as command
from app.web import pages

GIB = 2**30
THERE_ARE = {str(one.relative_to(pages.TEMPLATES)) for one in pages.TEMPLATES.rglob("*.html")}


@pytest.mark.parametrize(
    ("cores", "memory", "count"),
    [(1, 64 * GIB, 1), (2, 24 * GIB, 2), (16, 64 * GIB, 4), (8, 5 * GIB, 2), (2, GIB, 1)],
)
def test_processes_fit_the_cores_and_the_memory(cores: int, memory: int, count: int) -> None:
    assert command.how_many(cores, memory) == count


def test_chosen_tests_run_in_one_process_unless_more_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "usable_cores", lambda: 8)
    monkeypatch.setattr(command, "usable_memory", lambda: 64 * GIB)
    told: dict[str, str] = {}
    assert command._checks(["tests/x.py", "-k", "y"], told) == [("pytest", ["pytest", "tests/x.py", "-k", "y"])]
    assert told == {}
    assert command._checks(["-n", "3"], told)[0][1] == ["pytest", *command.BY_FILE, "-n", "3"]
    name, everything = command._checks([], told)[-1]
    assert everything == ["pytest", "-n", "4", *command.BY_FILE]
    assert "4" in name
    assert told == {"OMP_NUM_THREADS": "2"}


SLOW_TO_STOP = """
import signal, sys, time
from pathlib import Path
def stop(*_):
    time.sleep(1)
    Path(sys.argv[1]).write_text("stopped in peace")
    sys.exit(2)
signal.signal(signal.SIGINT, stop)
print("up", flush=True)
time.sleep(600)
"""


def by_terminal(caller: int) -> None:
    os.killpg(caller, signal.SIGINT)


def by_signal(caller: int) -> None:
    os.kill(caller, signal.SIGTERM)


@pytest.mark.parametrize(("end", "sign"), [(by_terminal, "KeyboardInterrupt"), (by_signal, "status 143")])
def test_who_ends_the_tests_waits_for_them_to_stop_what_they_started(
    tmp_path: Path, end: Callable[[int], None], sign: str
) -> None:
    left = tmp_path / "left"
    words = ["-c", SLOW_TO_STOP, str(left)]
    heard = "import os, signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)"  # else deaf under nohup
    call = f"from app.cli.test import _call; _call([sys.executable, *{words!r}], dict(os.environ))"
    caller = subprocess.Popen(
        [sys.executable, "-c", f"{heard}; {call}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert caller.stdout is not None
    assert caller.stdout.readline() == b"up\n"
    end(caller.pid)
    _, said = caller.communicate(timeout=60)
    assert sign in f"status {caller.returncode}: {said.decode()}"
    assert left.read_text() == "stopped in peace"


TOLD = """
import pytest
from filling import Filling

def pytest_configure(config):
    config.pluginmanager.register(Filling(), "filling")

@pytest.fixture
def notes(pytestconfig):
    return pytestconfig.pluginmanager.getplugin("filling")
"""


@pytest.mark.parametrize(("left_out", "status"), [(0, 0), (1, 1)])
def test_a_template_that_no_process_filled_fails_the_run(tmp_path: Path, left_out: int, status: int) -> None:
    names = sorted(THERE_ARE)[left_out:]
    (tmp_path / "conftest.py").write_text(TOLD)
    (tmp_path / "test_first.py").write_text(f"def test_it(notes):\n    notes.filled |= set({names[::2]})")
    (tmp_path / "test_other.py").write_text(f"def test_it(notes):\n    notes.filled |= set({names[1::2]})")
    (tmp_path / "test_third.py").write_text("def test_it(notes):\n    notes.asked = True")
    words = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "--rootdir", str(tmp_path)]
    told = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    ran = subprocess.run([*words, str(tmp_path)], cwd=tmp_path, env=told, capture_output=True, text=True, check=False)
    assert ran.returncode == status, ran.stdout
    assert ("filled " + sorted(THERE_ARE)[0] in ran.stdout) is (left_out == 1), ran.stdout
