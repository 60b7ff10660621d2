"""The page of record store keys, and the same from the command line."""

import pytest
from parts import Services
from people import School, person, school, sign_in

from app.__main__ import main
from app.accounts.schema import SiteRole
from app.base.db import unit_of_work
from app.base.errors import AppError
from app.records.lrs import service as lrs

PATH = "/records/keys"


@pytest.fixture
def place(db: Services) -> School:
    return school(read=False)


def secret_in(text: str, label: str) -> str:
    return text.partition(f'<dt>{label}</dt><dd class="code">')[2].partition("<")[0]


def test_an_admin_makes_and_revokes_a_key(place: School) -> None:
    browser = sign_in(person(SiteRole.ADMIN, "Ada Lind"))
    assert f'href="{PATH}"' in browser.get("/").text
    page = browser.submit(PATH, name="Video <player>", scope=["statements/write", "statements/read"])
    assert page.status_code == 200
    key, secret = secret_in(page.text, "Key"), secret_in(page.text, "Secret")
    with unit_of_work() as session:
        assert lrs.client_of(session, key, secret, writes=False).name == "Video <player>"
    again = browser.get(PATH).text
    assert "Video &lt;player&gt;" in again
    assert key in again
    assert secret not in again
    assert browser.submit(f"{PATH}/{key}/revoke").status_code == 303
    assert "is revoked" in browser.get(PATH).text
    with unit_of_work() as session, pytest.raises(AppError) as refused:
        lrs.client_of(session, key, secret, writes=False)
    assert refused.value.status == 401


@pytest.mark.parametrize(
    "sent",
    [{"name": "", "scope": "all"}, {"name": "x" * 81, "scope": "all"}, {"name": "Player"}, {"name": "P", "scope": "b"}],
)
def test_what_makes_no_key_is_said(place: School, sent: dict[str, str]) -> None:
    page = sign_in(person(SiteRole.ADMIN)).submit(PATH, **sent)
    assert page.status_code == 400
    assert 'role="alert"' in page.text
    with unit_of_work() as session:
        assert lrs.credentials(session) == []


def test_a_researchers_key_shows_no_more_than_the_researcher_sees(place: School) -> None:
    browser = sign_in(place.researcher)
    offered = browser.get(PATH).text
    assert 'value="statements/read/mine"' in offered
    closed = [{"scope": scope} for scope in ("statements/read", "all/read", "all")]
    assert [scope for scope in closed if f'value="{scope["scope"]}"' in offered] == []
    right = {"name": "Notebook", "scope": "statements/read/mine", "course": str(place.course_id)}
    for wrong in ({"course": ""}, {"course": str(school(read=False).course_id)}, *closed):
        assert browser.submit(PATH, **{**right, **wrong}).status_code == 400
    assert browser.submit(PATH, **right).status_code == 200
    with unit_of_work() as session:
        (made,) = lrs.credentials(session)
        other = lrs.add_credential(session, "Player", lrs.scopes_of(["all"]))
    assert made.course == "Leaves and light"
    assert "Player" not in browser.get(PATH).text.partition("<aside")[0]
    assert browser.submit(f"{PATH}/{other.key}/revoke").status_code == 404
    assert browser.submit(f"{PATH}/{made.key}/revoke").status_code == 303


def test_nobody_else_finds_the_page(place: School) -> None:
    for somebody in (place.instructor, place.student):
        browser = sign_in(somebody)
        assert PATH not in browser.get("/").text
        assert browser.get(PATH).status_code == 404
        assert browser.submit(PATH, name="P", scope="all").status_code == 404


def test_the_command_line(db: Services, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["records", "key", "add", "Video player", "--scopes", "statements/write,state"]) == 0
    said = capsys.readouterr().out
    key, secret = (line.split()[1] for line in said.splitlines()[:2])
    with unit_of_work() as session:
        client = lrs.client_of(session, key, secret, writes=True)
    assert sorted(client.scopes) == ["state", "statements/write"]
    assert main(["records", "key", "list"]) == 0
    said = capsys.readouterr().out
    assert key in said
    assert secret not in said
    assert main(["records", "key", "revoke", key]) == 0
    assert main(["records", "key", "revoke", "nobody"]) == 1
    assert main(["records", "key", "add", "P", "--scopes", "everything"]) == 1
    assert "There is no scope everything" in capsys.readouterr().err
