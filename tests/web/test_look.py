"""What every page must hold, read from the files themselves: no inline script or style, and colours one can read."""

import re

import pytest

from app.web.pages import STATIC, TEMPLATES

PAGES = sorted(TEMPLATES.rglob("*.html"))
VOICES = ("teacher", "tutor", "thinker", "curious", "notes", "clown", "student")
INKS = ("ink", "ink-soft", "ink-faint", "accent", "accent-strong", "good", "warn", "bad", *VOICES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_a_template_holds_no_inline_script_or_style(page):
    text = page.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", text)
    assert "|safe" not in text.replace(" ", "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_a_form_that_posts_carries_a_csrf_field_or_needs_none(page):
    open_forms = {"/sign-in", "/sign-up", "/theme"}
    for opening, inside in re.findall(r"<form([^>]*method=\"post\"[^>]*)>(.*?)</form>", page.read_text(), re.S):
        action = re.search(r'action="([^"]*)"', opening)
        assert action, "a form names where it goes"
        assert action[1] in open_forms or "csrf" in inside


def test_scripts_put_no_markup_together_from_strings():
    for script in STATIC.rglob("*.js"):
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\(", script.read_text()), script.name


def _tokens() -> dict[str, tuple[str, str]]:
    css = (STATIC / "style.css").read_text()
    found = re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", css)
    return {name: (light, dark) for name, light, dark in found}


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("ink", INKS)
def test_text_colours_reach_aa_on_every_ground(ink, theme):
    tokens = _tokens()
    for ground in ("ground", "surface", "raised"):
        assert _contrast(tokens[ink][theme], tokens[ground][theme]) >= 4.5, ground


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("on-accent", "accent"),
        ("accent-strong", "accent-wash"),
        ("ink", "accent-wash"),
        ("warn", "warn-wash"),
        ("ink", "warn-wash"),
        ("bad", "bad-wash"),
        ("ink", "bad-wash"),
        ("ink-soft", "sunk"),
        ("ink-faint", "sunk"),
    ],
)
def test_pairs_that_are_used_together_reach_aa(ink, ground, theme):
    tokens = _tokens()
    assert _contrast(tokens[ink][theme], tokens[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_edges_of_controls_can_be_seen(theme):
    tokens = _tokens()
    assert _contrast(tokens["line-strong"][theme], tokens["surface"][theme]) >= 3


def test_stylesheets_and_scripts_fetch_nothing_from_elsewhere():
    for file in [*STATIC.rglob("*.css"), *STATIC.rglob("*.js"), *TEMPLATES.rglob("*.html")]:
        assert not re.search(r"(?:url\(|src=\"|href=\"|from \"|import\(\")https?://", file.read_text()), file.name
