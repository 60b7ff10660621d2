"""The pictures of a PPTX deck: drawn as SVG by document-svg, or rendered by LibreOffice where that fails."""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import document_svg
import pypdfium2 as pdfium
from lxml import etree
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide

from app.courses.page_trouble import PAGE_TROUBLE
from app.courses.pdf_reader import draw_page
from app.courses.schema import ReadPage
from app.courses.spelled_styles import spell_out
from app.courses.svg_charts import ChartLooks, chart_looks
from app.courses.svg_mending import mend
from app.courses.svg_safety import UnsafeSvg, safe_svg

SVG_BYTES = 24 * 2**20
OFFICE_SECONDS = 120
MAIN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"


class Pictures:
    """The pictures of one deck, put into `folder` as they are asked for. Absent where nothing could draw them.

    What is made on the way goes to the folder for temporary files, which the parent gave and clears away.
    """

    def __init__(self, deck: Deck, file: Path, folder: Path) -> None:
        self._file = file
        self._folder = folder
        self._fonts = theme_fonts(file)
        self._scratch = Path(tempfile.mkdtemp(prefix="pictures-"))
        self._drawings = self._scratch / "drawings"
        self._rendered: pdfium.PdfDocument | None = None
        self._tried_office = False
        self._charts = {at: looks for at, slide in enumerate(deck.slides, 1) if (looks := _charts_of(slide))}
        self._names = self._draw(deck)

    def _draw(self, deck: Deck) -> dict[int, str]:
        """The drawings' file names by page number; empty where the program fails on the deck."""
        spelled = self._scratch / "spelled.pptx"
        try:
            spell_out(deck)
            deck.save(str(spelled))
            report = document_svg.convert(spelled, self._drawings, max_pages=len(deck.slides), jobs=1)
        except (*PAGE_TROUBLE, RuntimeError) as error:
            sys.stderr.write(f"no drawings: {error!r}\n")
            return {}
        return {page["number"]: page["svg"] for page in report["pages"]}

    def of_page(self, number: int, *, wordless: bool) -> str:
        """The name of the page's picture file, or "". An empty drawing is kept only of a page without words."""
        return self._drawing(number, wordless) or self._rendering(number)

    def _drawing(self, number: int, wordless: bool) -> str:
        source = self._drawings / self._names.get(number, "missing")
        if not source.is_file() or source.stat().st_size > SVG_BYTES:
            return ""
        try:
            content, drawn = safe_svg(mend(source.read_bytes(), self._charts.get(number, [])), self._fonts)
        except UnsafeSvg:
            return ""
        if not drawn and not wordless:
            return ""
        name = f"{number:04}.svg"
        (self._folder / name).write_bytes(content)
        return name

    def _rendering(self, number: int) -> str:
        if not self._tried_office:
            self._tried_office = True
            self._rendered = office_pages(self._file, self._scratch)
        if self._rendered is None or number > len(self._rendered):
            return ""
        done = ReadPage(number=number)
        draw_page(self._rendered[number - 1], done, self._folder)
        return done.picture


def _charts_of(slide: Slide) -> list[ChartLooks]:
    with suppress(*PAGE_TROUBLE):
        return chart_looks(slide)
    return []


def office_pages(file: Path, folder: Path) -> pdfium.PdfDocument | None:
    """The deck as a PDF by LibreOffice; None where it is not installed, or fails too."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        return None
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(file)]
    try:
        subprocess.run(command, check=True, timeout=OFFICE_SECONDS, capture_output=True)
        return pdfium.PdfDocument(folder / f"{file.stem}.pdf")
    except (subprocess.SubprocessError, OSError, pdfium.PdfiumError):
        return None


def theme_fonts(file: Path) -> dict[str, str]:
    """The families behind "+mj" (headings) and "+mn" (body) in the deck's first theme."""
    try:
        with zipfile.ZipFile(file) as archive:
            theme = etree.fromstring(archive.read("ppt/theme/theme1.xml"), etree.XMLParser(resolve_entities=False))
    except (zipfile.BadZipFile, KeyError, OSError, etree.XMLSyntaxError):
        return {}
    found = {
        "+mj": theme.find(f".//{MAIN}majorFont/{MAIN}latin"),
        "+mn": theme.find(f".//{MAIN}minorFont/{MAIN}latin"),
    }
    return {key: one.get("typeface") or "" for key, one in found.items() if one is not None}
