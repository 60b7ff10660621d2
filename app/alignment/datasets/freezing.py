"""A set as it lies on the disk: JSON lines under the hash of their content, with a manifest and a card."""

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from app.alignment.datasets.card import card
from app.alignment.datasets.schema import PROBLEMS, Problem, SetManifest
from app.alignment.schema import (
    CARD,
    HELD,
    MANIFEST,
    PAIRS,
    SFT,
    UNPAIRED,
    Line,
    PairLine,
    SftLine,
    UnpairedLine,
    alignment_folder,
    read_lines,
    set_folder,
)
from app.base.errors import Invalid, NotFound
from app.base.files import write_whole

LEAST_HASH = 12


@dataclass
class Part:
    """The lines of one half of a set."""

    sft: list[SftLine] = field(default_factory=list)
    pairs: list[PairLine] = field(default_factory=list)
    unpaired: list[UnpairedLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def lines(self) -> list[Line]:
        """All lines that are trained on or measured by."""
        return [*self.sft, *self.pairs, *self.unpaired]

    @property
    def counts(self) -> dict[str, int]:
        """How many lines of each kind."""
        lines = {"sft": len(self.sft), "pairs": len(self.pairs), "unpaired": len(self.unpaired)}
        return {**lines, "problems": len(self.problems)}

    def files(self, prefix: str) -> dict[str, bytes]:
        """The files of this part."""
        told: dict[str, Sequence[BaseModel]] = {
            SFT: self.sft,
            PAIRS: self.pairs,
            UNPAIRED: self.unpaired,
            PROBLEMS: self.problems,
        }
        return {f"{prefix}{name}": _jsonl(lines) for name, lines in told.items()}


def _jsonl(lines: Sequence[BaseModel]) -> bytes:
    return "".join(f"{one.model_dump_json()}\n" for one in lines).encode()


def freeze(manifest: SetManifest, train: Part, held: Part) -> SetManifest:
    """Write a set's folder under the hash of its content; one that is there already stays as it is."""
    if not train.lines:
        reasons = "; ".join(f"{one.reason} ({one.count})" for one in manifest.dropped[:5])
        raise Invalid(
            f"The recipe “{manifest.name}” gives an empty set: there is nothing to train on. "
            f"{f'Left out: {reasons}.' if reasons else 'Its sources have no such lines, or nobody has consented yet.'}"
        )
    if manifest.leakage.both or manifest.leakage.texts:
        raise Invalid("Held-back conversations would be trained on, so the set was not made. Report this recipe.")
    files = {**train.files(""), **held.files(HELD)}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    listed = "".join(f"{name} {digest}\n" for name, digest in sorted(digests.items()))
    told = f"{manifest.parent}\n{manifest.recipe.model_dump_json()}\n{listed}"
    whole = manifest.model_copy(update={"hash": hashlib.sha256(told.encode()).hexdigest(), "files": digests})
    folder = set_folder(whole.hash)
    if not (folder / SFT).is_file():
        _write(folder, {**files, MANIFEST: _pretty(whole), CARD: card(whole).encode()})
    return whole


def _pretty(manifest: SetManifest) -> bytes:
    return f"{manifest.model_dump_json(indent=2)}\n".encode()


def _write(folder: Path, files: dict[str, bytes]) -> None:
    """All of a folder or nothing of it."""
    beside = alignment_folder("sets", f".{uuid4().hex}")
    try:
        for name, content in files.items():
            write_whole(beside / name, content)
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def manifest_of(content_hash: str) -> SetManifest:
    """The manifest of a set, by its hash or the first twelve letters of it. NotFound where there is none."""
    if len(content_hash) < LEAST_HASH or not all(one in "0123456789abcdef" for one in content_hash):
        raise NotFound("A set is named by at least twelve letters of its hash.")
    try:
        return SetManifest.model_validate_json((set_folder(content_hash) / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise NotFound(f"There is no data set {content_hash[:LEAST_HASH]} here.") from error


def load(content_hash: str) -> tuple[Part, Part]:
    """A set's two halves: what is trained on, and what is held back. Raises Invalid where a file was changed."""
    manifest, folder = manifest_of(content_hash), set_folder(content_hash)
    for name, digest in manifest.files.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            raise Invalid(f"{name} of set {content_hash[:LEAST_HASH]} is gone or was changed. Build the set anew.")
    train, held = (_part(folder, prefix) for prefix in ("", HELD))
    return train, held


def _part(folder: Path, prefix: str) -> Part:
    return Part(
        sft=list(read_lines(folder / f"{prefix}{SFT}", SftLine)),
        pairs=list(read_lines(folder / f"{prefix}{PAIRS}", PairLine)),
        unpaired=list(read_lines(folder / f"{prefix}{UNPAIRED}", UnpairedLine)),
        problems=list(read_lines(folder / f"{prefix}{PROBLEMS}", Problem)),
    )


def take_words_away(content_hash: str) -> bool:
    """Remove a set's lines; the manifest and the card, which hold nobody's words, stay. Whether there were any."""
    found = list(set_folder(content_hash).glob("*.jsonl"))
    for path in found:
        path.unlink(missing_ok=True)
    return bool(found)
