"""Trouble while a deck is read: with the deck as a whole, or with one page of it."""

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

TOO_BIG = "Reading this deck takes more memory than allowed. Compress its pictures, or split it, and upload that."
WORDS_PROBLEM = "The words of this page could not be read."
HURT_PROBLEM = "This page is damaged in the file; something may be missing."
PICTURE_PROBLEM = "The picture of this page could not be made."
PAGE_PROBLEM = "This page could not be read."


class DeckProblem(Exception):
    """The deck as a whole cannot be read; `sentence` says why and what to do."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
