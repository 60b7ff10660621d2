"""Pages' pictures in pixels, for programs that cannot draw SVG."""

import base64
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import reportlab
import resvg_py
from PIL import Image, ImageOps, UnidentifiedImageError

WIDTH = 1_600
SMALL_FONTS = Path(reportlab.__file__).parent / "fonts"
"""A free family that comes with the PDF library, for machines without any."""
PLACES = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts", "/System/Library/Fonts", "~/.fonts")
FAMILIES = {
    "sans": {"Liberation Sans": "LiberationSans-Regular.ttf", "DejaVu Sans": "DejaVuSans.ttf", "Arial": "Arial.ttf"},
    "serif": {
        "Liberation Serif": "LiberationSerif-Regular.ttf",
        "DejaVu Serif": "DejaVuSerif.ttf",
        "Times New Roman": "Times New Roman.ttf",
    },
    "mono": {
        "Liberation Mono": "LiberationMono-Regular.ttf",
        "DejaVu Sans Mono": "DejaVuSansMono.ttf",
        "Courier New": "Courier New.ttf",
    },
}
"""Families that stand in for those that a slide names and a machine has not, each with the file it is known by."""
FALLBACK = "Bitstream Vera Sans"


@lru_cache
def font_file(name: str) -> Path | None:
    """A font's file on this machine."""
    for place in PLACES:
        folder = Path(place).expanduser()
        found = next(folder.rglob(name), None) if folder.is_dir() else None
        if found:
            return found
    return None


@lru_cache
def family(kind: str) -> str:
    """The family of a kind (sans, serif or mono) that this machine has."""
    return next((name for name, file in FAMILIES[kind].items() if font_file(file)), FALLBACK)


def pixels(picture: Path, width: int = WIDTH) -> Image.Image | None:
    """A page's picture on white, `width` pixels wide; None where it cannot be drawn."""
    try:
        if picture.suffix == ".svg":
            drawn = resvg_py.svg_to_bytes(
                svg_string=picture.read_text("utf-8"),
                width=width,
                dpi=96,
                background="#ffffff",
                font_family=family("sans"),
                sans_serif_family=family("sans"),
                serif_family=family("serif"),
                monospace_family=family("mono"),
                font_dirs=[str(SMALL_FONTS)],
            )
            image = Image.open(BytesIO(bytes(drawn)))
        else:
            image = Image.open(picture)
        image.load()
    except (ValueError, OSError, UnidentifiedImageError, SyntaxError):
        return None
    plain = image.convert("RGB")
    plain.thumbnail((width, width * 2))
    return plain


def jpeg(picture: Path, width: int = WIDTH, *, framed: bool = False) -> bytes | None:
    """A page's picture as JPEG, with a thin line around it if `framed`."""
    image = pixels(picture, width)
    if image is None:
        return None
    if framed:
        image = ImageOps.expand(image, border=2, fill="#c9cfca")
    out = BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()


def data_url(picture: Path) -> str:
    """A page's picture as it is, for an `img` of a page that stands alone: in one no picture runs anything."""
    kind = "image/svg+xml" if picture.suffix == ".svg" else "image/webp"
    return f"data:{kind};base64,{base64.b64encode(picture.read_bytes()).decode('ascii')}"
