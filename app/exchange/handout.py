"""A lesson as a PDF to hand out: each page's picture, what is said about it, and its questions with room to write."""

from collections.abc import Callable
from html import escape
from io import BytesIO
from itertools import groupby

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, HRFlowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer

from app.courses.rasters import SMALL_FONTS, font_file, jpeg
from app.exchange.book import Book, Leaf

MARGIN = 2 * cm
WIDE = A4[0] - 2 * MARGIN
HIGHEST = 7 * cm
PIXELS = 1_200
FACE, BOLD, HAN = "Body", "BodyBold", "STSong-Light"
INK, LEAF, FAINT = HexColor("#1d2321"), HexColor("#1f6b4f"), HexColor("#8a948f")
PAIRS = (("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"))
MISSING = "□"
LOST = "{count} signs are not in the fonts of this machine and stand as {sign}. Install DejaVu or Noto fonts for them."

Tell = Callable[[str, int, int], None]


class _Type:
    """The fonts, and which of them has which sign."""

    def __init__(self) -> None:
        self.lost = 0
        pair = next((pair for pair in PAIRS if all(font_file(one) for one in pair)), None)
        files = [font_file(one) for one in pair] if pair else [SMALL_FONTS / "Vera.ttf", SMALL_FONTS / "VeraBd.ttf"]
        try:
            faces = [TTFont(name, str(file)) for name, file in zip((FACE, BOLD), files, strict=True)]
        except TTFError:
            faces = [TTFont(FACE, str(SMALL_FONTS / "Vera.ttf")), TTFont(BOLD, str(SMALL_FONTS / "VeraBd.ttf"))]
        for face in faces:
            pdfmetrics.registerFont(face)
        pdfmetrics.registerFont(UnicodeCIDFont(HAN))
        self._known = faces[0].face.charToGlyph

    def words(self, text: str) -> str:
        """Text as the library's markup, each stretch in a font that has it."""
        out = []
        for kind, group in groupby(text, key=self._kind):
            stretch = escape("".join(group), quote=False)
            if kind == "none":
                self.lost += len(stretch)
                stretch = MISSING if ord(MISSING) in self._known else "?"
            out.append(f'<font name="{HAN}">{stretch}</font>' if kind == "han" else stretch)
        return "".join(out).replace("\n", "<br/>")

    def _kind(self, sign: str) -> str:
        if ord(sign) in self._known or sign.isspace():
            return "own"
        return "han" if 0x2E80 <= ord(sign) <= 0x9FFF or 0xFF00 <= ord(sign) <= 0xFFEF else "none"


def write(book: Book, tell: Tell) -> tuple[bytes, list[str]]:
    """The file's bytes, and sentences about what is not in it."""
    out, type_ = BytesIO(), _Type()
    document = SimpleDocTemplate(
        out, pagesize=A4, margins=MARGIN, title=book.title, author=book.course, leftMargin=MARGIN, rightMargin=MARGIN
    )
    flow: list[Flowable] = [
        Paragraph(type_.words(book.title), _style(20, LEAF, bold=True, after=2)),
        Paragraph(type_.words(book.course), _style(11, FAINT, after=14)),
    ]
    for at, leaf in enumerate(book.leaves, 1):
        tell("Laying the pages out", at, len(book.leaves))
        flow += _page(leaf, type_)
    document.build(flow, onFirstPage=_foot, onLaterPages=_foot)
    notes = [LOST.format(count=type_.lost, sign=MISSING)] if type_.lost else []
    return out.getvalue(), notes


def _style(size: float, ink: HexColor, *, bold: bool = False, after: float = 5, left: float = 0) -> ParagraphStyle:
    return ParagraphStyle(
        f"{size}{bold}{left}",
        fontName=BOLD if bold else FACE,
        fontSize=size,
        leading=size * 1.4,
        textColor=ink,
        spaceAfter=after,
        leftIndent=left,
        splitLongWords=1,
    )


def _page(leaf: Leaf, type_: _Type) -> list[Flowable]:
    """A page's blocks: heading and picture stay together."""
    title = leaf.title or f"Page {leaf.number}"
    head: list[Flowable] = [Paragraph(type_.words(f"{leaf.number}. {title}"), _style(13, INK, bold=True))]
    picture = jpeg(leaf.picture, PIXELS, framed=True) if leaf.picture else None
    if picture:
        scale = min(WIDE / leaf.width, HIGHEST / leaf.height)
        image = Image(BytesIO(picture), leaf.width * scale, leaf.height * scale)
        image.hAlign = "LEFT"
        head += [image, Spacer(1, 6)]
    elif leaf.text:
        head.append(Paragraph(type_.words(leaf.text[:1_500]), _style(10, FAINT)))
    blocks: list[Flowable] = [KeepTogether(head)]
    for one in leaf.said:
        if one.board:
            head = Paragraph(type_.words(one.lead), _style(9, FAINT, left=8, after=2))
            blocks.append(KeepTogether([head, Paragraph(type_.words(one.text), _style(10, INK, left=16))]))
        elif one.asks:
            rules = [HRFlowable("100%", 0.5, color=FAINT, spaceBefore=16, spaceAfter=0) for _ in range(3)]
            asked = Paragraph(type_.words(f"{one.lead}: {one.text}"), _style(11, LEAF, bold=True, left=8))
            blocks.append(KeepTogether([asked, *rules, Spacer(1, 10)]))
        else:
            words = f"{one.lead}: {one.text}" if one.lead else one.text
            blocks.append(Paragraph(type_.words(words), _style(11, INK, bold=bool(one.lead))))
    return [*blocks, Spacer(1, 14)]


def _foot(canvas: Canvas, document: SimpleDocTemplate) -> None:
    canvas.setFont(FACE, 9)
    canvas.setFillColor(FAINT)
    canvas.drawRightString(A4[0] - MARGIN, 1.1 * cm, str(canvas.getPageNumber()))
