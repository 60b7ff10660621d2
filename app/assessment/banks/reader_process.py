"""The bank reader child: `python -m app.assessment.banks.reader_process MEMORY SECONDS FILE` says one JSON `BankReply`.

It runs without the platform's secrets; the kernel stops it where it takes too much.
"""

import os
import sys
from pathlib import Path

from app.assessment.banks import gift, moodle, packages, qti, qti1
from app.assessment.banks.building import decoded
from app.assessment.banks.schema import Bank, BankReply
from app.base.child import begin
from app.base.errors import Invalid
from app.base.xml import local, read_xml

ZIP = b"PK\x03\x04"
WEB_PAGE = "This is a web page, and no question bank that is known here. Export the questions as GIFT or QTI."
TEXT_BYTES = 40 * 2**20
NOT_KNOWN = "This is XML, but no question bank that is known here (its outermost element is “{name}”)."


def detect(file: Path) -> Bank:
    """The bank in a file, whatever it is called: by its bytes. Raises Invalid."""
    with file.open("rb") as stream:
        content = stream.read(TEXT_BYTES + 1)
    if content.startswith(ZIP):
        return packages.read(file)
    if len(content) > TEXT_BYTES:
        raise Invalid(f"A text of more than {TEXT_BYTES // 2**20} MB was not read. Split the file.")
    if is_xml(content):
        return _xml(content)
    if b"<html" in content[:1000].lower():
        raise Invalid(WEB_PAGE)
    return gift.read(decoded(content))


def is_xml(content: bytes) -> bool:
    """Whether bytes begin as XML does, in any of its usual encodings."""
    start = content[:400].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(
        (b"<?xml", b"<!DOCTYPE q", b"<!--", b"<quiz", b"<questestinterop", b"<assessmentItem", b"<qti-")
    )


def _xml(content: bytes) -> Bank:
    root = read_xml(content)
    if moodle.is_moodle(root):
        return moodle.read(root)
    if qti1.is_qti1(root):
        return qti1.read(root)
    if qti.is_item(root):
        return qti.read_one(root)
    raise Invalid(NOT_KNOWN.format(name=local(root)[:60]))


def main(arguments: list[str]) -> int:
    """Read the file and say what is in it."""
    (file,), own = begin(arguments)
    try:
        reply = BankReply(bank=detect(Path(file)))
    except Invalid as problem:
        reply = BankReply(problem=problem.sentence)
    with os.fdopen(own, "w", encoding="utf-8", errors="replace") as out:
        out.write(reply.model_dump_json())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
