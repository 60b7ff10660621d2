"""The pages of adapters in a browser: narrow, dark, and without a word on the console."""

from collections.abc import Callable
from pathlib import Path

import pytest
from people import person
from playwright.sync_api import Page, expect
from test_alignment_gate import _gate, keep

from app.accounts.schema import SiteRole

pytestmark = pytest.mark.browser
Tab = Callable[..., Page]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_adapters_and_a_gate_fit_a_narrow_screen(tab: Tab, tmp_path: Path, scheme: str) -> None:
    name = keep(tmp_path / "a")
    gate = _gate(name)
    page = tab(person(SiteRole.ADMIN))
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": 360, "height": 800})
    for path in ("/alignment/adapters", f"/alignment/adapters/{name}", f"/alignment/gates/{gate.id}"):  # type: ignore[attr-defined]
        page.goto(path)
        expect(page.locator("h1")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
