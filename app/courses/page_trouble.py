"""What the libraries that read decks raise on a page. Apart from the sentences, which every process knows, because
these libraries are large and only the process that reads a deck needs them."""

import zipfile
import zlib

from lxml import etree
from PIL import UnidentifiedImageError
from pptx.exc import PythonPptxError
from pypdfium2 import PdfiumError

PAGE_TROUBLE = (
    PythonPptxError,
    PdfiumError,
    etree.LxmlError,
    UnidentifiedImageError,
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    ArithmeticError,
    NotImplementedError,
    RecursionError,
    MemoryError,
    OSError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What the readers raise on malformed pages: python-pptx trusts the XML it is given, so that a missing element is
an AttributeError, a wrong one a ValueError. Such a page is marked, and the rest goes on."""
