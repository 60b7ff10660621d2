"""Embedded parts: what survives a kill, what refuses to start, and what is never left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import psutil
import psycopg
import pytest
from parts import PREFIX

from app.base.embedded import address, folder, processes, supervisor
from app.base.embedded.folder import DataFolder
from app.base.embedded.ports import free_ports, listen
from app.base.embedded.postgres import postgres_part, postgres_url
from app.base.embedded.processes import Child, Ledger, Part, end_processes, is_gone
from app.base.errors import AppError
from app.base.settings import get_settings
from app.cli import parts

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def until(true: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)


@pytest.fixture
def place() -> Iterator[DataFolder]:
    """A data folder that the database's account can reach (pytest's own folders are closed to it)."""
    import tempfile

    made = DataFolder(Path(tempfile.mkdtemp(prefix=PREFIX)))
    made.take()
    yield made
    made.release()
    shutil.rmtree(made.root)


def sleeper(tmp_path: Path, name: str = "sleeper", command: list[str] | None = None) -> Part:
    return Part(name, command or SLEEP, tmp_path / f"{name}.log", ready=lambda: True, stop_seconds=2)


def test_postgres_comes_back_after_a_kill_with_every_commit(place: DataFolder) -> None:
    [port] = free_ports(1)
    url = postgres_url(place.postgres, port, place.secret("database"))
    child = Child(postgres_part(place.postgres, port, place.secret("database"), place.logs / "database.log"))
    child.start()
    child.wait_ready()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION vector")
        connection.execute("CREATE TABLE kept AS SELECT 'Ä' AS word, '[1,2]'::vector AS place")
        assert child.process is not None
        child.process.kill()
        child.process.wait()
    child.start()
    child.wait_ready()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT lower(word), place::text FROM kept").fetchone() == ("ä", "[1,2]")
    child.stop()
    assert not [one for one in psutil.process_iter(["cwd"]) if one.info["cwd"] == str(place.postgres)]


def test_a_lock_file_that_names_a_stranger_does_not_stop_postgres(place: DataFolder) -> None:
    [port] = free_ports(1)
    part = postgres_part(place.postgres, port, place.secret("database"), place.logs / "database.log")
    (place.postgres / "postmaster.pid").write_text(f"{os.getpid()}\n{place.postgres}\n0\n{port}\n\n\n\n\n")
    (place.postgres / f".s.PGSQL.{port}.lock").write_text(f"{os.getpid()}\n{place.postgres}\n0\n{port}\n\n")
    child = Child(part)
    child.start()
    child.wait_ready()
    child.stop()


def test_where_no_socket_can_lie_postgres_is_reached_by_its_port(place: DataFolder) -> None:
    deep = place.root / ("a" * 100) / "postgres"
    deep.parent.mkdir(mode=0o711)
    assert "127.0.0.1" in postgres_url(deep, 5432, "secret")
    assert "127.0.0.1" in postgres_url(place.root / "a,b", 5432, "secret")
    assert "127.0.0.1" not in postgres_url(place.postgres, 5432, "secret")
    [port] = free_ports(1)
    child = Child(postgres_part(deep, port, place.secret("database"), place.logs / "database.log"))
    child.start()
    child.wait_ready()
    with psycopg.connect(postgres_url(deep, port, place.secret("database"))) as connection:
        assert connection.info.hostaddr == "127.0.0.1"
    child.stop()


def test_a_folder_whose_sockets_cannot_be_opened_to_others_has_none(
    place: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Folders of another system that are shared with a container let a socket lie, and refuse this."""

    def refuse(path: Path, mode: int) -> None:
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(Path, "chmod", refuse)
    assert "127.0.0.1" in postgres_url(place.postgres, 5432, "secret")
    assert not list(place.root.glob("postgres-*"))


def test_a_data_folder_has_one_owner(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    first.take()
    with pytest.raises(AppError, match=f"in use by another .* {os.getpid()}"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_a_full_disk_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(folder.shutil, "disk_usage", lambda _: usage(10, 10, 2**20))
    with pytest.raises(AppError, match=r"is full \(1 MB free"):
        DataFolder(tmp_path).take()


def test_a_data_folder_that_is_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AppError, match="cannot be used"):
        DataFolder(tmp_path / "file").take()


def test_secrets_stay_and_stay_private(tmp_path: Path) -> None:
    place = DataFolder(tmp_path)
    place.take()
    secret = place.secret("x")
    assert len(secret) >= 24
    assert place.secret("x") == secret
    assert (place.run / "x.secret").stat().st_mode & 0o077 == 0
    place.release()


def test_a_data_folder_where_nothing_can_be_made_is_a_sentence() -> None:
    with pytest.raises(AppError, match="cannot be used"):
        DataFolder(Path("/proc/lyceum")).take()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("LYCEUM_PACE", "fast", r"LYCEUM_PACE \(input should be a valid number"),
        ("LYCEUM_ROLES", "{author", r"LYCEUM_ROLES \(it is not JSON\)"),
        ("LYCEUM_ROLES", '{"author": {"key": "hush"}}', r"LYCEUM_ROLES author url \(field required\)"),
    ],
)
def test_a_setting_that_is_set_wrong_is_a_sentence_without_its_value(
    name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    with pytest.raises(AppError, match=told) as trouble:
        get_settings()
    assert value not in trouble.value.sentence
    assert "hush" not in trouble.value.sentence
    monkeypatch.undo()
    get_settings.cache_clear()


def test_after_another_platform_was_used_everything_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LYCEUM_DATA", raising=False)
    get_settings.cache_clear()
    own = get_settings().data
    with address.kept_environment():
        address.use_environment({"LYCEUM_DATA": "/elsewhere"})
        assert get_settings().data == Path("/elsewhere")
    assert "LYCEUM_DATA" not in os.environ
    assert get_settings().data == own
    monkeypatch.setenv("LYCEUM_DATA", "")
    get_settings.cache_clear()
    assert get_settings().data == own, "nothing is no folder"
    monkeypatch.undo()
    get_settings.cache_clear()


def test_a_taken_port_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(AppError, match="is taken"):
            listen("127.0.0.1", taken.getsockname()[1])


def test_what_a_killed_parent_left_behind_is_ended(tmp_path: Path) -> None:
    """The parent starts a child, which starts one of its own, and is killed."""
    code = f"""
import subprocess, sys, time
from pathlib import Path
from app.base.embedded.processes import Child, Ledger, Part
inner = "import subprocess, sys, time; subprocess.Popen({SLEEP!r}); time.sleep(600)"
folder = Path({str(tmp_path)!r})
part = Part("left", [sys.executable, "-c", inner], folder / "log", ready=lambda: True)
Child(part, Ledger(folder / "ledger.json")).start()
print("started", flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"started\n"
        until(lambda: len(psutil.Process(parent.pid).children(recursive=True)) == 2)
        left = psutil.Process(parent.pid).children(recursive=True)
        parent.kill()
    assert Ledger(tmp_path / "ledger.json").end_leftovers() == ["left"]
    assert all(is_gone(one) for one in left)
    assert Ledger(tmp_path / "ledger.json").end_leftovers() == []


def test_a_ledger_never_ends_a_stranger_with_the_same_number(tmp_path: Path) -> None:
    with subprocess.Popen(SLEEP, start_new_session=True) as stranger:
        (tmp_path / "ledger.json").write_text(
            f'[{{"name": "x", "pid": {stranger.pid}, "started": {time.time() - 900}, "stop_signal": 15}}]'
        )
        assert Ledger(tmp_path / "ledger.json").end_leftovers() == []
        assert stranger.poll() is None
        stranger.kill()


def test_a_child_that_dies_is_started_again_and_one_that_ignores_us_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    others = set(psutil.Process().children())

    def ours() -> list[psutil.Process]:
        """Our child, and not those that other tests of this session keep running."""
        return [child for child in psutil.Process().children() if child not in others]

    def end_ours(found: list[psutil.Process]) -> None:
        end_processes([one for one in found if one in ours()])

    monkeypatch.setattr(supervisor, "end_processes", end_ours)
    watch = supervisor.Supervisor(Ledger(tmp_path / "ledger.json"), said.append)
    deaf = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"]
    startup: Future[None] = Future()
    startup.set_result(None)
    watch.start(sleeper(tmp_path, command=deaf))
    thread = threading.Thread(target=watch.watch, args=(startup,))
    thread.start()
    [first] = ours()
    first.kill()
    until(lambda: any("is back" in line for line in said))
    [second] = ours()
    assert second.pid != first.pid
    watch.stopping.set()
    thread.join()
    watch.stop_all(last=())
    assert ours() == []
    assert "killed by signal 9" in said[0]


def test_restarts_slow_down() -> None:
    assert [supervisor.wait_before_restart(n) for n in (1, 2, 3, 4, 9)] == [0, 1, 2, 4, 30]


def test_a_child_that_ends_at_once_says_why(tmp_path: Path) -> None:
    part = Part("thing", ["sh", "-c", "echo out of luck; exit 3"], tmp_path / "log", ready=lambda: False)
    child = Child(part)
    child.start()
    with pytest.raises(AppError, match="out of luck"):
        child.wait_ready()


def test_the_address_of_a_platform_that_is_gone_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    address.write_address(tmp_path / "run", "http://127.0.0.1:1", {"REDIS_URL": "redis://x"})
    found = address.find_running(tmp_path)
    assert found is not None
    assert found.environment == {"REDIS_URL": "redis://x"}
    stale = found.model_copy(update={"started": 5.0})
    (tmp_path / "run" / "address.json").write_text(stale.model_dump_json())
    assert address.find_running(tmp_path) is None


def test_a_worker_whose_log_is_long_is_seen_to_be_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says then stands at the beginning of a new log, and not behind where the old one ended."""
    monkeypatch.setattr(processes, "LONGEST_LOG", 1000)
    log = tmp_path / "worker.log"
    log.write_text("x" * 2000)
    part = parts.worker_part(parts.Pool("live", 1), log, dict(os.environ))
    ready = [sys.executable, "-c", "import time; print('ready.', flush=True); time.sleep(600)"]
    child = Child(replace(part, command=ready, ready_seconds=10.0))
    child.start()
    try:
        child.wait_ready()
        assert (tmp_path / "worker.old.log").stat().st_size == 2000
    finally:
        child.stop()


def test_stopping_is_polite_first(tmp_path: Path) -> None:
    polite = (
        "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print('up', flush=True); time.sleep(600)"
    )
    log = tmp_path / "log"
    child = Child(Part("polite", [sys.executable, "-c", polite], log, ready=lambda: "up" in log.read_text()))
    child.start()
    child.wait_ready()
    child.stop()
    assert child.how_it_ended() == "ended with status 7"
    assert child.part.stop_signal == signal.SIGTERM
