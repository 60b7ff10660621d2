"""A lesson as PPTX: its own deck with what the teacher says as notes, or its pages' pictures where it had none."""

import json
import tempfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from pptx import Presentation
from pptx.util import Emu, Pt

from app.base.child import ChildDied, run_child
from app.courses.rasters import jpeg
from app.exchange.book import Book, Leaf, Said

SECONDS = 180
EMU_PER_POINT = 12_700
PICTURES = "Its pages are pictures: the deck it was made from was no PowerPoint file, or could not be written."

Tell = Callable[[str, int, int], None]


def write(book: Book, tell: Tell) -> tuple[bytes, list[str]]:
    """The file's bytes, and sentences about what is not as it was."""
    if book.deck is not None and (content := _with_notes(book, book.deck)):
        return content, []
    return _of_pictures(book, tell), [PICTURES]


def notes_of(leaf: Leaf) -> str:
    """What is said on a page, a line each; then the deck's own notes."""
    lines = [f"{one.lead}:\n{one.text}" if one.board else f"{_lead(one)}{one.text}" for one in leaf.said]
    own = ["", "Notes of the deck:", leaf.notes] if leaf.notes else []
    return "\n".join([*lines, *own])


def _lead(line: Said) -> str:
    return f"{line.lead}: " if line.lead else ""


def _with_notes(book: Book, deck: Path) -> bytes | None:
    with tempfile.TemporaryDirectory(prefix="lyceum-notes-") as folder:
        notes, out = Path(folder) / "notes.json", Path(folder) / "out.pptx"
        notes.write_text(json.dumps({str(one.number): notes_of(one) for one in book.leaves}), "utf-8")
        try:
            run_child("app.exchange.notes_process", [str(deck.resolve()), str(notes), str(out)], SECONDS)
        except ChildDied:
            return None
        return out.read_bytes() if out.is_file() else None


def _of_pictures(book: Book, tell: Tell) -> bytes:
    deck = Presentation()
    wide, high = (
        max((one.width for one in book.leaves), default=960),
        max((one.height for one in book.leaves), default=540),
    )
    deck.slide_width, deck.slide_height = Emu(int(wide * EMU_PER_POINT)), Emu(int(high * EMU_PER_POINT))
    for at, leaf in enumerate(book.leaves, 1):
        tell("Drawing the pages", at, len(book.leaves))
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        picture = jpeg(leaf.picture) if leaf.picture else None
        size = (Emu(int(leaf.width * EMU_PER_POINT)), Emu(int(leaf.height * EMU_PER_POINT)))
        if picture:
            shape = slide.shapes.add_picture(BytesIO(picture), Emu(0), Emu(0), *size)
            shape._element._nvXxPr.cNvPr.set("descr", leaf.text[:2_000])
        else:
            frame = slide.shapes.add_textbox(Emu(0), Emu(0), *size).text_frame
            frame.word_wrap, frame.text = True, leaf.text or leaf.title
            for line in frame.paragraphs:
                line.font.size = Pt(18)
        notes = slide.notes_slide.notes_text_frame
        if notes is not None:
            notes.text = notes_of(leaf)
    out = BytesIO()
    deck.save(out)
    return out.getvalue()
