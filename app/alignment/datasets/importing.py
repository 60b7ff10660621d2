"""Importing: files from outside become a named source under the data folder, with a report of what was taken.

A source that is imported again is replaced. Nothing of a file is run, and its text is kept as lines of our own form.
"""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from app.alignment.datasets.importers import bridge, cima, gsm8k, mrbench, plain
from app.alignment.datasets.reading import Reader, read_text
from app.alignment.datasets.schema import CLASSES, ORIGINS, Format, Imported, Problem, Source
from app.alignment.datasets.talking import key_of
from app.alignment.schema import L, Line, PairLine, SftLine, UnpairedLine, alignment_folder
from app.base.errors import Invalid
from app.base.files import write_whole

READERS: dict[Format, Callable[[str, str, Reader], Iterator[Line | Problem]]] = {
    Format.BRIDGE: bridge.read,
    Format.MRBENCH: mrbench.read,
    Format.CIMA: cima.read,
    Format.GSM8K: gsm8k.read,
    Format.PLAIN: plain.read,
}
MOST_FILES = 50
KEPT = "imported.json"


def read_files(form: Format, paths: list[Path], name: str = "", licence: str = "", title: str = "") -> Imported:
    """What can be used of files, without keeping it. Raises Invalid where a file or all of its lines are unusable."""
    if not 1 <= len(paths) <= MOST_FILES:
        raise Invalid(f"Name 1 to {MOST_FILES} files.")
    if len({path.name for path in paths}) < len(paths):
        raise Invalid("Two of the files have the same name. Rename one.")
    origin = ORIGINS[form]
    licence, title = licence or origin.licence, title or origin.title
    name = name or form.value
    if form is Format.PLAIN and not licence:
        raise Invalid("Say under which licence the data stand: --licence 'CC BY 4.0', or --licence own.")
    source = Source(name=name, format=form, title=title or name, licence=licence, link=origin.link)
    found, reader = Imported(source=source), Reader()
    for path in paths:
        text, file = read_text(path)
        source.files.append(file)
        for line in READERS[form](text, path.name, reader):
            _take(found, line, name, path.name)
    _settle(found, reader)
    source.dropped = reader.dropped
    source.taken = _counts(found)
    named: list[Line | Problem] = [*found.lines, *found.problems]
    source.conversations = len({one.conversation for one in named})
    if not any(source.taken.values()):
        raise Invalid(f"Nothing in {_names(paths)} can be used as {form.value}. {_reasons(source)}")
    return found


def _take(found: Imported, line: Line | Problem, name: str, file: str) -> None:
    """Keep a line under its source's name."""
    line.source, line.id = name, f"{name}:{line.id}"
    line.conversation = f"{name}:{line.conversation.partition(':')[2]}"
    found.files[line.id] = file
    if isinstance(line, SftLine):
        found.sft.append(line)
    elif isinstance(line, PairLine):
        found.pairs.append(line)
    elif isinstance(line, UnpairedLine):
        found.unpaired.append(line)
    elif isinstance(line, Problem):
        found.problems.append(line)


def _counts(found: Imported) -> dict[str, int]:
    return {
        "sft": len(found.sft),
        "pairs": len(found.pairs),
        "unpaired": len(found.unpaired),
        "problems": len(found.problems),
    }


def _names(paths: list[Path]) -> str:
    return ", ".join(path.name for path in paths)


def _reasons(source: Source) -> str:
    return " ".join(f"{one.reason}: {one.count} ({', '.join(one.places)})." for one in source.dropped[:5])


# -------------------------------------------------------------------------------------------- doubles, contradictions


def _settle(found: Imported, reader: Reader) -> None:
    """Doubles are left out but once; of what is said both ways nothing is kept."""
    found.pairs = _settled(found.pairs, _sides, _direction, "pairs", reader)
    found.unpaired = _settled(found.unpaired, _words, lambda one: one.label, "turns", reader)
    found.sft = _settled(found.sft, _words, lambda one: one.labels, "turns", reader)


def _words(line: SftLine | UnpairedLine) -> str:
    return key_of(line.prompt[-1].content, _history(line), line.completion[-1].content)


def _history(line: Line) -> str:
    return "\n".join(one.content for one in line.prompt)


def _sides(line: PairLine) -> str:
    return key_of(_history(line), *sorted((line.chosen[-1].content, line.rejected[-1].content)))


def _direction(line: PairLine) -> str:
    return key_of(line.chosen[-1].content)


def _settled(
    lines: list[L], key: Callable[[L], str], word: Callable[[L], object], what: str, reader: Reader
) -> list[L]:
    by_key: dict[str, list[L]] = defaultdict(list)
    for line in lines:
        by_key[key(line)].append(line)
    kept = []
    for same in by_key.values():
        if len({word(one) for one in same}) > 1:
            reader.drop(f"contradictory labels: {what} that are labelled both ways", same[0].id, len(same))
            continue
        kept.append(same[0])
        if len(same) > 1:
            reader.drop(f"{what} that are there more than once", same[1].id, len(same) - 1)
    return kept


# --------------------------------------------------------------------------------------------------------- the store


def import_files(form: Format, paths: list[Path], name: str = "", licence: str = "", title: str = "") -> Source:
    """Read files and keep what can be used as a source of this name; one of the same name is replaced."""
    found = read_files(form, paths, name, licence, title)
    if found.source.name == CLASSES:
        raise Invalid(f"“{CLASSES}” is the name of this installation's own classes; give the source another one.")
    write_whole(_folder(found.source.name) / KEPT, found.model_dump_json().encode())
    return found.source


def imported(name: str) -> Imported:
    """A source that was imported. Raises Invalid where there is none of this name."""
    path = _folder(name) / KEPT
    if not path.is_file():
        raise Invalid(f"There is no imported source “{name}”. Bring it in first: ./lyceum align import FORMAT FILE.")
    return Imported.model_validate_json(path.read_bytes())


def sources() -> list[Source]:
    """All imported sources, by name."""
    found = sorted(alignment_folder("imported").glob(f"*/{KEPT}"))
    return [Imported.model_validate_json(path.read_bytes()).source for path in found]


def forget_source(name: str) -> None:
    """Take an imported source away; sets that were built from it stay."""
    shutil.rmtree(_folder(name), ignore_errors=True)


def _folder(name: str) -> Path:
    if not name or not all(one.isalnum() or one == "-" for one in name) or not name.isascii() or len(name) > 40:
        raise Invalid(f"“{name}” is no name for a source: use small letters, digits and hyphens.")
    return alignment_folder("imported", name)
