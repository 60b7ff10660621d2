"""The whole platform from one command, with the bundled model, through the browser: from a deck to a record."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from visiting import answer_after, ask, attend, be_taught, end_class, join_course, prepare_lesson, sign_in

from app.base.embedded.ports import free_ports
from app.base.settings import ROOT
from app.cli.demo_deck import build_demo_deck
from app.inference.catalogue import SMALLEST

pytestmark = [pytest.mark.journey, pytest.mark.browser]
BARE = ("DATABASE_URL", "REDIS_URL", "INFERENCE_URL", "LYCEUM_DATA", "LYCEUM_ROLES", "LYCEUM_PUBLIC_URL")
MODELS = ROOT / ".lyceum" / "models"
"""Fetched once, and shared with the folder that `up` uses without --data."""
QUESTION = "What is this page about?"


class Platform:
    """A running `up` on a data folder and port of its own."""

    def __init__(self, data: Path) -> None:
        MODELS.mkdir(parents=True, exist_ok=True)
        data.mkdir()
        (data / "models").symlink_to(MODELS)
        self.data = data
        [self.port] = free_ports(1)
        kept = {name: value for name, value in os.environ.items() if name not in BARE}
        self.environment = {**kept, "PYTHONPATH": str(ROOT), "LYCEUM_PACE": "0.05"}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "app", *words, "--data", str(self.data)]

    def start(self) -> "subprocess.Popen[bytes]":
        """`up`, once it said where it is."""
        command = self.command("up", "--no-demo", "--model", SMALLEST.name, "--port", str(self.port))
        said = self.data.with_suffix(".log")
        with said.open("wb") as out:
            up = subprocess.Popen(command, env=self.environment, stdout=out, stderr=out)
        for _ in range(3000):
            if "Lyceum is at" in said.read_text():
                return up
            assert up.poll() is None, said.read_text()
            time.sleep(0.1)
        up.terminate()
        raise AssertionError("no address in five minutes: " + said.read_text())

    def add_instructor(self, email: str, password: str) -> None:
        words = ("--name", "Ada Brandt", "--role", "instructor", "--password", password)
        subprocess.run(
            self.command("user", "add", email, *words), env=self.environment, check=True, capture_output=True
        )


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    """Everything there is, started by the one command and stopped by SIGTERM."""
    made = Platform(tmp_path / "data")
    up = made.start()
    yield made
    up.terminate()
    up.wait(timeout=60)


@pytest.fixture
def pages(platform: Platform, chromium_path: Path) -> Iterator[tuple[Page, Page]]:
    """An instructor's and a student's browser."""
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=str(chromium_path), args=["--no-sandbox"])
        opened = [browser.new_context(base_url=platform.url).new_page() for _ in range(2)]
        yield opened[0], opened[1]
        browser.close()


def test_from_one_command_to_a_record(platform: Platform, pages: tuple[Page, Page], tmp_path: Path) -> None:
    """The demo deck is uploaded, written, approved and taught; the student asks, is answered, leaves, has a record."""
    instructor, student = pages
    platform.add_instructor("ada@school.example", "correct horse")
    sign_in(instructor, "ada@school.example", "correct horse")
    deck = tmp_path / "demo.pptx"
    build_demo_deck(deck)
    code = prepare_lesson(
        instructor, deck.read_bytes(), 1500
    )  # a bound on waiting: the model shares the cores with other tests
    join_course(student, code)
    attend(student)
    ask(student, QUESTION)
    assert answer_after(student, QUESTION, 60)
    taught = be_taught(student, 300)
    end_class(student)
    expect(student.locator(".end-pages")).to_have_text(f"{taught} of {taught}")
    student.click("text=See your record")
    expect(student.locator("main")).to_contain_text(QUESTION, timeout=20_000)
