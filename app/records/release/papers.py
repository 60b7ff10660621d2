"""The papers of a release: manifest, code book and citation, and everything in one archive."""

import tarfile
from collections.abc import Callable, Sequence
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from app.base.db import now
from app.base.files import write_whole
from app.base.settings import get_settings
from app.records.privacy.models import Consent
from app.records.privacy.schema import Purpose
from app.records.release.columns import Table
from app.records.release.models import Release, ReleaseFile, ReleasePerson
from app.records.release.schema import CodeBook, FileEntry, KeyFate, Manifest, ReleaseSpec, Suppression, TableEntry

ARCHIVE = "release.tar"
MANIFEST = "manifest.json"
PSEUDONYMOUS = (
    "The data are pseudonymous, not anonymous: the bands of the table of learners hold for groups of k, but a log of "
    "events can be told apart by itself. Keep the files as personal data, and do not try to find out who somebody is."
)
FRESH = "Pseudonyms and ids are made for this release with a key of its own; they fit no other release."
KEYS = {
    KeyFate.DESTROYED: "The key was destroyed at publication.",
    KeyFate.ESCROWED: "The key is kept locked by the operator.",
}
LEFT_OUT = (
    "People are in the release who allowed research when it was made. What others did is left out; agents' replies to "
    "them are told without what they say, and shared classes have gaps there."
)
CARE = "Distress and insults are not told as such: such an intent reads “other”, and the fixed answer has no cause."
SHIFTED = (
    "Times are moved by whole weeks, at most 25 either way: in a learner's own classes by the same number for all of "
    "them, in a shared class by a number of the class. Weekdays, hours and distances within are as they were."
)
SCRUBBED = (
    "Words are scrubbed of names of the courses' people, e-mail and web addresses and long numbers by rule. What "
    "somebody tells of their life is still there. In shared classes in which somebody outside the release spoke, "
    "agents' own words are left out."
)
ANSWERS = (
    "Of answers the choices are told by their places and numbers to six digits; marks are those of the moment when the "
    "making began. Of items only what somebody in the release was asked is told, and never what is right."
)
PAPERS = ("codebook.json", "CODEBOOK.md", "CITATION.txt")


def draft(session: Session, row: Release, spec: ReleaseSpec) -> Manifest:
    """The manifest as far as the database knows it: without the papers among its files."""
    files = session.scalars(select(ReleaseFile).where(ReleaseFile.release_id == row.id).order_by(ReleaseFile.name))
    entries = [
        FileEntry(name=one.name, table=one.table, format=one.format, rows=one.rows, bytes=one.bytes, sha256=one.sha256)
        for one in files
    ]
    suppression = Suppression.model_validate(row.suppression)
    came, went = moves(session, row.previous_id, row.id) if row.previous_id else (None, None)
    return Manifest(
        release=row.id,
        made_at=now(),
        software=f"Lyceum {_version()}",
        spec=spec,
        learners=suppression.released,
        rows={one.table: one.rows for one in entries},
        consent_texts=_consent_texts(session, row.id),
        suppression=suppression,
        previous=row.previous_id,
        came=came,
        went=went,
        notes=notes(spec),
        files=entries,
    )


def write(folder: Path, manifest: Manifest, tables: Sequence[Table]) -> Manifest:
    """Write the papers; returns the manifest with them among its files. The manifest itself is not in it."""
    entries = [table.entry(manifest.spec) for table in tables]
    book = CodeBook(release=manifest.release, tables=entries, notes=manifest.notes)
    texts = (book.model_dump_json(indent=2), code_book_page(book), citation(manifest))
    files = list(manifest.files)
    for name, text in zip(PAPERS, texts, strict=True):
        content = f"{text.rstrip()}\n".encode()
        write_whole(folder / name, content)
        files.append(FileEntry(name=name, bytes=len(content), sha256=sha256(content).hexdigest()))
    whole = manifest.model_copy(update={"files": files})
    write_whole(folder / MANIFEST, f"{whole.model_dump_json(indent=2)}\n".encode())
    return whole


def pack(folder: Path, manifest: Manifest, beat: Callable[[], None]) -> None:
    """Everything in one archive, uncompressed and always the same bytes, so that a download may be taken up again."""
    beside = folder / f".{ARCHIVE}"
    with tarfile.open(beside, "w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted([MANIFEST, *(one.name for one in manifest.files)]):
            entry = tarfile.TarInfo(f"lyceum-{manifest.release}/{name}")
            entry.size, entry.mtime, entry.mode = (
                (folder / name).stat().st_size,
                int(manifest.made_at.timestamp()),
                0o644,
            )
            with (folder / name).open("rb") as content:
                archive.addfile(entry, content)
            beat()
    beside.replace(folder / ARCHIVE)


def moves(session: Session, before: UUID, after: UUID) -> tuple[int, int]:
    """How many learners are in the second release and not in the first, and the other way round."""
    return _only_in(session, after, before), _only_in(session, before, after)


def _only_in(session: Session, one: UUID, other: UUID) -> int:
    there = aliased(ReleasePerson)
    in_other = exists().where(there.release_id == other, there.person_id == ReleasePerson.person_id)
    here: ColumnElement[bool] = and_(ReleasePerson.release_id == one, ~in_other)
    return session.scalar(select(func.count(ReleasePerson.person_id.distinct())).where(here)) or 0


def _consent_texts(session: Session, release_id: UUID) -> dict[int, int]:
    """How many of the release's people agreed to which version of the text, by their newest word."""
    people = select(ReleasePerson.person_id).where(ReleasePerson.release_id == release_id)
    newest = (
        select(Consent.person_id, Consent.text_version)
        .where(Consent.purpose == Purpose.RESEARCH.value, Consent.person_id.in_(people))
        .order_by(Consent.person_id, Consent.at.desc(), Consent.id.desc())
        .ext(distinct_on(Consent.person_id))
        .subquery()
    )
    query = select(newest.c.text_version, func.count()).group_by(newest.c.text_version)
    return dict(session.execute(query.order_by(newest.c.text_version)).all())


def notes(spec: ReleaseSpec) -> list[str]:
    """What who works with the release must know."""
    found = [PSEUDONYMOUS, f"{FRESH} {KEYS[spec.key]}", LEFT_OUT, CARE, ANSWERS]
    found += [SHIFTED] if spec.shift else []
    found += [SCRUBBED] if spec.words else []
    return found


def code_book_page(book: CodeBook) -> str:
    """The code book as Markdown."""
    lines = [f"# Code book of release {book.release}", "", *(f"- {note}" for note in book.notes)]
    for table in book.tables:
        lines += ["", *_table_lines(table)]
    return "\n".join(lines)


def _table_lines(table: TableEntry) -> list[str]:
    lines = [f"## {table.name}", "", table.meaning, "", "| column | type | unit | meaning | kind | values |"]
    lines.append("|---|---|---|---|---|---|")
    for one in table.columns:
        values = ", ".join(f"{value}: {words}" if words else value for value, words in one.values.items())
        cells = (one.name, one.type, one.unit, one.meaning, one.kind, values)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def citation(manifest: Manifest) -> str:
    """How to cite the release, in a sentence, with the manifest's own way of telling that it is the same data."""
    spec = manifest.spec
    days = f"{spec.since or 'the beginning'} to {spec.until or manifest.made_at.date()}"
    hashes = sha256("".join(sorted(one.sha256 for one in manifest.files if one.table)).encode()).hexdigest()
    return (
        f"Lyceum learner records, release {manifest.release} ({manifest.made_at:%Y}). {manifest.learners} learners, "
        f"{len(spec.courses)} {'course' if len(spec.courses) == 1 else 'courses'}, classes of {days}. "
        f"Made on {manifest.made_at:%Y-%m-%d} with {manifest.software} at {get_settings().public_url}. "
        f"Digest of the tables (SHA-256 over the sorted SHA-256 of their files): {hashes}."
    )


def _version() -> str:
    try:
        return version("lyceum")
    except PackageNotFoundError:
        return "of a working copy"
