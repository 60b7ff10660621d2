"""A release of a whole simulated course, from the commands to the checks; and what must not be in it is not.

`./lyceum test -m heavy -k releases_simulated -s` does it with 500 learners and 100,000 records, and prints its figures.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pandas
import pytest
from parts import Services
from pycanon import anonymity as independent
from releasing import allow, ask, rows
from sqlalchemy import exists, func, select, text

from app.__main__ import main
from app.accounts.models import Enrolment, Person
from app.accounts.schema import SiteRole, Who
from app.assessment.models import Attempt, Paper, Sitting
from app.base.db import get_engine, unit_of_work
from app.base.settings import ROOT
from app.classroom.schema import Kind
from app.cli.bench_records_parquet import CHILD
from app.courses.models import Course
from app.records.models import StatementRow
from app.records.privacy.consent import consented
from app.records.privacy.schema import Purpose
from app.records.release import service as releases
from app.records.release.keys import Names, unlock
from app.records.release.making import folder_of
from app.records.release.models import Release, ReleasePerson
from app.records.release.schema import Format, KeyFate, Manifest, ReleaseSpec, Status
from app.records.release.writing.parquet import read_parquet

CANARIES = 5
WORDS = "canarysaid call 442079460958"
MOST_MB = 400


def willing(course_id: UUID) -> list[Who]:
    """The learners who allow research and were in class, in the order of their addresses."""
    query = (
        select(Person)
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.course_id == course_id, Enrolment.role == "student", consented(Purpose.RESEARCH, Person.id))
        .order_by(Person.email)
    )
    with unit_of_work() as session:
        return [Who(id=one.id, name=one.name, email=one.email, role=SiteRole.STUDENT) for one in session.scalars(query)]


def plant(people: list[Who]) -> None:
    """Give these people names and addresses that can be found again, and put words into all that they wrote."""
    told = {
        "people": [who.id for who in people],
        "words": WORDS,
        "asked": Kind.ASKED.value,
        "started": Kind.STARTED.value,
    }
    for statement in (
        "UPDATE person SET name = 'Canaryname ' || name, email = 'canarymail-' || email WHERE id = ANY(:people)",
        "UPDATE class_event SET body = jsonb_set(body, '{text}', to_jsonb(CAST(:words AS text)))"
        " WHERE person_id = ANY(:people) AND kind = :asked",
        "UPDATE class_event SET body = jsonb_set(body, '{name}', to_jsonb(CAST(:words AS text)))"
        " WHERE person_id = ANY(:people) AND kind = :started",
        "UPDATE attempt SET response = jsonb_set(response, '{text}', to_jsonb(CAST(:words AS text)))"
        " FROM sitting WHERE sitting.id = attempt.sitting_id AND sitting.person_id = ANY(:people)",
        "UPDATE statement SET document = jsonb_set(document, '{result,response}', to_jsonb(CAST(:words AS text)))"
        " WHERE person_id = ANY(:people) AND document ? 'result'",
    ):
        with get_engine().begin() as connection:
            assert (
                connection.execute(
                    text(statement), {name: told[name] for name in told if f":{name}" in statement}
                ).rowcount
                > 0
            ), statement


def make_in_a_child(release_id: UUID) -> dict[str, float]:
    """Make a release in a process of its own: its seconds, and its greatest memory in bytes."""
    run = subprocess.run(
        [sys.executable, "-c", CHILD, str(release_id)], cwd=ROOT, env=os.environ.copy(), capture_output=True, check=True
    )
    return json.loads(run.stdout.splitlines()[-1])


def pieces(folder: Path) -> Iterator[str]:
    """All that the files of a release say, in pieces; the archive holds the same files again."""
    for path in folder.iterdir():
        if path.suffix == ".parquet":
            yield from (str(batch) for batch in read_parquet(path))
        elif path.suffix != ".tar":
            with path.open(encoding="utf-8") as file:
                yield from file


def spoken_of(folder: Path, words: list[str]) -> list[str]:
    """Which of these words, in small letters, are found anywhere."""
    return sorted({word for piece in pieces(folder) for word in words if word in piece.lower()})


def told_answers(release_id: UUID) -> int:
    """How many answers the people of a release gave until its moment, counted without the tables."""
    inside = exists().where(ReleasePerson.release_id == release_id, ReleasePerson.person_id == Sitting.person_id)
    with unit_of_work() as session:
        cut = session.get_one(Release, release_id).cut_at
        query = select(func.count()).select_from(Attempt).join(Sitting, Sitting.id == Attempt.sitting_id)
        query = query.join(Paper, Paper.id == Sitting.paper_id).where(inside, Attempt.answered_at <= cut)
        return session.scalar(query.where(Sitting.started_at <= cut)) or 0


@pytest.mark.parametrize(("students", "records"), [(40, 2_000), pytest.param(500, 100_000, marks=pytest.mark.heavy)])
def test_a_simulated_course_is_released_whole_and_tells_of_nobody(db: Services, students: int, records: int) -> None:
    assert main(["simulate", "--students", str(students), "--records", str(records), "--seed", "1"]) == 0
    with unit_of_work() as session:
        course_id = session.scalars(select(Course.id)).one()
        stored = session.scalar(select(func.count()).select_from(StatementRow)) or 0
    assert stored >= records
    people = willing(course_id)
    plant(people[:CANARIES])
    spec = ReleaseSpec(
        courses=[course_id],
        tables=list(releases.choosable()),
        formats=list(Format),
        purpose="A simulated course as a whole.",
        key=KeyFate.ESCROWED,
    )
    release_id, leaver = ask(spec), people[CANARIES]
    allow(leaver, False)
    figures = make_in_a_child(release_id)
    folder = folder_of(release_id)
    manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
    print(json.dumps({**figures, "statements_stored": stored, "rows": manifest.rows}))
    print(manifest.suppression.model_dump_json())
    assert figures["peak"] < MOST_MB * 1024 * 1024
    assert main(["records", "verify", str(folder)]) == 0
    _is_anonymous(folder, manifest, len(people) - 1)
    assert manifest.rows["attempts"] == told_answers(release_id) > 0
    assert manifest.rows["statements"] > manifest.rows["attempts"]
    canaries = [word for who in people[: CANARIES + 1] for word in (who.email, str(who.id))]
    assert spoken_of(folder, ["canary", "44207946", *canaries]) == []
    _has_left(release_id, folder, leaver, people[0])


def _is_anonymous(folder: Path, manifest: Manifest, consenting: int) -> None:
    table = pandas.DataFrame(rows(folder / "learners.parquet"))
    quasi = [one.value for one in manifest.spec.quasi]
    assert independent.k_anonymity(table, quasi) == manifest.suppression.reached >= manifest.spec.k
    assert (manifest.suppression.released, len(table)) == (len(table), manifest.learners)
    with unit_of_work() as session:
        more = session.scalar(select(func.count()).select_from(Person).where(consented(Purpose.RESEARCH, Person.id)))
    assert manifest.suppression.consenting == more == consenting
    assert {one.name for one in manifest.suppression.measures} >= {"tests", "score"}


def _has_left(release_id: UUID, folder: Path, leaver: Who, other: Who) -> None:
    """The pseudonyms are known here, as the key was kept: the one who left is nowhere, another is."""
    with unit_of_work() as session:
        row = session.get_one(Release, release_id)
        assert row.status == Status.PUBLISHED
        names = Names(unlock(row.key or b""))
    learners = {row["learner"] for row in rows(folder / "learners.parquet")}
    assert names.person(other.id) in learners
    assert spoken_of(folder, [names.person(one.id) for one in (leaver, other)]) == [names.person(other.id)]
