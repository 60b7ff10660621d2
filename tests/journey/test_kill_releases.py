"""kill -9 of the web server, the worker and the database while a release is made: it is made, whole and once."""

import time
from collections.abc import Iterator
from uuid import UUID

import pytest
from making import PASSWORD
from parts import Services, Web
from releasing import ANSWER_TABLES, Field, make_answers, make_field
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.base.db import get_engine, now, unit_of_work
from app.base.embedded.processes import Child
from app.cli.teach_client import Visitor
from app.records.release.making import folder_of
from app.records.release.models import Release
from app.records.release.schema import Format, Status
from app.records.release.verifying import verify

pytestmark = pytest.mark.journey

PATIENCE = 120.0
WRITTEN = 1.0
"""Seconds after which a commit is on disk, in the tests' database that does not wait for it."""


@pytest.fixture
def field(db: Services, worker: Child) -> Field:
    found = make_field()
    make_answers(found)
    return found


@pytest.fixture
def visitor(field: Field, web_server: Web) -> Iterator[Visitor]:
    with Visitor(web_server.url) as found:
        found.sign_in(field.made.instructor.email, PASSWORD)
        yield found


def wait_for(release_id: UUID, status: Status, stage: str = "") -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with unit_of_work() as session:
                row = session.get_one(Release, release_id)
            if row.status == status and (not stage or row.stage == stage):
                return
        except OperationalError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not {status} within {PATIENCE} s")


def kill(child: Child) -> None:
    child.process.kill()
    child.process.wait()
    child.start()
    child.wait_ready()


@pytest.mark.parametrize("what", ["web", "worker", "database"])
def test_a_release_is_made_whole_whatever_is_killed(
    what: str, field: Field, visitor: Visitor, services: Services, worker: Child, web_server: Web
) -> None:
    fields = {
        "csrf": visitor.csrf,
        "courses": [str(field.course_id)],
        "tables": ANSWER_TABLES,
        "formats": list(Format),
        "quasi": ["role", "courses", "activity"],
        "purpose": "To see it killed.",
        "k": "5",
    }
    lock = get_engine().connect()
    lock.execute(text("LOCK TABLE grade IN ACCESS EXCLUSIVE MODE"))  # the sittings are where the marks are read first
    here = visitor.post("/releases", fields)  # type: ignore[arg-type]
    release_id = UUID(here.rsplit("/", 1)[-1])
    wait_for(release_id, Status.MAKING, "sittings")
    time.sleep(WRITTEN)
    whole = (folder_of(release_id) / "items.parquet").stat().st_mtime_ns
    kill({"web": web_server.child, "worker": worker, "database": services.database}[what])
    lock.invalidate()
    lock.close()
    if what == "database":
        get_engine().dispose()
    if what != "web":
        with unit_of_work() as session:
            session.get_one(Release, release_id).lease_until = now()
    wait_for(release_id, Status.PUBLISHED)
    assert visitor.get(f"{here}.json")["status"] == "published"
    folder = folder_of(release_id)
    assert [one for one in verify(folder) if not one.is_good] == []
    assert not list(folder.glob(".*"))
    assert (folder / "items.parquet").stat().st_mtime_ns == whole
