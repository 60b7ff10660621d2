"""Every requirement of the conformance suite has a case here."""

import re
from pathlib import Path

ALL = {f"{number:05d}" for number in range(1, 337)}
EMPTY = {
    "00136": "no such requirement",
    "00137": "taken out of the suite",
    "00138": "taken out of the suite",
    "00185": "taken out of the suite: cannot be tried",
    "00186": "taken out of the suite: cannot be tried",
}
"""Numbers without a requirement of their own, and why."""


def named() -> set[str]:
    """The codes in names and ids of cases; `00206_to_00215` names those between, too."""
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py") if path != Path(__file__))
    found = set(re.findall(r"(?<!\d)00[0-3]\d\d(?!\d)", text))
    for first, last in re.findall(r"(?<!\d)(00\d{3})_to_(00\d{3})(?!\d)", text):
        found |= {f"{number:05d}" for number in range(int(first), int(last) + 1)}
    return found


def test_every_code_has_a_case() -> None:
    assert ALL - named() - set(EMPTY) == set()
    assert named() <= ALL
