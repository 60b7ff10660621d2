"""What goes around every request and response, on a small application of its own: no database is needed."""

import asyncio

import pytest
from fastapi import FastAPI, Form
from sqlalchemy.exc import OperationalError
from starlette.responses import StreamingResponse
from starlette.testclient import TestClient

from app.base.errors import Busy, Conflict, NotFound, SignedOut
from app.web import trouble
from app.web.access import OwnPage
from app.web.pages import STATIC, inside
from app.web.shield import FORM_BYTES, HEADERS, KeptFiles, Shield, body_limit

TROUBLES = {"busy": Busy("Wait."), "conflict": Conflict("Taken."), "nothing": NotFound(), "out": SignedOut()}


def _app() -> FastAPI:
    app = FastAPI()

    @app.get("/trouble/{kind}")
    def raise_trouble(kind: str) -> None:
        raise TROUBLES[kind] if kind in TROUBLES else RuntimeError("a secret detail")

    @app.get("/away")
    def away() -> None:
        raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))

    @app.get("/numbers/{number}")
    def number(number: int, limit: int) -> int:
        return number + limit

    @app.post("/echo")
    def echo(text: str = Form()) -> int:
        return len(text)

    @app.post("/guarded", dependencies=[OwnPage])
    def guarded() -> str:
        return "done"

    app.mount("/static", KeptFiles(directory=STATIC))
    app.add_middleware(Shield)
    trouble.install(app)
    return app


@pytest.fixture
def client():
    return TestClient(_app(), raise_server_exceptions=False, follow_redirects=False)


@pytest.mark.parametrize("path", ["/trouble/busy", "/trouble/bug", "/nothing", "/static/style.css", "/trouble/out"])
def test_every_answer_carries_the_security_headers(client, path):
    reply = client.get(path)
    for name, value in HEADERS.items():
        assert reply.headers[name] == value
    assert "unsafe" not in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("kind", "status"), [("busy", 429), ("conflict", 409), ("nothing", 404)])
def test_expected_trouble_is_a_page_for_people_and_json_for_scripts(client, kind, status):
    page = client.get(f"/trouble/{kind}", headers={"accept": "text/html"})
    script = client.get(f"/trouble/{kind}", headers={"accept": "application/json"})
    assert page.status_code == script.status_code == status
    assert TROUBLES[kind].sentence in page.text
    assert script.json() == {"error": TROUBLES[kind].sentence}


def test_somebody_signed_out_is_sent_to_sign_in_and_back(client):
    reply = client.get("/trouble/out?page=2")
    assert reply.status_code == 303
    assert reply.headers["location"] == "/sign-in?next=/trouble/out%3Fpage%3D2"
    assert client.get("/trouble/out", headers={"accept": "application/json"}).status_code == 401


def test_a_bug_shows_an_id_and_nothing_else_and_is_logged_under_it(client, caplog):
    page = client.get("/trouble/bug", headers={"accept": "text/html"})
    assert page.status_code == 500
    assert "secret" not in page.text
    code = client.get("/trouble/bug", headers={"accept": "application/json"}).json()["code"]
    assert code in caplog.text


def test_a_database_that_is_away_is_a_moment_and_not_a_bug(client):
    page = client.get("/away", headers={"accept": "text/html"})
    assert page.status_code == 503
    assert page.headers["retry-after"]
    assert "try again" in page.text
    assert "SELECT" not in page.text


def test_a_malformed_id_is_unknown_and_a_malformed_field_is_named(client):
    assert client.get("/numbers/x?limit=1").status_code == 404
    reply = client.get("/numbers/1?limit=x", headers={"accept": "application/json"})
    assert reply.status_code == 400
    assert "limit" in reply.json()["error"]


def test_fifty_thousand_characters_pass_and_more_than_the_limit_is_a_sentence(client):
    assert client.post("/echo", data={"text": "ü" * 50_000}).json() == 50_000
    reply = client.post("/echo", data={"text": "x" * FORM_BYTES}, headers={"accept": "application/json"})
    assert reply.status_code == 413
    assert "Shorten" in reply.json()["error"]


def test_decks_have_a_limit_of_their_own():
    assert body_limit("/courses/abc/lessons")[0] > FORM_BYTES
    assert body_limit("/courses/abc/lessons/more")[0] == FORM_BYTES
    assert "MB" in body_limit("/courses/abc/lessons")[1]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin", "origin": "http://testserver"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_forms_of_people_not_signed_in_are_refused_from_other_sites(client, headers, status):
    assert client.post("/guarded", headers=headers).status_code == status


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "/\n/evil.example", "x"]
)
def test_a_way_back_never_leads_elsewhere(path):
    assert inside(path) == "/"
    assert inside("/courses/1?a=b") == "/courses/1?a=b"


def test_stamped_files_are_kept_and_others_checked(client):
    assert "immutable" in client.get("/static/style.css?v=1").headers["cache-control"]
    assert client.get("/static/style.css").headers["cache-control"] == "no-cache"


def test_a_stream_passes_through_chunk_by_chunk():
    """The first chunk must be out before the second is made."""
    sent: list[bytes] = []
    seen_before_second: list[int] = []

    async def chunks():
        yield b"one"
        seen_before_second.append(len(sent))
        yield b"two"

    async def send(message):
        if message.get("body"):
            sent.append(message["body"])

    async def receive():
        await asyncio.sleep(60)

    scope = {"type": "http", "path": "/", "method": "GET", "headers": []}
    asyncio.run(Shield(StreamingResponse(chunks()))(scope, receive, send))
    assert sent == [b"one", b"two"]
    assert seen_before_second == [1]
