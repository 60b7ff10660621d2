"""The job that makes a release: claim, roster, a table at a time, the papers, and publication.

Killed at any point it goes on where it was: tables that are whole stay, the one that was being written is written
anew. The claim's token is the proof that the work is still ours; the lease is the sign of life.
"""

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Enrolment, Person
from app.base.db import new_id, now, take_time, unit_of_work
from app.base.errors import Invalid
from app.base.settings import get_settings
from app.classroom.models import ClassPerson, ClassSession
from app.records.release import papers
from app.records.release.columns import Column, Table
from app.records.release.keys import Names, lock, new_key, unlock
from app.records.release.models import Release, ReleaseFile, ReleasePerson
from app.records.release.roster import draw_up, read_roster, still_stands, tear_up, write_roster
from app.records.release.schema import Format, KeyFate, Manifest, ReleaseSpec, Status
from app.records.release.scope import Scope
from app.records.release.scrubbing import Scrubber
from app.records.release.tables import registry
from app.records.release.writing.parquet import ParquetWriter
from app.records.release.writing.text import LineWriter, TextWriter

ATTEMPTS = 5
"""How often the making may break off without a table having become whole in between."""
LEASE = timedelta(seconds=30)
LOOK_SECONDS = 1.0
BROKE_OFF = "Making this release broke off five times at the same table. Ask for it again with fewer tables."


class Overtaken(Exception):
    """The work is not ours any more: cancelled, or taken over by another."""


@dataclass
class Claim:
    """One worker's hold on a release. `table` and `rows` say how far it is."""

    release_id: UUID
    token: UUID
    spec: ReleaseSpec
    table: str = ""
    rows: int = 0
    looked: float = field(default_factory=time.monotonic)


def folder_of(release_id: UUID) -> Path:
    """Where a release's files lie."""
    return get_settings().data / "releases" / str(release_id)


def overdue(session: Session) -> list[UUID]:
    """Releases that wait, or whose maker went silent, for the clock."""
    silent = and_(Release.status == Status.MAKING.value, Release.lease_until < now())
    waiting = Release.status == Status.WAITING.value
    return list(session.scalars(select(Release.id).where(or_(waiting, silent)).order_by(Release.created_at)))


def make(release_id: UUID) -> None:
    """Make a release that waits, or whose maker went silent. Safe to run twice and to be killed."""
    claim = _claim(release_id)
    if claim is None:
        _clear_if_cancelled(release_id)
        return
    try:
        _carry_out(claim)
    except Overtaken:
        _clear_if_cancelled(release_id)


def _carry_out(claim: Claim) -> None:
    try:
        while True:
            scope = _scope(claim)
            for table in tables_of(claim.spec):
                _make_table(claim, scope, table)
            if _publish(claim, _write_papers(claim)):
                return
    except Invalid as refusal:
        _refuse(claim, refusal.sentence)


def tables_of(spec: ReleaseSpec) -> list[Table]:
    """What is written for a spec: the chosen tables, and those that a format brings along."""
    chosen = {name for name in spec.tables if {Format.PARQUET, Format.CSV} & set(spec.formats)}
    extra = {one.value for one in (Format.TRANSACTIONS, Format.STEPS) if one in spec.formats}
    if Format.XAPI in spec.formats:
        extra.add("statements")
    return [table for table in registry().values() if table.name in chosen | extra]


def files_of(spec: ReleaseSpec, table: Table) -> dict[str, Format]:
    """The files that a table is written to, each with its format."""
    if table.is_extra:
        return {f"{table.name}.txt": Format(table.name)}
    found: dict[str, Format] = {}
    if table.name in spec.tables:
        kinds = {Format.PARQUET: "parquet", Format.CSV: "csv"}
        found |= {f"{table.name}.{ending}": one for one, ending in kinds.items() if one in spec.formats}
    if table.name == "statements" and Format.XAPI in spec.formats:
        found["statements.jsonl"] = Format.XAPI
    return found


def _claim(release_id: UUID) -> Claim | None:
    with unit_of_work() as session:
        row = session.get(Release, release_id, with_for_update=True)
        if row is None or not _is_free(row):
            return None
        if row.attempts >= ATTEMPTS:
            _end(row, Status.FAILED, BROKE_OFF)
            return None
        row.status, row.claim, row.lease_until = Status.MAKING.value, new_id(), now() + LEASE
        row.attempts += 1
        row.cut_at = row.cut_at or now()
        row.key = row.key or lock(new_key())
        return Claim(release_id, row.claim, ReleaseSpec.model_validate(row.spec))


def _is_free(row: Release) -> bool:
    silent = row.lease_until is None or row.lease_until < now()
    return row.status == Status.WAITING or (row.status == Status.MAKING and silent)


@contextmanager
def _held(claim: Claim) -> Iterator[tuple[Session, Release]]:
    """A short transaction that holds the release. Raises Overtaken where the claim is no longer ours."""
    with unit_of_work() as session:
        row = session.get(Release, claim.release_id, with_for_update=True)
        if row is None or row.claim != claim.token or row.status != Status.MAKING:
            raise Overtaken
        row.lease_until = now() + LEASE
        row.stage, row.stage_rows = claim.table, claim.rows
        yield session, row


def _scope(claim: Claim) -> Scope:
    """What the tables are written from; the roster is drawn up where there is none yet."""
    with _held(claim) as (session, row):
        take_time(session)
        names, cut = Names(unlock(row.key or b"")), row.cut_at or now()
        roster = read_roster(session, row.id)
        if len(roster) == 0 or row.suppression is None:
            tear_up(session, row.id)
            drawn = draw_up(session, claim.spec, names, cut)
            row.people = write_roster(session, row.id, drawn, claim.spec.k)
            row.suppression = drawn.suppression.model_dump(mode="json")
            roster = drawn.places
        scrubber = _scrubber(session, claim.spec, set(roster)) if claim.spec.words else None
    folder_of(claim.release_id).mkdir(parents=True, exist_ok=True)
    return Scope(claim.release_id, claim.spec, names, cut, roster, scrubber, lambda rows: _beat(claim, rows))


def _beat(claim: Claim, rows: int) -> None:
    """A sign of life now and then; Overtaken where the work is no longer ours."""
    claim.rows += rows
    if time.monotonic() - claim.looked >= LOOK_SECONDS:
        claim.looked = time.monotonic()
        with _held(claim):
            pass


def _scrubber(session: Session, spec: ReleaseSpec, inside: set[UUID]) -> Scrubber:
    """Knows everybody who is or was in the courses."""
    enrolled = select(Enrolment.person_id).where(Enrolment.course_id.in_(spec.courses))
    places = select(ClassPerson.person_id).join(ClassSession, ClassSession.id == ClassPerson.class_id)
    there = places.where(ClassSession.course_id.in_(spec.courses))
    query = select(Person.id, Person.name, Person.email).where(Person.id.in_(enrolled.union(there)))
    people = {person: (name, email) for person, name, email in session.execute(query)}
    return Scrubber(people, set(people) - inside)


def _make_table(claim: Claim, scope: Scope, table: Table) -> None:
    """Write a table to all its files at once, unless they are whole already."""
    names = files_of(claim.spec, table)
    if _are_whole(claim.release_id, list(names)):
        return
    claim.table, claim.rows = table.name, 0
    with _held(claim):
        pass
    columns, count = table.told(claim.spec), 0
    with ExitStack() as stack:
        writers = [_writer(_beside(claim, name), kind, columns) for name, kind in names.items()]
        for writer in writers:
            stack.enter_context(writer)
        for rows in table.rows(scope):
            count += len(rows)
            for writer in writers:
                writer.write(rows)
    _note_files(claim, table, names, count)


def _writer(path: Path, kind: Format, columns: tuple[Column, ...]) -> ParquetWriter | TextWriter | LineWriter:
    if kind is Format.PARQUET:
        return ParquetWriter(path, columns)
    if kind is Format.XAPI:
        return LineWriter(path, "statement")
    return TextWriter(path, columns, tabs=kind is not Format.CSV)


def _beside(claim: Claim, name: str) -> Path:
    """Where a file is written until it is whole: each claim's own, so that one that was overtaken spoils nothing."""
    return folder_of(claim.release_id) / f".{claim.token}.{name}"


def _note_files(claim: Claim, table: Table, names: dict[str, Format], rows: int) -> None:
    """Give whole files their names, and note what is in them."""
    made = [
        ReleaseFile(
            release_id=claim.release_id,
            name=name,
            table=table.name,
            format=kind.value,
            rows=rows,
            bytes=_beside(claim, name).stat().st_size,
            sha256=sha256_of(_beside(claim, name)),
        )
        for name, kind in names.items()
    ]
    with _held(claim) as (session, row):
        row.attempts = 0
        for one in made:
            _beside(claim, one.name).replace(folder_of(claim.release_id) / one.name)
            session.merge(one)


def _are_whole(release_id: UUID, names: list[str]) -> bool:
    query = select(ReleaseFile.name, ReleaseFile.bytes).where(ReleaseFile.release_id == release_id)
    with unit_of_work() as session:
        known = dict(session.execute(query.where(ReleaseFile.name.in_(names))).all())
    folder = folder_of(release_id)
    return all(
        name in known and (folder / name).is_file() and (folder / name).stat().st_size == known[name] for name in names
    )


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_papers(claim: Claim) -> Manifest:
    """Manifest, code book, citation, and everything in one archive; none of it counts before publication."""
    claim.table, claim.rows = "papers", 0
    folder = folder_of(claim.release_id)
    with _held(claim) as (session, row):
        draft = papers.draft(session, row, claim.spec)
    for left in folder.glob(".*"):
        left.unlink()
    manifest = papers.write(folder, draft, tables_of(claim.spec))
    papers.pack(folder, manifest, lambda: _beat(claim, 0))
    return manifest


def _publish(claim: Claim, manifest: Manifest) -> bool:
    """Open the release, unless somebody in it no longer allows it: then everything is written again without them."""
    with _held(claim) as (session, row):
        take_time(session)
        if not still_stands(session, row.id, row.people):
            tear_up(session, row.id)
            session.execute(delete(ReleaseFile).where(ReleaseFile.release_id == row.id))
            row.suppression = None
            return False
        _end(row, Status.PUBLISHED, "")
        row.published_at, row.manifest = now(), manifest.model_dump(mode="json")
        if claim.spec.key is KeyFate.DESTROYED:
            row.key = None
        session.execute(update(ReleasePerson).where(ReleasePerson.release_id == row.id).values(bands={}))
        return True


def _refuse(claim: Claim, problem: str) -> None:
    with _held(claim) as (_, row):
        _end(row, Status.FAILED, problem)
    _clear_if_cancelled(claim.release_id)


def _end(row: Release, status: Status, problem: str) -> None:
    row.status, row.problem, row.lease_until, row.claim = status.value, problem, None, None
    row.stage, row.stage_rows = "", 0
    if status is not Status.PUBLISHED:
        row.key = None


def _clear_if_cancelled(release_id: UUID) -> None:
    """Remove what was written of a release that was called off, or is gone."""
    with unit_of_work() as session:
        row = session.get(Release, release_id)
        gone = row is None or row.status in (Status.CANCELLED, Status.FAILED)
        if gone:
            tear_up(session, release_id)
            session.execute(delete(ReleaseFile).where(ReleaseFile.release_id == release_id))
    if gone:
        shutil.rmtree(folder_of(release_id), ignore_errors=True)
