"""Research releases: choose, preview, make, watch, download, compare."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from app.accounts.schema import CourseRole, Who
from app.base.errors import Invalid, NotFound
from app.courses import service as courses
from app.records.privacy import service as privacy
from app.records.privacy.schema import What
from app.records.release import service as releases
from app.records.release.schema import LEAST_K, Format, KeyFate, Manifest, Preview, Quasi, ReleaseSpec, ReleaseView
from app.web.access import Changer, Db, Person, address_of
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter()

STAFF = (CourseRole.INSTRUCTOR, CourseRole.RESEARCHER)
PAGE = "releases/new.html"
FORMATS = {
    Format.PARQUET: "Parquet: for pandas, polars, R and DuckDB; types and meanings inside",
    Format.CSV: "CSV: for spreadsheets, safe to open",
    Format.XAPI: "xAPI JSON lines: the statements, for learning record stores",
    Format.TRANSACTIONS: "DataShop transactions: tries at questions in class and at items of tests",
    Format.STEPS: "DataShop student-steps: the same by question or item, and learner",
}
BANDS = {
    Quasi.ROLE: "Role: student or instructor",
    Quasi.COURSES: "How many of the courses were attended",
    Quasi.FIRST_ACTIVE: "Month of the first class",
    Quasi.ACTIVITY: "How active in class",
}
TROUBLE = {
    "courses": "Choose at least one course.",
    "tables": "Choose at least one table.",
    "formats": "Choose at least one format.",
    "purpose": "Say in a sentence what the data are for (10 to 2,000 characters).",
    "since": "The first day should look like 2026-03-01.",
    "until": "The last day should look like 2026-03-31.",
    "k": f"The smallest group is a number from {LEAST_K} to 100.",
}


class Wanted(BaseModel):
    """The form as it was typed."""

    courses: list[str] = []
    tables: list[str] = []
    formats: list[str] = []
    quasi: list[str] = []
    since: str = ""
    until: str = ""
    purpose: str = ""
    k: str = str(LEAST_K)
    words: str = ""
    shift: str = ""
    key: str = KeyFate.DESTROYED.value


@router.get("/releases")
def releases_page(request: Request, session: Db, who: Person, course: UUID | None = None) -> Response:
    """The releases one may see, of all courses or of one."""
    mine = _courses(session, who)
    one = courses.access_course(session, who, course, *STAFF) if course else None
    found = releases.listing(session, who, course)
    return show(request, "releases/list.html", releases=found, course=one, courses=mine)


@router.get("/releases/new")
def new_page(request: Request, session: Db, who: Person, course: UUID | None = None) -> Response:
    """The form, with what is usual filled in."""
    wanted = Wanted(
        courses=[str(course)] if course else [],
        tables=list(releases.choosable()),
        formats=[Format.PARQUET],
        quasi=list(Quasi),
        shift="yes",
    )
    return _page(request, _values(session, who, wanted), None)


@router.post("/releases/preview")
def preview(request: Request, session: Db, who: Changer, wanted: Annotated[Wanted, Form()]) -> Response:
    """The same form with what it would give above its buttons."""
    values = _values(session, who, wanted)
    with form(PAGE, **values, preview=None):
        found = releases.preview(session, who, _spec(wanted))
    return _page(request, values, found)


@router.post("/releases")
def make(request: Request, session: Db, who: Changer, wanted: Annotated[Wanted, Form()]) -> Response:
    """Ask for a release."""
    with form(PAGE, **_values(session, who, wanted), preview=None):
        release_id = releases.request(session, who, _spec(wanted))
        _note(request, session, who, What.RELEASE, releases.access(session, who, release_id))
    return go(f"/releases/{release_id}", "release-asked")


def _note(request: Request, session: Session, who: Who, what: What, release: ReleaseView, details: str = "") -> None:
    """A line in the audit log for every course that the release is taken from."""
    told = details or str(release.id)
    for course_id in release.spec.courses:
        privacy.note(session, who, what, course_id=course_id, details=told, address=address_of(request))


def _page(request: Request, values: Mapping[str, object], preview: Preview | None) -> Response:
    return show(request, PAGE, status=200, **values, preview=preview, trouble="")


def _values(session: Session, who: Who, wanted: Wanted) -> dict[str, object]:
    return {
        "wanted": wanted,
        "courses": _courses(session, who),
        "tables": releases.choosable(),
        "formats": FORMATS,
        "bands": BANDS,
    }


def _courses(session: Session, who: Who) -> dict[UUID, str]:
    """The courses one may take records from. NotFound where there are none."""
    found = {course.id: course.title for course in courses.my_courses(session, who) if course.role in STAFF}
    if not found:
        raise NotFound
    return found


def _spec(wanted: Wanted) -> ReleaseSpec:
    given = {name: value for name, value in wanted.model_dump().items() if name not in ("since", "until")}
    days = {"since": wanted.since or None, "until": wanted.until or None}
    try:
        return ReleaseSpec.model_validate({**given, **days, "words": bool(wanted.words), "shift": bool(wanted.shift)})
    except ValidationError as error:
        problem = error.errors()[0]
        place = str(problem["loc"][0]) if problem["loc"] else ""
        raise Invalid(TROUBLE.get(place, "The first day lies after the last; swap them.")) from error


@router.get("/releases/{release_id}.json")
def release_json(session: Db, who: Person, release_id: UUID) -> ReleaseView:
    """Where the making stands, for the page's script."""
    return releases.access(session, who, release_id)


@router.get("/releases/{release_id}")
def release_page(request: Request, session: Db, who: Person, release_id: UUID) -> Response:
    """A release: how its making goes; then its manifest, code book, citation and examples."""
    found = releases.access(session, who, release_id)
    others = [one for one in releases.listing(session, who) if one.manifest and one.id != release_id]
    return show(
        request,
        "releases/one.html",
        release=found,
        book=releases.code_book(found.spec, found.id),
        citation=releases.citation(found.manifest) if found.manifest else "",
        examples=_examples(found.manifest) if found.manifest else {},
        others=[one for one in others if set(one.spec.courses) & set(found.spec.courses)],
    )


@router.post("/releases/{release_id}/cancel")
def cancel(session: Db, who: Changer, release_id: UUID) -> Response:
    """Call off a release that is being made."""
    releases.cancel(session, who, release_id)
    return go(f"/releases/{release_id}", "release-off")


@router.get("/releases/{release_id}/compare")
def compare(request: Request, session: Db, who: Person, release_id: UUID, other: UUID) -> Response:
    """What changed from another release to this one."""
    before, after = (releases.access(session, who, one) for one in (other, release_id))
    if before.manifest is None or after.manifest is None:
        raise Invalid("Only releases that are made can be compared.")
    difference = releases.compare(session, before.manifest, after.manifest)
    return show(request, "releases/compare.html", before=before, after=after, difference=difference)


@router.get("/releases/{release_id}/files/{name}")
def download(request: Request, session: Db, who: Person, release_id: UUID, name: str) -> FileResponse:
    """A file of a release; a download that broke off may be taken up again (HTTP ranges)."""
    path = releases.download(session, who, release_id, name)
    _note(request, session, who, What.TAKEN, releases.access(session, who, release_id), f"{release_id}: {name}")
    return FileResponse(path, filename=_filename(release_id, name), headers={"Cache-Control": "private, no-store"})


def _filename(release_id: UUID, name: str) -> str:
    return f"lyceum-{release_id}.tar" if name.endswith(".tar") else name


def _examples(manifest: Manifest) -> dict[str, str]:
    """Five lines each that open the release's largest table of learners' doings."""
    files = {one.name for one in manifest.files}
    ending = "parquet" if manifest.spec.formats.count(Format.PARQUET) else "csv"
    table = next((one for one in ("events", "statements", *manifest.rows) if f"{one}.{ending}" in files), "")
    if not table:
        return {}
    path, group = f"lyceum-{manifest.release}/{table}.{ending}", _group(table)
    return {
        "pandas": _lines(
            "import pandas as pd",
            f'rows = pd.read_{ending}("{path}")',
            "print(rows.dtypes)",
            f'counts = rows.groupby("{group}").size()',
            "print(counts.describe())",
        ),
        "polars": _lines(
            "import polars as pl",
            f'rows = pl.scan_{ending}("{path}")',
            "print(rows.collect_schema())",
            f'counts = rows.group_by("{group}").len()',
            "print(counts.collect().describe())",
        ),
        "R": _lines(
            "library(arrow)" if ending == "parquet" else "library(readr)",
            f'rows <- read_{ending}("{path}")',
            "str(rows)",
            f"counts <- table(rows${group})",
            "summary(as.vector(counts))",
        ),
        "DuckDB": _lines(
            f"CREATE VIEW rows AS SELECT * FROM read_{ending}('{path}');",
            "DESCRIBE rows;",
            f"SELECT {group}, count(*) AS n",
            f"FROM rows GROUP BY {group}",
            "ORDER BY n DESC;",
        ),
    }


def _group(table: str) -> str:
    """The column that a table's rows are counted by in the examples."""
    return {"learners": "learner", "classes": "course_id", "questions": "learner"}.get(table, "class_id")


def _lines(*lines: str) -> str:
    return "\n".join(lines)
