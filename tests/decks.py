"""Small decks for the tests, good and bad, made on the spot: nothing binary lies in the repository."""

import zipfile
from collections.abc import Callable
from io import BytesIO

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Inches, Pt

LECTURE = [
    ("The water cycle", "Water moves between sea, air and land.\nThe sun drives it.", "Welcome them warmly."),
    (
        "Evaporation",
        "Heat turns liquid water into vapour.\nMost vapour rises from the oceans.",
        "Mention a wet street drying.",
    ),
    ("Condensation", "Cool air holds less vapour.\nTiny drops form clouds around dust.", ""),
    ("Precipitation", "Drops that grow too heavy fall as rain, snow or hail.", "Ask what sleet is."),
]
"""Title, body and notes of each page of the small lecture."""


def pptx_deck(pages: list[tuple[str, str, str]] = LECTURE) -> bytes:
    """A PPTX with a title, a body and notes on each page."""
    deck = Presentation()
    for title, body, notes in pages:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = body
        if notes:
            slide.notes_slide.notes_text_frame.text = notes
    return saved(deck)


def rich_deck() -> bytes:
    """One page with boxes out of order, a group, a table, a chart, a picture with alt text, and a wordless page."""
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    _box(slide, "last words", 1, 6)
    _box(slide, "right", 5, 1.5)
    _box(slide, "left", 0.5, 1.5)
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(2.5), Inches(2), Inches(0.5)).text_frame.text = "in a group"
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(3.2), Inches(4), Inches(1)).table
    for at, word in enumerate(["planet", "moons", "Mars", "2"]):
        table.cell(at // 2, at % 2).text = word
    _chart(slide)
    picture = slide.shapes.add_picture(BytesIO(png()), Inches(7), Inches(1), Inches(1), Inches(1))
    picture._element._nvXxPr.cNvPr.set("descr", "A red square on a wall")
    slide.shapes.title.text = "The title comes first"
    deck.slides.add_slide(deck.slide_layouts[6])
    return saved(deck)


def _box(slide: Slide, words: str, left: float, top: float) -> None:
    slide.shapes.add_textbox(Inches(left), Inches(top), Inches(2), Inches(0.5)).text_frame.text = words


def _chart(slide: Slide) -> None:
    data = CategoryChartData()
    data.categories = ["2024", "2025"]
    data.add_series("Rain", (4.5, 7))
    place = (Inches(1), Inches(4.5), Inches(4), Inches(1.4))
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *place, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Rain a year"


def saved(deck: Deck) -> bytes:
    """The bytes of a python-pptx deck."""
    out = BytesIO()
    deck.save(out)
    return out.getvalue()


def png() -> bytes:
    """A small picture."""
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (40, 40), "red").save(out, "PNG")
    return out.getvalue()


def pdf_deck(pages: list[str], *, width: int = 480, height: int = 270) -> bytes:
    """A PDF written by hand: each page shows its lines, the first in larger type."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    objects.append("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    for page in pages:
        drawing = _pdf_lines(page.split("\n"), height)
        objects.append(f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream")
        looks = f"/MediaBox [0 0 {width} {height}] /Resources << /Font << /F 3 0 R >> >>"
        objects.append(f"<< /Type /Page /Parent 2 0 R {looks} /Contents {len(objects)} 0 R >>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    return _pdf_file(objects)


def _pdf_lines(lines: list[str], height: int) -> str:
    words = []
    for at, line in enumerate(lines):
        escaped = line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
        size = 24 if at == 0 else 13
        words.append(f"BT /F {size} Tf 30 {height - 45 - 24 * at} Td ({escaped}) Tj ET")
    return "\n".join(words)


def _pdf_file(objects: list[str]) -> bytes:
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    tail = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
    tail += f"<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return out + tail.encode("latin-1")


def changed(deck: bytes, change: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None) -> bytes:
    """A zip with each part passed through `change` (None leaves it out), and `extra` parts added."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(deck)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            content = change(part.filename, old.read(part))
            if content is not None:
                new.writestr(part.filename, content)
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return out.getvalue()


def _same(name: str, content: bytes) -> bytes:
    return content


def macro_deck() -> bytes:
    """A deck with a macro project inside, whatever its name says."""
    return changed(pptx_deck(), _same, {"ppt/vbaProject.bin": b"\xd0\xcf\x11\xe0 macros"})


def bomb_deck() -> bytes:
    """A deck whose parts unpack to 700 MB of zeros from under 1 MB."""
    out = BytesIO(pptx_deck())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("ppt/media/image1.png", "w") as part:
        for _ in range(700):
            part.write(bytes(2**20))
    return out.getvalue()


def entity_deck() -> bytes:
    """A deck whose first slide declares entities that multiply."""
    trick = b'<!DOCTYPE p:sld [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'

    def change(name: str, content: bytes) -> bytes:
        if name != "ppt/slides/slide1.xml":
            return content
        head, mark, rest = content.partition(b"?>")
        return head + mark + trick + rest

    return changed(pptx_deck(), change)


def broken_page_deck(number: int = 2) -> bytes:
    """A deck one page of which holds XML that is no slide."""

    def change(name: str, content: bytes) -> bytes:
        if name != f"ppt/slides/slide{number}.xml":
            return content
        return content[: content.index(b"<p:cSld")] + b"<p:nonsense/></p:sld>"

    return changed(pptx_deck(), change)


def encrypted_deck() -> bytes:
    """What PowerPoint writes for a deck with a password: an OLE container with an encrypted package."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(400)


def long_pptx(count: int) -> bytes:
    """A zip with so many slide parts that it need not be opened to know it is too long."""
    slides = {f"ppt/slides/slide{number}.xml": b"<p:sld/>" for number in range(5, count + 1)}
    return changed(pptx_deck(), _same, slides)


def locked_pdf() -> bytes:
    """A PDF that wants a password: an encryption dictionary whose keys no empty password fits."""
    plain = pdf_deck(["Secret"])
    head, _, _ = plain.rpartition(b"xref\n0 ")
    body = head.rpartition(b"xref")[0] or head
    number = body.count(b" obj\n") + 1
    lock = f"{number} 0 obj\n<< /Filter /Standard /V 1 /R 2 /P -4 /O <{'4f' * 32}> /U <{'55' * 32}> >>\nendobj\n"
    places, at = [], 0
    whole = body + lock.encode()
    for one in range(1, number + 1):
        at = whole.index(f"{one} 0 obj\n".encode(), at)
        places.append(at)
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    tail = f"xref\n0 {number + 1}\n0000000000 65535 f \n{table}trailer\n"
    tail += (
        f"<< /Size {number + 1} /Root 1 0 R /Encrypt {number} 0 R /ID [<00> <00>] >>\nstartxref\n{len(whole)}\n%%EOF\n"
    )
    return whole + tail.encode()


def title_slide(words: str) -> bytes:
    """A deck whose title wraps and hangs from the bottom of its box, as on PowerPoint's title layout."""
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text = words
    slide.placeholders[1].text = "A subtitle that must stay readable"
    slide.shapes.title.text_frame.paragraphs[0].runs[0].font.size = Pt(54)
    box = slide.shapes.add_shape(1, Inches(1), Inches(6.4), Inches(2), Inches(0.7))
    box.text_frame.text = "plain shape"
    return saved(deck)
