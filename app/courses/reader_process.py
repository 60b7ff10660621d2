"""The reader child: `python -m app.courses.reader_process FILE FOLDER ...` reads one deck under limits.

It runs without the platform's secrets and says one `ReaderLine` of JSON a line on its standard output: the page
count first, then each page as it is done. Pictures go to FOLDER. The parent stops it when it takes too long; the
kernel does when it takes too much.
"""

import argparse
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from app.courses import pdf_reader, pptx_reader
from app.courses.schema import DeckKind, ReaderLine
from app.courses.trouble import DeckProblem

FILE_BYTES = 256 * 2**20
OPEN_FILES = 256


def main(arguments: list[str]) -> int:
    """Read the deck; 0 when it was read to its end or refused with a sentence."""
    options = _options(arguments)
    out = _own_output()
    _set_limits(options.memory, options.seconds)
    try:
        for line in _lines(options):
            _say(out, line)
    except DeckProblem as problem:
        _say(out, ReaderLine(problem=problem.sentence))
    return 0


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reader_process")
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kind", type=DeckKind, required=True)
    parser.add_argument("--memory", type=int, default=2 * 2**30, help="bytes of address space")
    parser.add_argument("--seconds", type=int, default=300, help="seconds of processor time")
    parser.add_argument("--pages", type=int, default=500, help="most pages of a deck")
    parser.add_argument("--first", type=int, default=1, help="page to begin with")
    parser.add_argument("--plain", action="store_true", help="words only, no pictures")
    return parser.parse_args(arguments)


def _lines(options: argparse.Namespace) -> Iterator[ReaderLine]:
    folder = None if options.plain else options.folder
    if options.kind in (DeckKind.PDF, DeckKind.PPTX):
        read = pdf_reader.read if options.kind is DeckKind.PDF else pptx_reader.read
        return read(options.file, folder, first=options.first, limit=options.pages)
    from app.courses import document_reader  # what it stands on need not be loaded for a deck

    return document_reader.read(options.file, folder, options.kind, first=options.first, limit=options.pages)


def _own_output() -> TextIO:
    """The real standard output, for our lines alone: what a library prints goes to standard error."""
    own = os.fdopen(os.dup(1), "w", encoding="utf-8", errors="replace")
    os.dup2(2, 1)
    return own


def _set_limits(memory: int, seconds: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _say(out: TextIO, line: ReaderLine) -> None:
    out.write(line.model_dump_json() + "\n")
    out.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
