"""`bench author` on a small scale: a whole platform writes a short deck twice."""

import json
import subprocess
from pathlib import Path

import pytest

from app.cli.parts import python_command, python_environment

pytestmark = pytest.mark.journey


def test_a_deck_is_written_by_the_model_once_and_then_from_the_cache(tmp_path: Path) -> None:
    """Calls and fallbacks, without a word about time: that depends on the machine."""
    path = tmp_path / "figures.json"
    command = python_command("app", "bench", "author", "--pages", "5", "--json", str(path))
    done = subprocess.run(
        command, env=python_environment({}), cwd=tmp_path, capture_output=True, text=True, timeout=180
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(path.read_text())
    assert (figures["pages"], figures["calls"], figures["cached_calls"]) == (5, 5, 0)
    assert (figures["fallbacks"], figures["failed"]) == (0, 0)
    assert figures["total_s"] >= figures["packed_s"] >= figures["ideal_s"] > 0
    assert figures["first_page_ratio"] >= 1
    assert figures["ratio_to_ideal"] > 1
