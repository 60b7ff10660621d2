"""Writers and readers of `bench records`: plain connections that are kept, bodies made before the clock starts.

The writers touch the same people and things: 500 learners of one course with 50 activities.
"""

import base64
import http.client
import random
import statistics
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

import orjson
from pydantic import JsonValue

from app.base.db import new_id

WRITERS = 8
BATCH = 50
LEARNERS, THINGS = 500, 50
VERBS = ("initialized", "experienced", "asked", "answered", "suspended", "resumed", "completed", "terminated")
HOME = "https://school.example"
READS_EACH = 40


@dataclass(frozen=True)
class Target:
    """A store and a client of it."""

    url: str
    key: str
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        login = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return {
            "Authorization": f"Basic {login}",
            "X-Experience-API-Version": "2.0.0",
            "Content-Type": "application/json",
        }

    def connect(self) -> http.client.HTTPConnection:
        """A connection of one's own."""
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)


@dataclass
class Written:
    """What a round of writing came to."""

    stored: int
    errors: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Statements a second."""
        return self.stored / self.seconds


@dataclass
class Reads:
    """Milliseconds of each read by the name of its filter."""

    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    errors: int = 0

    def percentile(self, percent: int) -> float:
        """Of all reads together."""
        return _percentile([one for each in self.taken.values() for one in each], percent)

    def by_filter(self) -> dict[str, float]:
        """The 95th percentile of each filter."""
        return {name: _percentile(each, 95) for name, each in self.taken.items()}


def _percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def statement() -> JsonValue:
    """A statement of a learner in the course."""
    thing = random.randrange(THINGS)
    return {
        "id": str(new_id()),
        "actor": _learner(random.randrange(LEARNERS)),
        "verb": _verb(random.choice(VERBS)),
        "object": {
            "objectType": "Activity",
            "id": f"{HOME}/things/{thing}",
            "definition": {
                "type": "http://adlnet.gov/expapi/activities/lesson",
                "name": {"en": f"Thing {thing}", "zh": f"第 {thing} 件"},
            },
        },
        "result": {"score": {"scaled": round(random.random(), 3)}, "success": True, "duration": "PT1M30.5S"},
        "context": {
            "registration": str(new_id()),
            "contextActivities": {
                "parent": [{"id": f"{HOME}/modules/{thing % 5}"}],
                "grouping": [{"id": f"{HOME}/courses/1"}],
            },
            "extensions": {f"{HOME}/extensions/page": thing},
        },
        "timestamp": datetime.now(UTC).isoformat(),
    }


def _learner(number: int) -> dict[str, JsonValue]:
    return {"objectType": "Agent", "account": {"homePage": HOME, "name": f"learner-{number}"}}


def _verb(word: str) -> dict[str, JsonValue]:
    return {"id": f"http://adlnet.gov/expapi/verbs/{word}", "display": {"en": word}}


def write(target: Target, writers: int, each: int, most: int, seconds: float = 600.0) -> Written:
    """Writers beside each other, `each` statements in a request, until `most` are sent or the time is over."""
    share = -(-most // (writers * each))
    bodies = [[_body(each) for _ in range(share)] for _ in range(writers)]
    began = time.monotonic()
    with ThreadPoolExecutor(writers) as pool:
        done = list(pool.map(lambda own: _write(target, own, began + seconds), bodies))
    taken = time.monotonic() - began
    return Written(sum(ok for ok, _ in done) * each, sum(errors for _, errors in done), taken)


def _body(each: int) -> bytes:
    return orjson.dumps([statement() for _ in range(each)] if each > 1 else statement())


def _write(target: Target, bodies: list[bytes], ends: float) -> tuple[int, int]:
    connection, headers, path = target.connect(), target.headers, "/xapi/statements"
    stored = errors = 0
    for body in bodies:
        if time.monotonic() > ends:
            break
        try:
            connection.request("POST", path, body, headers)
            reply = connection.getresponse()
            reply.read()
            stored, errors = stored + (reply.status == 200), errors + (reply.status != 200)
        except (OSError, http.client.HTTPException):
            errors += 1
            connection = target.connect()
    connection.close()
    return stored, errors


def read(target: Target) -> Reads:
    """One reader, filters in turn."""
    found = Reads()
    connection, headers = target.connect(), target.headers
    for at in range(READS_EACH):
        for name, params in _filters(at).items():
            began = time.monotonic()
            connection.request("GET", f"/xapi/statements?{urlencode(params, quote_via=quote)}", headers=headers)
            reply = connection.getresponse()
            told = reply.read()
            found.taken[name].append((time.monotonic() - began) * 1000)
            found.errors += reply.status != 200 or "statements" not in orjson.loads(told)
    connection.close()
    return found


def _filters(at: int) -> dict[str, dict[str, str]]:
    agent = orjson.dumps(_learner(at * 7 % LEARNERS)).decode()
    thing, verb = f"{HOME}/things/{at % THINGS}", str(_verb(VERBS[at % len(VERBS)])["id"])
    hour_ago = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    return {
        "agent": {"agent": agent},
        "agent and since": {"agent": agent, "since": hour_ago},
        "agent and verb": {"agent": agent, "verb": verb},
        "activity": {"activity": thing},
        "agent and activity": {"agent": agent, "activity": thing, "related_activities": "true"},
        "related activity, ascending": {
            "activity": f"{HOME}/courses/1",
            "related_activities": "true",
            "ascending": "true",
        },
        "verb and until": {"verb": verb, "until": datetime.now(UTC).isoformat(), "limit": "25"},
    }
