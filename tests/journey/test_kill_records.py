"""kill -9 while statements pour in: what was acknowledged is there, once; nothing is there twice."""

import threading
import time
from collections.abc import Iterator
from uuid import uuid4

import httpx
import pytest
from parts import Services, Web
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError

from app.base.db import get_engine, unit_of_work
from app.records.lrs import service as lrs
from app.records.lrs.schema import Scope
from app.records.models import StatementRow

pytestmark = [pytest.mark.journey, pytest.mark.heavy]

WRITERS, BATCH = 4, 10
VERB = "https://a.example/verbs/poured"


class Writer(threading.Thread):
    """Sends batches and remembers which were acknowledged; a batch without an answer is sent again as it was."""

    def __init__(self, web: Web, auth: tuple[str, str], stop: threading.Event) -> None:
        super().__init__()
        self.web, self.auth, self.stop = web, auth, stop
        self.acknowledged: list[str] = []
        self.odd: list[str] = []

    def run(self) -> None:
        batch = self.batch()
        while not self.stop.is_set():
            try:
                reply = httpx.post(
                    f"{self.web.url}/xapi/statements",
                    json=batch,
                    auth=self.auth,
                    headers={"X-Experience-API-Version": "2.0.0"},
                    timeout=20,
                )
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if reply.status_code == 200:
                self.acknowledged += reply.json()
                batch = self.batch()
            elif reply.status_code < 500:
                self.odd.append(reply.text)

    def batch(self) -> list[dict]:
        who = {"mbox": "mailto:same@a.example"}
        thing = {"id": "https://a.example/same", "definition": {"name": {"en": "Same"}}}
        return [{"id": str(uuid4()), "actor": who, "verb": {"id": VERB}, "object": thing} for _ in range(BATCH)]


@pytest.fixture
def durable(db: Services) -> Iterator[Services]:
    """A database that, unlike other tests' one, answers a commit only when it is written, as in real use."""
    name = get_engine().url.database
    for words in ("SET synchronous_commit = on", "RESET synchronous_commit"):
        with get_engine().begin() as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" {words}'))
        get_engine().dispose()
        if words.startswith("SET"):
            yield db


def test_no_acknowledged_statement_is_lost_and_none_doubled(durable: Services, web_server: Web) -> None:
    web_server.child.process.kill()  # its connections are from before
    web_server.child.process.wait()
    web_server.child.start()
    web_server.child.wait_ready()
    with unit_of_work() as session:
        made = lrs.add_credential(session, "Pouring", [Scope.ALL])
    stop = threading.Event()
    writers = [Writer(web_server, (made.key, made.secret), stop) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for child in (web_server.child, durable.database) * 2:
        time.sleep(1.5)
        child.process.kill()
        child.process.wait()
        child.start()
        child.wait_ready()
    time.sleep(1.5)
    stop.set()
    for writer in writers:
        writer.join()
    assert [odd for writer in writers for odd in writer.odd] == []
    acknowledged = [one for writer in writers for one in writer.acknowledged]
    assert len(acknowledged) > 100
    assert len(acknowledged) == len(set(acknowledged))
    stored = _stored()
    assert set(acknowledged) - stored == set()
    assert len(stored) <= len(acknowledged) + WRITERS * BATCH


def _stored() -> set[str]:
    for _ in range(50):
        try:
            with unit_of_work() as session:
                ids = [str(one) for one in session.scalars(select(StatementRow.id).where(StatementRow.verb == VERB))]
                assert session.scalar(select(func.count()).where(StatementRow.verb == VERB)) == len(set(ids))
                return set(ids)
        except OperationalError:
            time.sleep(0.2)
    raise AssertionError("the database did not come back")
