"""The pages of releases: choosing, previewing, watching, taking away, comparing; and who may not."""

import io
import re
import tarfile
from uuid import uuid4

import pytest
from made_releases import made_release, willing
from people import Browser, School, person, school, sign_in

from app.records.release import service as releases

pytestmark = pytest.mark.usefixtures("services")
FORM = {
    "tables": ["learners", "events"],
    "formats": ["parquet", "csv"],
    "quasi": ["role", "courses"],
    "purpose": "To see how pages are read.",
    "k": "5",
    "shift": "yes",
}


@pytest.fixture(scope="module")
def place(services: object) -> School:
    made = school()
    made.approve()
    return made


@pytest.fixture(scope="module")
def researcher(place: School) -> Browser:
    return sign_in(place.researcher)


def test_a_researcher_finds_the_way_from_home_and_from_the_course(place, researcher) -> None:
    assert 'href="/releases"' in researcher.get("/").text
    course = researcher.get(f"/courses/{place.course_id}/desk").text
    way = re.search(r'href="(/releases\?course=[^"]+)"', course)
    assert way
    page = researcher.get(way[1])
    assert f'href="/releases/new?course={place.course_id}"' in page.text
    assert 'href="/releases"' not in sign_in(place.student).get("/").text


def test_a_preview_counts_and_a_release_is_made_watched_and_taken(place, researcher) -> None:
    fields = {**FORM, "courses": [str(place.course_id)]}
    few = researcher.submit("/releases/preview", **fields)
    assert few.status_code == 200
    assert "too few" in few.text
    assert 'formaction="/releases"' not in few.text
    willing(place.course_id, 7)
    enough = researcher.submit("/releases/preview", **fields)
    assert 'formaction="/releases"' in enough.text
    assert "To see how pages are read." in enough.text
    asked = researcher.submit("/releases", **fields)
    assert asked.status_code == 303
    here = asked.headers["location"]
    waiting = researcher.get(here)
    assert "Waiting for a worker" in waiting.text
    assert "release.js" in waiting.text
    assert researcher.get(f"{here}/files/learners.csv").status_code == 404
    releases.make(researcher.get(f"{here}.json").json()["id"])
    done = researcher.get(here)
    assert "release.js" not in done.text
    for words in ("learners.parquet", "import polars", "read_parquet(", "Lyceum learner records", "Code book"):
        assert words in done.text
    csv = researcher.get(f"{here}/files/learners.csv")
    assert len(csv.text.splitlines()) == 8
    assert csv.headers["content-disposition"].startswith("attachment")


def test_a_download_is_taken_up_where_it_broke_off(place, researcher) -> None:
    here = f"/releases/{made_release(place.course_id)}"
    for name in ("release.tar", "learners.parquet"):
        whole = researcher.get(f"{here}/files/{name}").content
        half = len(whole) // 2
        rest = researcher.get(f"{here}/files/{name}", headers={"range": f"bytes={half}-"})
        assert rest.status_code == 206
        assert rest.headers["content-range"] == f"bytes {half}-{len(whole) - 1}/{len(whole)}"
        assert whole[:half] + rest.content == whole
        again = researcher.get(f"{here}/files/{name}", headers={"range": "bytes=0-9", "if-range": rest.headers["etag"]})
        assert (again.status_code, again.content) == (206, whole[:10])
    with tarfile.open(fileobj=io.BytesIO(researcher.get(f"{here}/files/release.tar").content)) as archive:
        assert {name.rpartition("/")[2] for name in archive.getnames()} >= {"manifest.json", "learners.csv"}


def test_a_file_that_is_not_the_releases_is_not_there(place, researcher) -> None:
    here = f"/releases/{made_release(place.course_id)}"
    for name in ("visits.csv", "..%2Fmanifest.json", "%2e%2e", ".x", "manifest.json.bak"):
        assert researcher.get(f"{here}/files/{name}").status_code == 404


def test_two_releases_are_compared(place, researcher) -> None:
    before, after = made_release(place.course_id), made_release(place.course_id, 3)
    page = researcher.get(f"/releases/{after}")
    assert f'value="{before}"' in page.text
    assert "3 learners" in page.text
    assert "came and 0 went" in page.text
    compared = researcher.get(f"/releases/{after}/compare?other={before}").text
    assert "3 learners came, 0 went." in compared


def test_a_release_can_be_called_off(place, researcher) -> None:
    here = researcher.submit("/releases", **FORM, courses=[str(place.course_id)]).headers["location"]
    assert researcher.submit(f"{here}/cancel").status_code == 303
    page = researcher.get(here).text
    assert "Called off" in page
    assert researcher.submit(f"{here}/cancel").status_code == 409


def test_only_those_who_may_see_all_its_courses_see_a_release(place) -> None:
    other = school(read=False)
    instructor = sign_in(other.instructor)
    release_id = made_release(place.course_id)
    both = {**FORM, "courses": [str(place.course_id), str(other.course_id)]}
    for browser in (instructor, sign_in(place.student), sign_in(person())):
        for path in ("", ".json", "/files/manifest.json", "/files/release.tar"):
            found, unknown = (browser.get(f"/releases/{one}{path}") for one in (release_id, uuid4()))
            assert found.status_code == unknown.status_code == 404
        assert browser.submit(f"/releases/{release_id}/cancel").status_code == 404
        for way in ("/releases", "/releases/preview"):
            assert browser.submit(way, **both).status_code == 404
    assert str(release_id) not in instructor.get("/releases").text
    assert instructor.get(f"/releases?course={place.course_id}").status_code == 404


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"tables": []}, "at least one table"),
        ({"formats": ["word"]}, "at least one format"),
        ({"k": "4"}, "from 5 to 100"),
        ({"k": "many"}, "from 5 to 100"),
        ({"purpose": "no"}, "what the data are for"),
        ({"since": "soon"}, "first day should look like"),
        ({"since": "2026-04-01", "until": "2026-03-01"}, "swap them"),
        ({"tables": ["nothing"]}, "There is no table nothing"),
        ({"courses": ["x"]}, "at least one course"),
    ],
)
def test_what_is_wrong_is_said_and_the_form_keeps_what_was_typed(place, researcher, changed, sentence) -> None:
    given = {**FORM, "courses": [str(place.course_id)], "purpose": "Typed before.", **changed}
    for way in ("/releases/preview", "/releases"):
        reply = researcher.submit(way, **given)
        assert reply.status_code == 400
        assert sentence in reply.text
        assert given["purpose"] in reply.text
