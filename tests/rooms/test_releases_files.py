"""The files of a release: formats that agree, DataShop's tables, hashes, comparisons, the command line, and a kill."""

import csv
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pyarrow.parquet
import pytest
from parts import Services, empty_stores, start_worker
from releasing import Field, allow, ask, made, make_field, rows
from sqlalchemy import func, select, text

from app.__main__ import main
from app.accounts.models import Person
from app.accounts.schema import Who
from app.base.db import get_engine, now, unit_of_work
from app.base.queue import ring
from app.cli import bench_records_parquet
from app.courses.models import Course
from app.records.release import service as releases
from app.records.release.columns import Column, Sort, Type
from app.records.release.keys import Names
from app.records.release.making import folder_of
from app.records.release.models import Release, ReleasePerson
from app.records.release.schema import KeyFate, Manifest, Status
from app.records.release.tables import registry
from app.records.release.verifying import verify
from app.records.release.writing.parquet import ParquetWriter, read_parquet
from app.records.release.writing.text import TextWriter, plain_cell, read_csv, safe_cell
from app.records.schema import Statement


@pytest.fixture(scope="module")
def field(services: Services) -> Iterator[Field]:
    """One course for all tests of this file."""
    empty_stores()
    yield make_field()
    empty_stores()


@pytest.fixture(scope="module")
def folder(field: Field) -> Path:
    return made(field.spec(words=True))


def tab(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_all_files_pass_their_checks_and_a_changed_one_does_not(folder: Path, tmp_path: Path) -> None:
    found = list(verify(folder))
    assert {one.check for one in found} >= {"hash", "read back, written as csv", "read back, written as xapi"}
    assert [one for one in found if not one.is_good] == []
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / "events.csv").write_bytes((copy / "events.csv").read_bytes().replace(b"true", b"True", 1))
    assert [one.name for one in verify(copy) if not one.is_good] == ["events.csv"]


def test_csv_and_parquet_say_the_same(folder: Path, field: Field) -> None:
    for name in ("learners", "classes", "events", "statements", "visits", "questions"):
        columns = registry()[name].told(field.spec(words=True, quasi=["role", "courses", "activity"]))
        from_csv = [row for batch in read_csv(folder / f"{name}.csv", columns) for row in batch]
        assert from_csv == rows(folder / f"{name}.parquet"), name
        assert len(from_csv) > 10


def test_statements_are_xapi_and_the_same_in_both_formats(folder: Path) -> None:
    lines = (folder / "statements.jsonl").read_text().splitlines()
    assert lines == [row["statement"] for row in rows(folder / "statements.parquet")]
    found = [Statement.model_validate_json(line) for line in lines]
    assert len({one.id for one in found}) == len(found)
    known = {one.id for one in found}
    replies = [one.context.statement.id for one in found if one.context.statement]
    assert replies
    assert set(replies) <= known
    assert not any(one.result and one.result.response for one in found)
    learners = {row["learner"] for row in rows(folder / "learners.parquet")}
    people = {one.actor.account.name for one in found if not one.actor.account.name.startswith("agent:")}
    assert people == learners


def test_parquet_carries_types_and_meanings(folder: Path) -> None:
    schema = pyarrow.parquet.read_schema(folder / "events.parquet")
    assert str(schema.field("at").type) == "timestamp[us, tz=UTC]"
    assert schema.field("words").metadata[b"unit"].startswith(b"words")
    assert schema.field("reply_to").metadata[b"meaning"] == b"The event that it answers."


def test_ids_join_across_tables(folder: Path) -> None:
    events = {row["event_id"]: row for row in rows(folder / "events.parquet")}
    classes = {row["class_id"] for row in rows(folder / "classes.parquet")}
    assert {row["class_id"] for row in events.values()} == classes
    assert {row["reply_to"] for row in events.values()} - {None} <= set(events)
    for row in rows(folder / "questions.parquet"):
        assert events[row["question_id"]]["actor"] == row["learner"]
        assert row["answer_id"] is None or events[row["answer_id"]]["reply_to"] == row["question_id"]
    tries = tab(folder / "datashop-transactions.txt")
    assert {one["CF (Event Id)"] for one in tries} <= set(events)


def test_datashops_tables_tell_the_tries_at_each_question(folder: Path, field: Field) -> None:
    tries = tab(folder / "datashop-transactions.txt")
    assert len(tries) == 2 * len(field.willing)
    one = [row for row in tries if row["Anon Student Id"] == tries[0]["Anon Student Id"]]
    assert [(row["Attempt At Step"], row["Outcome"], row["CF (Verdict)"]) for row in one] == [
        ("1", "INCORRECT", "wrong"),
        ("2", "CORRECT", "right"),
    ]
    assert {row["Step Name"] for row in tries} == {"page 1 question 4"}
    steps = tab(folder / "datashop-steps.txt")
    assert len(steps) == len(field.willing)
    assert {(row["First Attempt"], row["Incorrects"], row["Corrects"], row["Hints"]) for row in steps} == {
        ("incorrect", "1", "1", "0")
    }
    assert {row["Opportunity (Page)"] for row in steps} == {"1"}
    assert all(float(row["Error Step Duration (sec)"]) >= 0 and not row["Correct Step Duration (sec)"] for row in steps)


def test_no_cell_runs_in_a_spreadsheet_and_none_is_lost(tmp_path: Path) -> None:
    columns = (Column("a", Type.TEXT, Sort.STRUCTURE, "A."), Column("b", Type.NUMBER, Sort.MEASURE, "B."))
    texts = ["=1+1", " @x", "'quoted", "'=a", "plain", "-5", "\t=x", 'a,b\n"c"', "\ufeff+1", "’", None]
    given = [{"a": text, "b": -0.1 * at} for at, text in enumerate(texts)]
    for path, writer in ((tmp_path / "x.csv", TextWriter), (tmp_path / "x.parquet", ParquetWriter)):
        with writer(path, columns) as out:
            out.write(given)
    raw = (tmp_path / "x.csv").read_text()
    with (tmp_path / "x.csv").open(newline="") as file:
        assert not [
            row[0] for row in csv.reader(file) if row[0].lstrip(" \ufeff").startswith(("=", "+", "-", "@", "\t"))
        ]
    assert "-0.1" in raw
    assert [row for batch in read_csv(tmp_path / "x.csv", columns) for row in batch] == given
    assert [row for batch in read_parquet(tmp_path / "x.parquet") for row in batch] == given
    assert all(plain_cell(safe_cell(text)) == text for text in texts if text)


def test_two_releases_are_compared_by_counts(field: Field, capsys, folder: Path) -> None:
    before = made(field.spec())
    allow(field.willing[7], False)
    try:
        after = made(field.spec(tables=["learners", "events"]))
    finally:
        allow(field.willing[7], True)
    old, new = (Manifest.model_validate_json((one / "manifest.json").read_bytes()) for one in (before, after))
    assert (new.previous, new.came, new.went) == (old.release, 0, 1)
    with unit_of_work() as session:
        found = releases.compare(session, old, new)
    assert (found.came, found.went, found.learners.before, found.learners.after) == (0, 1, 12, 11)
    assert "visits.page" in found.columns_removed
    counts = {one.name: (one.before, one.after) for one in found.rows}
    assert counts["visits"][1] is None
    assert counts["events"][0] > counts["events"][1]
    assert main(["records", "diff", str(before), str(after)]) == 0
    assert "Learners who came: 0; who went: 1." in capsys.readouterr().out


def in_release(field: Field, release_id: UUID) -> Who:
    """One who is in it: times are moved by chance, so that another one may stand too much alone each time."""
    with unit_of_work() as session:
        there = set(session.scalars(select(ReleasePerson.person_id).where(ReleasePerson.release_id == release_id)))
    return next(one for one in field.willing if one.id in there)


def test_the_command_line_makes_the_same_and_checks_it(field: Field, tmp_path: Path, capsys) -> None:
    out = tmp_path / "taken"
    words = ["--course", str(field.course_id), "--out", str(out), "--tables", "learners,visits", "--format", "csv"]
    assert main(["records", "export", *words, "--keep-key"]) == 0
    assert {one.name for one in out.iterdir()} >= {"learners.csv", "visits.csv", "manifest.json", "CODEBOOK.md"}
    assert main(["records", "verify", str(out)]) == 0
    assert "checks passed" in capsys.readouterr().out
    release = json.loads((out / "manifest.json").read_text())["release"]
    assert main(["records", "pseudonym", release, in_release(field, UUID(release)).email]) == 0
    assert capsys.readouterr().out.strip() in (out / "learners.csv").read_text()
    assert main(["records", "pseudonym", release, field.unwilling[0].email]) == 1
    (out / "learners.csv").write_text("learner\r\n")
    assert main(["records", "verify", str(out)]) == 1
    assert main(["records", "export", *words]) == 1
    assert "not an empty folder" in capsys.readouterr().err
    assert main(["records", "export", "--course", str(field.course_id), "--out", str(tmp_path / "b"), "--k", "3"]) == 1
    capsys.readouterr()
    assert main(["records", "export", "--course", "12", "--out", str(tmp_path / "b")]) == 1
    assert "12 is not the id of a course: it stands in the course's address." in capsys.readouterr().err


def test_a_key_kept_gives_the_names_of_the_release(field: Field) -> None:
    release_id = ask(field.spec(key=KeyFate.ESCROWED, tables=["learners"]))
    releases.make(release_id)
    with unit_of_work() as session:
        who = in_release(field, release_id)
        called = releases.pseudonym_of(session, release_id, who.email)
    assert called in {row["learner"] for row in rows(folder_of(release_id) / "learners.parquet")}
    assert called != Names(b"0" * 32).person(who.id)


def wait_for(release_id: UUID, statuses: set[Status], seconds: float = 90, stage: str = "") -> Release:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with unit_of_work() as session:
            row = session.get_one(Release, release_id)
        if row.status in statuses and (not stage or row.stage == stage):
            return row
        time.sleep(0.02)
    raise TimeoutError(row.status)


def test_a_worker_that_is_killed_leaves_a_release_that_another_makes(field: Field, services: Services) -> None:
    """A real kill -9 while the statements are read (they are locked here, so that it is in the middle)."""
    release_id = ask(field.spec())
    worker = start_worker(services)
    try:
        with get_engine().begin() as connection:
            connection.execute(text("LOCK TABLE statement IN ACCESS EXCLUSIVE MODE"))
            ring("records.release", str(release_id))
            wait_for(release_id, {Status.MAKING}, stage="statements")
            worker.process.kill()
            worker.process.wait()
        whole = (folder_of(release_id) / "events.parquet").stat().st_mtime_ns
        assert not (folder_of(release_id) / "statements.parquet").exists()
        with unit_of_work() as session:
            session.get_one(Release, release_id).lease_until = now()
        worker.start()
        ring("records.release", str(release_id))
        wait_for(release_id, {Status.PUBLISHED})
    finally:
        worker.stop()
    assert [one for one in verify(folder_of(release_id)) if not one.is_good] == []
    assert not list(folder_of(release_id).glob(".*"))
    assert (folder_of(release_id) / "events.parquet").stat().st_mtime_ns == whole


def test_the_measurement_writes_what_it_laid_out_and_clears_it_away(services: Services) -> None:
    figures = bench_records_parquet.measure(2500)
    assert figures.statements == 2500
    assert figures.parquet_rows_per_s > 0
    assert 50 < figures.parquet_peak_mb < 1000
    with unit_of_work() as session:
        assert session.scalar(select(func.count()).where(Course.title == "Bench of releases")) == 0
        assert session.scalar(select(func.count()).where(Person.email.like("%@bench.lyceum"))) == 0
