"""`bench records` on a small scale: a whole platform, a few hundred statements, and every answer as it should be."""

import json
import subprocess
from pathlib import Path

import pytest

from app.cli.parts import python_command, python_environment

pytestmark = [pytest.mark.journey, pytest.mark.heavy]


def test_it_counts_what_is_stored(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    command = python_command(
        "app", "bench", "records", "--parts", "writing", "--statements", "800", "--seconds", "1", "--json", str(path)
    )
    ended = subprocess.run(
        command, env=python_environment({}), capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stderr
    found = json.loads(path.read_text())
    assert found["errors"] == 0
    assert found["statements"] >= 800
    assert min(found["single_per_s"], found["batch_per_s"], found["get_p95_ms"]) > 0
