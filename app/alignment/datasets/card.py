"""A set's card: what it is made of, for people, in Markdown. It holds nobody's words."""

from pathlib import Path

from app.alignment.datasets.schema import SetManifest
from app.base.prompts import fill

SHEETS = Path(__file__).parent / "sheets"


def card(manifest: SetManifest) -> str:
    """The card of a set."""
    return f"{fill(SHEETS, 'card.md.j2', set=manifest)}\n"
