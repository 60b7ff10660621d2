"""Sheets laid out as slides: one plain look, large type, as many pages as the words need.

A page holds a title and one column of text; a picture stands beside the text or alone, a table on a page of its own.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO

from lxml import etree
from PIL import Image, UnidentifiedImageError
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.text.text import TextFrame, _Paragraph
from pptx.util import Emu, Inches, Pt

from app.courses.sheets import Block, Shape, Sheet

WIDTH, HEIGHT = Inches(13.333), Inches(7.5)
LEFT, TOP = Inches(0.75), Inches(1.65)
WIDE, TEXT, HALF = Inches(11.8), Inches(10.9), Inches(6.2)
BODY = Inches(5.3)
_colour: Callable[[str], RGBColor] = RGBColor.from_string
INK, FAINT, LEAF = _colour("1D2321"), _colour("55605B"), _colour("1F6B4F")
FACE, MONO = "Arial", "Courier New"
TITLE_POINTS, LARGE, SMALL, CODE_POINTS = 36, 24, 18, 15
LINES = 13
"""Lines of SMALL type that a page holds."""
LETTERS, HALF_LETTERS = 84, 46
"""Letters of SMALL type in a line of full and of half width."""
ROWS = 9
STEP, CODE_SPACE = 320_000, 114_300
"""What a list's level, and a space of code, stands in from the left, in EMU: programs drop spaces at a line's start."""
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
PIXELS_MOST = 60_000_000
PICTURE_SIDE = 2_000

_SENTENCE = re.compile(r"(?<=[.!?…;:])\s+|(?<=[。！？；])")


@dataclass
class Leaf:
    """One page to be: blocks of text, then at most a picture or a table."""

    title: str
    texts: list[Block] = field(default_factory=list)
    other: Block | None = None
    lines: int = 0


def lay_out(sheets: list[Sheet]) -> bytes:
    """The bytes of a PPTX with the sheets on its pages."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = WIDTH, HEIGHT
    for sheet in sheets:
        for at, leaf in enumerate(_leaves(sheet), 1):
            _draw(deck, leaf, at)
    out = BytesIO()
    deck.save(out)
    return out.getvalue()


# ------------------------------------------------------------------------------------------------- what fits a page


def _leaves(sheet: Sheet) -> Iterator[Leaf]:
    leaf = Leaf(sheet.title)
    for block in sheet.blocks:
        if block.shape is Shape.PICTURE:
            block = _usable(block)
        if block.shape is Shape.PICTURE and leaf.other is None and _lines(leaf.texts, HALF_LETTERS) <= LINES:
            leaf.other = block
            continue
        if block.shape in (Shape.PICTURE, Shape.TABLE):
            if leaf.texts or leaf.other:
                yield leaf
            yield from (Leaf(sheet.title, other=one) for one in _tables(block))
            leaf = Leaf(sheet.title)
            continue
        for piece in _pieces(block):
            wide = HALF_LETTERS if leaf.other else LETTERS
            if leaf.texts and _lines([*leaf.texts, piece], wide) > LINES:
                yield leaf
                leaf = Leaf(sheet.title)
            leaf.texts.append(piece)
    if leaf.texts or leaf.other or not sheet.blocks:
        yield leaf


def _usable(block: Block) -> Block:
    """The picture made anew, no larger than a slide needs; its description where it cannot be read."""
    try:
        with Image.open(BytesIO(block.picture)) as picture:
            if picture.width * picture.height > PIXELS_MOST:
                raise ValueError("too many pixels")
            picture.load()
            plain = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
        plain.thumbnail((PICTURE_SIDE, PICTURE_SIDE))
        out = BytesIO()
        plain.save(out, "PNG")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return Block(Shape.TEXT, f"Picture: {block.text}" if block.text else "[A picture that could not be read]")
    return Block(Shape.PICTURE, block.text, picture=out.getvalue())


def _tables(block: Block) -> list[Block]:
    """A table in stretches that fit a page, each under the head of the whole."""
    if block.shape is not Shape.TABLE or len(block.rows) <= ROWS:
        return [block]
    head, rest = block.rows[0], block.rows[1:]
    size = ROWS - 1
    return [Block(Shape.TABLE, rows=[head, *rest[at : at + size]]) for at in range(0, len(rest), size)]


def _lines(blocks: list[Block], letters: int) -> int:
    return sum(_height(one, letters) for one in blocks)


def _height(block: Block, letters: int) -> int:
    """The lines that a block takes, of SMALL type."""
    width = max(20, letters - 4 * block.level)
    return sum(max(1, -(-_length(line) // width)) for line in block.text.split("\n"))


def _length(line: str) -> int:
    """Letters of usual width; those of Chinese, Japanese and Korean take two."""
    return sum(2 if ord(sign) >= 0x2E80 else 1 for sign in line)


def _pieces(block: Block) -> Iterator[Block]:
    """A block in pieces that fit a page: code by lines, text by sentences and, where need be, by words."""
    if _height(block, LETTERS) <= LINES:
        yield block
        return
    parts = block.text.split("\n") if block.shape is Shape.CODE else _SENTENCE.split(block.text)
    glue = "\n" if block.shape is Shape.CODE else " "
    held = ""
    for part in (piece for one in parts for piece in _cut(one)):
        longer = f"{held}{glue}{part}" if held else part
        if held and _height(Block(block.shape, longer, block.level), LETTERS) > LINES:
            yield Block(block.shape, held, block.level, block.mark)
            longer = part
        held = longer
    if held:
        yield Block(block.shape, held, block.level, block.mark)


def _cut(text: str) -> Iterator[str]:
    most = LETTERS * (LINES - 2) // 2
    while _length(text) > most * 2 or len(text) > most * 2:
        at = text.rfind(" ", most // 2, most)
        at = at if at > 0 else most
        yield text[:at]
        text = text[at:].lstrip()
    yield text


# ------------------------------------------------------------------------------------------------------- the drawing


def _draw(deck: Deck, leaf: Leaf, at: int) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    _title(slide, leaf.title if at == 1 else f"{leaf.title} ({at})", alone=not leaf.texts and leaf.other is None)
    is_beside = leaf.other is not None and leaf.other.shape is Shape.PICTURE
    if leaf.texts:
        _body(slide, leaf.texts, HALF if is_beside else TEXT, HALF_LETTERS if is_beside else LETTERS)
    if leaf.other is not None and is_beside:
        _picture(slide, leaf.other, beside=bool(leaf.texts))
    elif leaf.other is not None:
        _table(slide, leaf.other)


def _title(slide: Slide, words: str, *, alone: bool) -> None:
    """The page's title; a heading with nothing under it stands in the middle of its page."""
    title = slide.shapes.title
    assert title is not None  # the layout has one
    title.left, title.width = LEFT, WIDE
    title.top, title.height = (Inches(2.6), Inches(2.2)) if alone else (Inches(0.45), Inches(1.05))
    frame = title.text_frame
    frame.text, frame.word_wrap = words, True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    line = frame.paragraphs[0]
    line.alignment = None if not alone else 2
    for run in line.runs:
        size = TITLE_POINTS if _length(words) <= 52 or alone else 28 if _length(words) <= 80 else 22
        run.font.size, run.font.bold, run.font.name, run.font.color.rgb = Pt(size), True, FACE, LEAF
    if not alone:
        line.alignment = 1


def _body(slide: Slide, blocks: list[Block], width: int, letters: int) -> None:
    frame = slide.shapes.add_textbox(LEFT, TOP, Emu(width), BODY).text_frame
    frame.word_wrap = True
    lines = _lines(blocks, int(letters * SMALL / LARGE))
    size = LARGE if lines <= LINES * SMALL // LARGE - 1 else SMALL
    for at, block in enumerate(blocks):
        _lines_of(frame, block, size, is_first=at == 0)


def _lines_of(frame: TextFrame, block: Block, size: int, *, is_first: bool) -> None:
    """A block's paragraphs; of code each line is one."""
    for at, text in enumerate(block.text.split("\n")):
        if not (is_first and at == 0):
            frame._txBody.add_p()
        line = frame.paragraphs[-1]
        run = line.add_run()
        run.text = text.strip() if block.shape is Shape.CODE else text
        run.font.name, run.font.color.rgb = FACE, INK
        run.font.size = Pt(size - 2 * min(block.level, 2))
        if block.shape is Shape.CODE:
            run.font.name, run.font.size = MONO, Pt(CODE_POINTS)
            spaces = len(text.expandtabs(4)) - len(text.expandtabs(4).lstrip(" "))
            line._p.get_or_add_pPr().set("marL", str(spaces * CODE_SPACE))
        elif block.shape is Shape.QUOTE:
            run.font.italic, run.font.color.rgb = True, FAINT
        elif block.shape is Shape.ITEM:
            _mark(line, block)
        line.space_after = Pt(0 if block.shape is Shape.CODE else 6)


def _mark(line: _Paragraph, block: Block) -> None:
    """A list's sign, hung out of the text. Numbers are words of the line, so that they are read and said as such."""
    properties = line._p.get_or_add_pPr()
    properties.set("marL", str(STEP * (block.level + 1)))
    properties.set("indent", str(-STEP))
    if block.mark == "•":
        etree.SubElement(properties, f"{{{DRAWING}}}buChar", char="•")
    else:
        line.runs[0].text = f"{block.mark} {block.text}"


def _picture(slide: Slide, block: Block, *, beside: bool) -> None:
    room = Inches(4.9) if beside else WIDE
    left = LEFT + WIDE - room
    with Image.open(BytesIO(block.picture)) as picture:
        scale = min(room / picture.width, BODY / picture.height)
        wide, high = int(picture.width * scale), int(picture.height * scale)
    place = (Emu(int(left + (room - wide) / 2)), Emu(int(TOP + (BODY - high) / 2)), Emu(wide), Emu(high))
    shape = slide.shapes.add_picture(BytesIO(block.picture), *place)
    shape._element._nvXxPr.cNvPr.set("descr", block.text)


def _table(slide: Slide, block: Block) -> None:
    rows, columns = len(block.rows), len(block.rows[0])
    height = min(int(BODY), int(Inches(0.5)) * rows)
    table = slide.shapes.add_table(rows, columns, LEFT, TOP, WIDE, Emu(height)).table
    letters = max((_length(cell) for row in block.rows for cell in row), default=0)
    size = 16 if letters * columns <= 160 else 12
    for at, row in enumerate(block.rows):
        for place, words in enumerate(row):
            cell = table.cell(at, place)
            cell.text = words[:400]
            for line in cell.text_frame.paragraphs:
                for run in line.runs:
                    run.font.size, run.font.name = Pt(size), FACE
