"""The last of this folder: no template is left that no test of a page has filled."""

from pathlib import Path

import pytest
from filling import FOLDER, LATER, Filling, unfilled


def test_every_template_was_filled_by_some_test_of_this_folder(
    request: pytest.FixtureRequest, filling: Filling
) -> None:
    """Only where the whole folder runs; a chosen test fills what it needs."""
    collected = {Path(str(one.path)).name for one in request.session.items if Path(str(one.path)).parent == FOLDER}
    missing = {one.name for one in FOLDER.glob("test_*.py")} - collected
    if missing:
        pytest.skip(f"{len(missing)} files of this folder are not run")
    if hasattr(request.config, "workerinput"):
        filling.asked = True
        pytest.skip(LATER)
    assert unfilled(filling.filled) == set()
