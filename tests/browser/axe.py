"""Accessibility checks with axe-core, whose script comes in the package axe-playwright-python."""

from functools import lru_cache
from importlib.resources import files

from playwright.sync_api import Page

SETTLED = """async () => {
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  for (const one of document.getAnimations()) if (one.effect.getComputedTiming().endTime !== Infinity) one.finish();
}"""
"""Colours that are on their way from light to dark are neither; frames, because a change of scheme starts them late."""


@lru_cache
def script() -> str:
    """The source of axe-core."""
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """What axe finds wrong with a page as it stands: rule, and the elements, in a line each. [] is what is wanted.

    The script is put in by the browser's tool and not by the page, so our own content policy stays in force.
    """
    page.evaluate(script())
    page.evaluate(SETTLED)
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:4]]}" for one in found]
