"""Documents without pages become decks: Markdown, text, Word, web pages; hostile ones end in a sentence."""

import base64
from io import BytesIO
from pathlib import Path

import decks
import pytest
from banking import zipped
from parts import Services
from schools import pages, person, state, upload

from app.base.db import unit_of_work
from app.base.errors import Invalid
from app.courses import service
from app.courses.document_reader import decoded, markdown_html, text_html
from app.courses.laying import lay_out
from app.courses.limits import check_deck
from app.courses.reader import Request, read_lines
from app.courses.schema import DeckKind, MaterialStatus, ReadPage
from app.courses.sheets import Shape, sheets_of
from app.courses.trouble import DeckProblem

PICTURE = "data:image/png;base64," + base64.b64encode(decks.png()).decode()
MARKDOWN = f"""# Leaves

How leaves *make* sugar.

## What goes in

- Light
  - of the sun
1. Water

![A red leaf]({PICTURE})

## Table

| part | does |
|------|------|
| stoma | breathes |

<script>alert(1)</script>

```
def leaf():
    return 1
```
"""
WEB = f"""<!DOCTYPE html><html><head><title>A page</title><style>b</style><script>steal()</script></head>
<body onload="x()"><nav>menu</nav><h1>Roots <script>x</script></h1><p>They <b>drink</b> water.<br>And hold.</p>
<svg onload="x()"><text>drawn</text></svg><iframe src="http://elsewhere.example"></iframe>
<img src="http://elsewhere.example/spy.png" alt="A spy"><img src="{PICTURE}" alt="A root">
<h2>Deep</h2><div>Loose words<ul><li>one<li>two</ul></div></body></html>"""
WORD_XML = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Stems</w:t></w:r></w:p>
<w:p><w:r><w:t>They carry water upwards.</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
</w:body></w:document>"""
STYLES = """<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>"""
TYPES = """<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/></Types>"""
SPACE = "http://schemas.openxmlformats.org"
RELATION = f"""<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="{SPACE}/package/2006/relationships"><Relationship Id="r1"
 Type="{SPACE}/officeDocument/2006/relationships/%s" Target="%s"/></Relationships>"""
RELATIONS = RELATION % ("officeDocument", "word/document.xml")
INNER = RELATION % ("styles", "styles.xml")


def docx(document: str = WORD_XML) -> bytes:
    return zipped(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": RELATIONS,
            "word/document.xml": document,
            "word/styles.xml": STYLES,
            "word/_rels/document.xml.rels": INNER,
        }
    )


def read(folder: Path, content: bytes | str, kind: DeckKind) -> list[ReadPage]:
    file = folder / f"deck.{kind.value}"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    lines = list(read_lines(Request(file, folder, kind), deadline=1e12, beat=lambda: None))
    assert not any(line.problem for line in lines), lines
    return [line.page for line in lines if line.page]


def test_markdown_is_laid_out_and_read(tmp_path: Path) -> None:
    found = read(tmp_path, MARKDOWN, DeckKind.MARKDOWN)
    assert [one.title for one in found] == ["Leaves", "What goes in", "Table", "Table (2)"]
    assert found[0].text == "Leaves\nHow leaves make sugar."
    assert found[1].text.splitlines() == ["What goes in", "Light", "of the sun", "1. Water", "Picture: A red leaf"]
    assert "part | does" in found[2].text
    assert "def leaf():" in found[3].text
    assert all(one.picture and not one.problem for one in found)
    drawn = (tmp_path / found[1].picture).read_text()
    assert "data:image/png" in drawn
    assert "<script" not in "".join(path.read_text() for path in tmp_path.glob("*.svg"))


def test_a_web_page_is_its_words_and_its_own_pictures(tmp_path: Path) -> None:
    found = read(tmp_path, WEB, DeckKind.HTML)
    assert [one.title for one in found] == ["Roots", "Deep"]
    words = "\n".join(one.text for one in found)
    assert "They drink water." in words
    assert "Picture: A spy" in words
    assert "Picture: A root" in words
    for gone in ("steal", "menu", "drawn", "alert", "elsewhere"):
        assert gone not in words
    assert "elsewhere" not in "".join(path.read_text() for path in tmp_path.glob("*.svg"))


def test_a_word_document(tmp_path: Path) -> None:
    found = read(tmp_path, docx(), DeckKind.DOCX)
    assert [one.title for one in found] == ["Stems", "Stems (2)"]
    assert "They carry water upwards." in found[0].text
    assert "a | b" in found[1].text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r"It is $Q = \int_A v \, dA$ here.", r"It is $Q = \int_A v \, dA$ here."),
        (r"$$a*b*c = \{x_1, *y*\}$$", r"$$a*b*c = \{x_1, *y*\}$$"),
        ("$$\na_1 \\\\\n_b_\n$$", "$$\na_1 \\\\\n_b_\n$$"),
        ("From $5 to *many* $10 notes, \\$ and $.", "From $5 to <em>many</em> $10 notes, $ and $."),
    ],
)
def test_a_formula_of_markdown_keeps_every_sign(written: str, read: str) -> None:
    """Backslashes, stars and underscores within dollar signs are the formula's own; a price is none."""
    assert f"<p>{read}</p>" in markdown_html(written)


def test_formulas_on_laid_out_pages_are_plain_signs(tmp_path: Path) -> None:
    """In a heading, a line, a list, a table; code is what it is."""
    rows = "| sign | is |\n|--|--|\n| $\\alpha$ | \\(x_1\\) |\n"
    lines = "We have $E = mc^2$.\n\n- the half, $\\frac{1}{2}$\n\n```\n$\\alpha$\n```\n"
    found = read(tmp_path, f"# Why $a^2$\n\n{lines}\n{rows}", DeckKind.MARKDOWN)
    words = "\n".join(one.text for one in found)
    assert found[0].title == "Why a²"
    for line in ("We have E = mc².", "the half, 1/2", "α | x₁", "$\\alpha$"):
        assert line in words
    drawn = "".join(path.read_text() for path in sorted(tmp_path.glob("*.svg")))
    assert "mc²" in drawn
    assert "frac" not in drawn
    web = read(tmp_path, "<h1>Sums</h1><p>It is \\(\\sqrt{x}\\) <code>here</code>.</p>", DeckKind.HTML)
    assert "It is √x here." in web[0].text


def test_text_finds_its_headings() -> None:
    text = "Light\n\nIt falls on leaves.\nEvery day.\n\n- one\n- two\n\nThe end of it all."
    found = sheets_of(text_html(text))
    assert [one.title for one in found] == ["Light"]
    assert [one.shape for one in found[0].blocks] == [Shape.TEXT, Shape.ITEM, Shape.ITEM, Shape.TEXT]
    assert "<b>" not in text_html("a <b> c")


def test_long_pages_go_on(tmp_path: Path) -> None:
    long = "# Long\n\n" + "A sentence of the right length, which goes on. " * 120
    rows = "\n".join(f"| {at} | x |" for at in range(30))
    wide = "字" * 1_500
    found = read(tmp_path, f"{long}\n\n## Rows\n\n| n | v |\n|--|--|\n{rows}\n\n## Wide\n\n{wide}\n", DeckKind.MARKDOWN)
    assert sum(one.title.startswith("Long") for one in found) >= 4
    told = "".join(one.text for one in found)
    assert told.count("A sentence of") == 120
    assert all(f"{at} | x" in told for at in range(30))
    assert told.count("字") == 1_500


def test_kinds_are_told_apart() -> None:
    assert check_deck(MARKDOWN.encode(), "leaves.md") is DeckKind.MARKDOWN
    assert check_deck(b"plain", "leaves.TXT") is DeckKind.TEXT
    assert check_deck(WEB.encode(), "page") is DeckKind.HTML
    assert check_deck("héé".encode("utf-16"), "a.txt") is DeckKind.TEXT
    assert check_deck(docx(), "x.docx") is DeckKind.DOCX
    for content, name in ((b"\x00\x01\x02" * 50, "a.txt"), (b"words", "a.doc"), (b"words", "")):
        with pytest.raises(Invalid, match="not a deck"):
            check_deck(content, name)
    with pytest.raises(Invalid, match="8 MB"):
        check_deck(b"a" * (9 * 2**20), "a.txt")
    declared = WORD_XML.replace("<w:document", '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document', 1)
    with pytest.raises(Invalid, match="entities"):
        check_deck(docx(declared), "x.docx")


def test_codes_of_letters() -> None:
    assert decoded("ä".encode("utf-16")) == "ä"
    assert decoded(b'<meta charset="iso-8859-2">\xb3', is_html=True).endswith("ł")
    assert decoded(b'<meta charset="no-such-code">\xe4', is_html=True).endswith("ä")
    assert "&lt;script&gt;" in markdown_html("<script>")


@pytest.mark.parametrize("source", ["", "<html></html>", "<!-- only -->", "<script>x</script>", "\x00\x00"])
def test_nothing_to_read_is_said(source: str) -> None:
    with pytest.raises(DeckProblem, match="no words"):
        sheets_of(source)


def test_broken_documents_and_pictures_do_no_harm() -> None:
    deep = "<div>" * 3_000 + "deep" + "</div>" * 3_000
    broken = f'<h1>A</h1>{deep}<img src="data:image/png;base64,AAAA" alt="Broken"><table></table><ul><p>x</ul>'
    laid_out = lay_out(sheets_of(broken))
    assert laid_out.startswith(b"PK")
    assert check_deck(laid_out) is DeckKind.PPTX


def test_laughs_behind_a_long_prologue_end_in_a_sentence(tmp_path: Path) -> None:
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    prologue = f"<!--{' ' * 5_000}--><!DOCTYPE x [<!ENTITY l0 'ha'>{laughs}]><w:document"
    content = docx(WORD_XML.replace("<w:document", prologue, 1).replace("Stems", "&l9;"))
    assert check_deck(content) is DeckKind.DOCX
    file = tmp_path / "deck.docx"
    file.write_bytes(content)
    lines = list(read_lines(Request(file, tmp_path, DeckKind.DOCX), deadline=1e12, beat=lambda: None))
    assert "damaged" in lines[0].problem


def test_a_document_becomes_a_material_of_a_course(db: Services) -> None:
    who = person()
    with unit_of_work() as session:
        course = service.create_course(session, who, "Plants")
    made = upload(who, course, MARKDOWN.encode(), "leaves.md")
    damaged = upload(who, course, docx("<not xml"), "stems.docx")
    for one in (made, damaged):
        service.read_deck(one)
    assert state(who, made).status is MaterialStatus.READY
    assert state(who, made).kind is DeckKind.MARKDOWN
    assert pages(made)[1].passages[0].text.startswith("What goes in")
    assert state(who, damaged).status is MaterialStatus.FAILED
    assert "damaged" in state(who, damaged).problem
    with pytest.raises(Invalid), unit_of_work() as session:
        service.add_material(session, who, course, "odd.bin", BytesIO(b"\x00\x01"))
