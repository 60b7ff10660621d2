"""What `up` tells its children of what was set: in the environment or in `.env`, it stands."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.base.embedded.folder import DataFolder
from app.base.embedded.ports import listen
from app.base.embedded.processes import Ledger
from app.base.embedded.supervisor import Supervisor
from app.base.settings import get_settings
from app.cli.up import Launch

SET = {"LYCEUM_PUBLIC_URL": "https://school.test", "LYCEUM_LIVE_CAPACITY": "9", "LYCEUM_AUTHOR_WINDOW": "7"}
STORES = {"DATABASE_URL": "postgresql://stores.test/lyceum", "REDIS_URL": "redis://stores.test"}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to start in, with nothing set but where the stores are."""
    for name in (*SET, "LYCEUM_DEMO", "INFERENCE_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in STORES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    get_settings.cache_clear()


def told(place: Path, no_demo: bool = False) -> dict[str, str]:
    """What the children of an `up` with its own model server are told."""
    with listen("127.0.0.1", 0) as listener:
        arguments = Namespace(host="127.0.0.1", no_demo=no_demo)
        supervisor = Supervisor(Ledger(place / "processes.json"), print)
        return Launch(arguments, DataFolder(place), listener, supervisor)._environment([("small", 1, "model")])


def test_what_is_set_nowhere_is_chosen_by_up(place: Path) -> None:
    found = told(place)
    assert found["LYCEUM_PUBLIC_URL"].startswith("http://127.0.0.1:")
    assert (found["LYCEUM_LIVE_CAPACITY"], found["LYCEUM_AUTHOR_WINDOW"]) == ("3", "1")
    assert found["LYCEUM_DEMO"] == "true"
    assert told(place, no_demo=True)["LYCEUM_DEMO"] == "false"


@pytest.mark.parametrize("by", ["environment", ".env"])
def test_what_was_set_is_kept(place: Path, by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {**SET, "LYCEUM_DEMO": "false"}
    if by == ".env":
        (place / ".env").write_text("".join(f"{name}={value}\n" for name, value in given.items()))
    else:
        for name, value in given.items():
            monkeypatch.setenv(name, value)
    found = told(place)
    assert {name: found[name] for name in given} == given
