"""The last of this folder: no template is left that no test of a page has filled."""

from pathlib import Path

import pytest

from app.web import pages


def test_every_template_was_filled_by_some_test_of_this_folder(
    request: pytest.FixtureRequest, filled: set[str]
) -> None:
    """Only where the whole folder runs; a chosen test fills what it needs."""
    here = Path(__file__).parent
    collected = {Path(str(one.path)).name for one in request.session.items if Path(str(one.path)).parent == here}
    missing = {one.name for one in here.glob("test_*.py")} - collected
    if missing:
        pytest.skip(f"{len(missing)} files of this folder are not run")
    there_are = {str(one.relative_to(pages.TEMPLATES)) for one in pages.TEMPLATES.rglob("*.html")}
    assert there_are - filled == set()
