"""A PPTX deck's pages: words by python-pptx in reading order, pictures as SVG."""

import sys
from collections.abc import Iterator
from pathlib import Path

from lxml import etree
from pptx import Presentation
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide

from app.base.text import clean_text, shorten
from app.courses.limits import DAMAGED, too_many_pages
from app.courses.page_trouble import PAGE_TROUBLE
from app.courses.pictures import Pictures
from app.courses.placing import svg_lines
from app.courses.pptx_repair import repaired
from app.courses.schema import ReaderLine, ReadPage
from app.courses.slide_words import slide_title, slide_words
from app.courses.trouble import HURT_PROBLEM, PICTURE_PROBLEM, TOO_BIG, WORDS_PROBLEM, DeckProblem

EMU_PER_POINT = 12_700
TITLE_LENGTH = 120
PAGE_CHARS = 50_000


def read(file: Path, folder: Path | None, *, first: int, limit: int) -> Iterator[ReaderLine]:
    """The page count, then each page from `first` on. Pictures go to `folder`; None makes none."""
    deck, hurt = _open(file)
    count = len(deck.slides)
    if count > limit:
        raise DeckProblem(too_many_pages(count, limit))
    if count == 0:
        raise DeckProblem("The deck has no slides. Add some, save it, and upload it again.")
    yield ReaderLine(pages=count)
    pictures = Pictures(deck, file, folder) if folder else None
    for number in range(first, count + 1):
        yield ReaderLine(page=_read_page(deck, number, pictures, hurt, folder))


def _open(file: Path) -> tuple[Deck, set[str]]:
    """The deck, and the names of slides that are not whole."""
    try:
        return _parsed(file)
    except MemoryError as error:
        raise DeckProblem(TOO_BIG) from error
    except PAGE_TROUBLE as error:
        raise DeckProblem(DAMAGED) from error


def _parsed(file: Path) -> tuple[Deck, set[str]]:
    try:
        return Presentation(str(file)), set()
    except etree.XMLSyntaxError:
        sys.stderr.write("mending parts that are no XML\n")
        mended, hurt = repaired(file)
        return Presentation(mended), hurt


def _read_page(deck: Deck, number: int, pictures: Pictures | None, hurt: set[str], folder: Path | None) -> ReadPage:
    done = ReadPage(number=number)
    done.width = (deck.slide_width or 0) / EMU_PER_POINT
    done.height = (deck.slide_height or 0) / EMU_PER_POINT
    problems = []
    try:
        slide = deck.slides[number - 1]
        if str(slide.part.partname) in hurt:
            problems.append(HURT_PROBLEM)
        _read_words(slide, done)
    except PAGE_TROUBLE:
        problems.append(WORDS_PROBLEM)
    if pictures is not None:
        done.picture = pictures.of_page(number, wordless=not done.text and not problems)
    if folder and done.picture.endswith(".svg"):
        done.lines = svg_lines((folder / done.picture).read_bytes())
    if not done.picture:
        problems.append(PICTURE_PROBLEM)
    done.problem = " ".join(problems)
    return done


def _read_words(slide: Slide, done: ReadPage) -> None:
    done.notes = _notes(slide)
    done.text = clean_text("\n".join(slide_words(slide)))[:PAGE_CHARS]
    done.title = shorten(clean_text(slide_title(slide)), TITLE_LENGTH)


def _notes(slide: Slide) -> str:
    if not slide.has_notes_slide:
        return ""
    frame = slide.notes_slide.notes_text_frame
    return clean_text(frame.text.replace("\v", "\n")).strip()[:PAGE_CHARS] if frame else ""
