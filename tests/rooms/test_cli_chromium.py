"""Which Chromium the browser tests take: one that starts, on a system whose browser tool does."""

from pathlib import Path

import pytest

from app.base.errors import AppError
from app.cli import chromium


def _program(path: Path, status: int) -> Path:
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_a_browser_that_does_not_start_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(chromium, "_of_playwright", lambda: None)
    monkeypatch.setattr(chromium, "PLAYWRIGHT", (_program(tmp_path / "tool", 0),))
    monkeypatch.setenv("CHROMIUM", str(_program(tmp_path / "broken", 127)))
    assert chromium.find_chromium() is None
    monkeypatch.setenv("CHROMIUM", str(_program(tmp_path / "whole", 0)))
    assert chromium.find_chromium() == tmp_path / "whole"
    monkeypatch.delenv("CHROMIUM")
    monkeypatch.setattr(chromium, "NAMES", ("broken", "whole"))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert chromium.find_chromium() == tmp_path / "whole"
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "missing"))
    with pytest.raises(AppError, match="does not exist"):
        chromium.find_chromium()


def test_where_the_browser_tool_does_not_run_packages_are_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(chromium, "PLAYWRIGHT", (_program(tmp_path / "tool", 127),))
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 1000)
    monkeypatch.setenv("CHROMIUM", str(_program(tmp_path / "whole", 0)))
    assert chromium.fetch_chromium() is None
    assert "apt install chromium libatomic1" in capsys.readouterr().err


def test_as_root_the_distribution_is_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tool, browser, asked = tmp_path / "tool", tmp_path / "chromium", tmp_path / "asked"
    apt = tmp_path / "apt-get"
    apt.write_text(f'#!/bin/sh\necho "$@" >> {asked}\nprintf "#!/bin/sh\\n" > {tool}\ncp {tool} {browser}\n')
    for one in (apt, _program(tool, 127), _program(browser, 127)):
        one.chmod(0o755)
    monkeypatch.setattr(chromium, "PLAYWRIGHT", (tool,))
    monkeypatch.setattr(chromium.os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "NAMES", ("chromium",))
    monkeypatch.setattr(chromium, "_of_playwright", lambda: None)
    assert chromium.fetch_chromium() == browser
    assert asked.read_text().splitlines()[-1].endswith("chromium libatomic1")
