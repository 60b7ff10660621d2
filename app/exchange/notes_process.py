"""The child that writes notes into a deck: `python -m app.exchange.notes_process MEMORY SECONDS DECK NOTES OUT`.

The deck is a stranger's file. NOTES is JSON: a list with the notes of each page by its number.
"""

import json
import sys
from pathlib import Path

from pptx import Presentation

from app.base.child import begin
from app.courses.page_trouble import PAGE_TROUBLE


def main(arguments: list[str]) -> int:
    """Write the deck anew with the notes; 0 when that went well."""
    (deck_file, notes_file, out), _ = begin(arguments)
    notes: dict[str, str] = json.loads(Path(notes_file).read_text("utf-8"))
    try:
        deck = Presentation(deck_file)
        for number, slide in enumerate(deck.slides, 1):
            if (text := notes.get(str(number))) and (frame := slide.notes_slide.notes_text_frame) is not None:
                frame.text = text
        deck.save(out)
    except PAGE_TROUBLE as error:
        sys.stderr.write(f"no notes: {error!r}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
