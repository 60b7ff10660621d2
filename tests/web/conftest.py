"""What all tests of pages share: a note of which templates were filled."""

from collections.abc import Iterator

import pytest

from app.web import pages


@pytest.fixture(scope="session", autouse=True)
def filled() -> Iterator[set[str]]:
    """The templates that were read since the session began; each is read when it is filled for the first time."""
    seen: set[str] = set()
    environment = pages.environment()
    source = environment.loader.get_source

    def note(env, template):
        seen.add(template)
        return source(env, template)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(environment.loader, "get_source", note)
        environment.cache.clear()
        yield seen
