"""What all tests of pages share: a note of which templates were filled."""

from collections.abc import Iterator

import pytest
from filling import Filling

from app.web import pages


@pytest.fixture(scope="module", autouse=True)
def filling(pytestconfig: pytest.Config) -> Iterator[Filling]:
    """The run's notes, which are taken while tests of this folder run: every template that a page asks for."""
    notes: Filling = pytestconfig.pluginmanager.getplugin("filling")
    environment = pages.environment()
    get = environment.get_template

    def note(name, *others):
        notes.filled.add(name)
        return get(name, *others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(environment, "get_template", note)
        yield notes
