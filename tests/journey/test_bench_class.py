"""`bench class` on a small scale: a whole platform, three classes at once, and nothing lost on the way."""

import json
import subprocess
from pathlib import Path

import pytest

from app.cli.parts import python_command, python_environment

pytestmark = pytest.mark.journey


def test_three_classes_hear_everything_once(tmp_path: Path) -> None:
    """Sentences, events and figures, without a word about time: that depends on the machine."""
    path = tmp_path / "figures.json"
    words = ["--classes", "3", "--seconds", "3", "--idle", "10", "--parts", "levels,idle,append,replay"]
    command = python_command("app", "bench", "class", *words, "--json", str(path))
    done = subprocess.run(
        command, env=python_environment({}), cwd=tmp_path, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(path.read_text())
    (level,) = figures["levels"]
    assert (level["classes"], level["lost"], level["doubled"], level["unanswered"]) == (3, 0, 0, 0)
    assert level["turns"] > 0
    assert level["delivered_ratio"] == 1
    assert figures["idle_pages"] == 10
    assert figures["replay_ms_p95"] > 0
    assert figures["append_ms_p95"] > 0
