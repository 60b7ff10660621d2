"""A PDF's pages: words by PDFium's text layer, pictures by its renderer."""

from collections.abc import Iterator
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from app.base.text import clean_text, shorten
from app.courses.limits import DAMAGED, LOCKED, too_many_pages
from app.courses.page_trouble import PAGE_TROUBLE
from app.courses.placing import pdf_lines
from app.courses.schema import ReaderLine, ReadPage
from app.courses.trouble import (
    PAGE_PROBLEM,
    PICTURE_PROBLEM,
    WORDS_PROBLEM,
    DeckProblem,
)

PICTURE_WIDTH = 1600
PICTURE_HEIGHT_MOST = 3200
TITLE_CHARS = 1500
TITLE_LENGTH = 120
PAGE_CHARS = 50_000


def read(file: Path, folder: Path | None, *, first: int, limit: int) -> Iterator[ReaderLine]:
    """The page count, then each page from `first` on. Pictures go to `folder`; None makes none."""
    document = _open(file)
    if len(document) > limit:
        raise DeckProblem(too_many_pages(len(document), limit))
    if len(document) == 0:
        raise DeckProblem("The PDF has no pages. Save it again and upload the new copy.")
    yield ReaderLine(pages=len(document))
    for number in range(first, len(document) + 1):
        yield ReaderLine(page=_read_page(document, number, folder))


def _open(file: Path) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(file)
    except pdfium.PdfiumError as error:
        locked = getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD or "password" in str(error).lower()
        raise DeckProblem(LOCKED if locked else DAMAGED) from error


def _read_page(document: pdfium.PdfDocument, number: int, folder: Path | None) -> ReadPage:
    done = ReadPage(number=number)
    try:
        page = document[number - 1]
        done.width, done.height = page.get_size()
    except PAGE_TROUBLE:
        done.problem = PAGE_PROBLEM
        return done
    _read_words(page, done)
    if folder is None:
        done.problem = done.problem or PICTURE_PROBLEM
    else:
        draw_page(page, done, folder)
    page.close()
    return done


def _read_words(page: pdfium.PdfPage, done: ReadPage) -> None:
    try:
        layer = page.get_textpage()
        done.text = _tidy(layer.get_text_range()[:PAGE_CHARS])
        done.title = _title(layer, done.text)
        done.lines = pdf_lines(page, layer)
        layer.close()
    except PAGE_TROUBLE:
        done.problem = WORDS_PROBLEM


def draw_page(page: pdfium.PdfPage, done: ReadPage, folder: Path) -> None:
    """Render the page as WebP, about 1600 pixels wide, and note the file's name; a failure is noted as problem."""
    try:
        width, height = max(page.get_width(), 1.0), max(page.get_height(), 1.0)
        scale = min(PICTURE_WIDTH / width, PICTURE_HEIGHT_MOST / height)
        picture = page.render(scale=scale).to_pil()
        name = f"{done.number:04}.webp"
        picture.save(folder / name, "WEBP", quality=82, method=2)
        done.picture = name
    except PAGE_TROUBLE:
        done.problem = " ".join(filter(None, [done.problem, PICTURE_PROBLEM]))


def _tidy(text: str) -> str:
    """Lines without trailing blanks; PDFium marks a hyphen at a line's end with U+FFFE, which joins the halves."""
    joined = text.replace("\ufffe\r\n", "").replace("\ufffe\n", "").replace("\ufffe", "")
    lines = (" ".join(clean_text(line).split()) for line in joined.splitlines())
    return "\n".join(line for line in lines if line)


def _title(layer: pdfium.PdfTextPage, text: str) -> str:
    """The first stretch in the largest type, if one stands out; else the first line."""
    count = min(layer.count_chars(), TITLE_CHARS)
    sizes = [round(pdfium_c.FPDFText_GetFontSize(layer.raw, index), 1) for index in range(count)]
    if sizes and max(sizes) > sorted(sizes)[len(sizes) // 2] * 1.1:
        start = sizes.index(max(sizes))
        end = next(
            (at for at in range(start, count) if sizes[at] < max(sizes) * 0.95 and not _is_blank(layer, at)), count
        )
        words = _tidy(layer.get_text_range(start, end - start)).replace("\n", " ")
        if len(words) > 2:
            return shorten(words, TITLE_LENGTH)
    return shorten(text.split("\n", 1)[0], TITLE_LENGTH)


def _is_blank(layer: pdfium.PdfTextPage, at: int) -> bool:
    """Whether the character is white space, whose size says nothing: PDFium puts it between words by itself."""
    return chr(pdfium_c.FPDFText_GetUnicode(layer.raw, at)).isspace()
