"""A Chromium that pages are tested and reports printed with: found, or installed for the tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from app.base.console import say, say_error
from app.base.errors import AppError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLAYWRIGHT = (sys.executable, "-m", "playwright")
NEEDED = ("chromium", "libatomic1")
"""Debian's and Ubuntu's packages of the browser and of what the browser tool's own program needs."""
NONE = (
    "No Chromium could be installed that runs here, so the browser tests are skipped. Install one "
    f"(Debian and Ubuntu: apt install {' '.join(NEEDED)}), or set CHROMIUM."
)


def find_chromium() -> Path | None:
    """$CHROMIUM, an installed Chromium or Chrome, or the one the browser tool installed before: one that starts, with
    the browser tool able to drive it. Raises AppError where $CHROMIUM names what does not exist.
    """
    named = os.environ.get("CHROMIUM")
    if named and not Path(named).exists():
        raise AppError(f"CHROMIUM names {named}, which does not exist.")
    if not _runs(*PLAYWRIGHT, "--version"):
        return None
    if found := installed_chromium():
        return found
    of_tool = _of_playwright()
    return of_tool if of_tool and _runs(of_tool, "--version") else None


def installed_chromium() -> Path | None:
    """A Chromium or Chrome that is installed for people, or the one CHROMIUM names; one that starts."""
    named = os.environ.get("CHROMIUM")
    found = [shutil.which(name) for name in ([named] if named else NAMES)]
    return next((Path(one) for one in found if one and _runs(one, "--version")), None)


def fetch_chromium() -> Path | None:
    """Install one: by the browser tool, else as root from the distribution. None if both fail."""
    say("No Chromium was found that runs; installing one for the browser tests ...")
    if _runs(*PLAYWRIGHT, "--version"):
        subprocess.run([*PLAYWRIGHT, "install", "chromium"], check=False)
    found = find_chromium()
    if found is None and os.geteuid() == 0 and (apt := shutil.which("apt-get")):
        subprocess.run([apt, "update", "-q"], check=False)
        subprocess.run([apt, "install", "-y", "-q", "--no-install-recommends", *NEEDED], check=False)
        found = find_chromium()
    if found is None:
        say_error(NONE)
    return found


def _of_playwright() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.exists() else None


def _runs(*command: str | Path) -> bool:
    """Whether a program starts: bare systems lack libraries of some."""
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
