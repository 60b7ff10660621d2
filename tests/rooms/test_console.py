"""What long commands say where nobody sits at a terminal."""

import re
import time

import pytest

from app.base import console


def test_progress_goes_into_a_file_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    seldom = console._Seldom()
    monkeypatch.setattr(console, "_seldom", seldom)
    console.say_progress("sft: step 1 of 20")
    assert capfd.readouterr() == ("", "")  # a short command says nothing
    seldom.due = time.monotonic()
    for text in ("", "sft: step 2 of 20", "sft: step 3 of 20"):
        console.say_progress(text)
    told = capfd.readouterr()
    assert told.out == ""
    assert re.fullmatch(r"\d\d:\d\d sft: step 2 of 20\n", told.err)
