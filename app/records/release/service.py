"""The verbs of releases."""

import shutil
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import CourseRole, Who
from app.assessment.models import Attempt, ItemRow, Paper, Sitting, VersionRow
from app.base.db import now, unit_of_work
from app.base.errors import Conflict, Invalid, NotFound
from app.base.queue import ring_after_commit
from app.classroom.models import ClassSession
from app.courses.models import Course
from app.records.release.columns import Counts
from app.records.release.comparing import compare
from app.records.release.keys import Names, unlock
from app.records.release.making import files_of, folder_of, make, overdue, tables_of
from app.records.release.models import Release, ReleaseCourse, ReleaseFile, ReleasePerson
from app.records.release.papers import ARCHIVE, MANIFEST, PAPERS, citation, notes
from app.records.release.roster import TOO_FEW, draw_up
from app.records.release.schema import CodeBook, Manifest, Preview, ReleaseSpec, ReleaseView, Status, TableCount
from app.records.release.selecting import chosen, sat
from app.records.release.tables import registry

__all__ = [
    "access",
    "cancel",
    "choosable",
    "citation",
    "code_book",
    "compare",
    "download",
    "listing",
    "look",
    "make",
    "overdue",
    "preview",
    "pseudonym_of",
    "remove",
    "request",
    "request_for_operator",
]

STAFF = (CourseRole.INSTRUCTOR, CourseRole.RESEARCHER)
LINES = 200


def choosable() -> dict[str, str]:
    """The tables that may be chosen, each with its meaning."""
    return {table.name: table.meaning for table in registry().values() if not table.is_extra}


def preview(session: Session, who: Who, spec: ReleaseSpec) -> Preview:
    """What a spec would give now. NotFound where `who` may not take records from one of its courses."""
    _check(session, who, spec)
    moment = now()
    drawn = draw_up(session, spec, None, moment)
    counts = _counts(session, spec, moment, drawn.suppression.released)
    return Preview(
        people=drawn.people,
        consenting=drawn.consenting,
        classes=counts.classes,
        suppression=drawn.suppression,
        tables=[
            TableCount(name=table.name, meaning=table.meaning, rows=table.about(counts)) for table in tables_of(spec)
        ],
        problem="" if drawn.places else TOO_FEW.format(count=drawn.consenting, k=spec.k),
    )


def _counts(session: Session, spec: ReleaseSpec, moment: datetime, people: int) -> Counts:
    classes = select(func.count(), func.coalesce(func.sum(ClassSession.last_seq), 0)).where(chosen(spec, moment))
    sittings = select(func.count()).select_from(Sitting).join(Paper, Paper.id == Sitting.paper_id)
    answers = sittings.join(Attempt, Attempt.sitting_id == Sitting.id).where(Attempt.answered_at <= moment)
    items = select(func.count()).select_from(VersionRow).join(ItemRow, ItemRow.id == VersionRow.item_id)
    told, events = session.execute(classes).one()
    return Counts(
        people=people,
        classes=told,
        events=int(events),
        items=session.scalar(items.where(ItemRow.course_id.in_(spec.courses))) or 0,
        sittings=session.scalar(sittings.where(sat(spec, moment))) or 0,
        answers=session.scalar(answers.where(sat(spec, moment))) or 0,
    )


def request(session: Session, who: Who, spec: ReleaseSpec) -> UUID:
    """Ask for a release; a worker makes it. NotFound where `who` may not, Invalid where the spec gives nothing."""
    _check(session, who, spec)
    row = _add(session, spec, who.id)
    ring_after_commit(session, "records.release", row)
    return row


def request_for_operator(session: Session, spec: ReleaseSpec) -> UUID:
    """Ask for a release in the operator's name. The caller makes it, or leaves it to the clock."""
    known = set(session.scalars(select(Course.id).where(Course.id.in_(spec.courses))))
    if unknown := [str(one) for one in spec.courses if one not in known]:
        raise Invalid(f"There is no course {', '.join(unknown)}.")
    _check_tables(spec)
    return _add(session, spec, None)


def access(session: Session, who: Who, release_id: UUID) -> ReleaseView:
    """A release, for those who teach or research in all of its courses. NotFound otherwise."""
    return _view(session, _opened(session, who, release_id))


def look(session: Session, release_id: UUID) -> ReleaseView:
    """A release, for the operator. NotFound where there is none."""
    row = session.get(Release, release_id)
    if row is None:
        raise NotFound
    return _view(session, row)


def pseudonym_of(session: Session, release_id: UUID, email: str) -> str:
    """What a person is called in a published release whose key was kept. Raises Invalid where nobody can say."""
    row, person_id = session.get(Release, release_id), accounts.find_person(session, email)
    if row is None or row.key is None or row.status != Status.PUBLISHED:
        raise Invalid("There is no such release, or its key was destroyed: nobody can say who is who in it.")
    place = select(ReleasePerson.person_id).where(ReleasePerson.release_id == release_id).limit(1)
    if person_id is None or session.scalar(place.where(ReleasePerson.person_id == person_id)) is None:
        raise Invalid("This person is not in the release.")
    return Names(unlock(row.key)).person(person_id)


def listing(session: Session, who: Who, course_id: UUID | None = None) -> list[ReleaseView]:
    """The releases that `who` may see, newest first, at most 200; those of one course where given."""
    mine = [course for course, role in accounts.my_courses(session, who) if role in STAFF]
    if course_id:
        accounts.require(session, who, course_id, *STAFF)
        mine.append(course_id)
    some = select(ReleaseCourse.release_id)
    some = some.where(ReleaseCourse.course_id.in_([course_id] if course_id else mine))
    query = select(Release).where(Release.id.in_(some)).order_by(Release.created_at.desc()).limit(LINES)
    rows = session.scalars(query).all()
    courses = {row.id: ReleaseSpec.model_validate(row.spec).courses for row in rows}
    seen = set(mine)
    allowed = [row for row in rows if all(_may(session, who, one, seen) for one in courses[row.id])]
    return [_view(session, row) for row in allowed]


def _may(session: Session, who: Who, course_id: UUID, known: set[UUID]) -> bool:
    return course_id in known or accounts.role_in(session, who, course_id) in STAFF


def code_book(spec: ReleaseSpec, release_id: UUID) -> CodeBook:
    """What every column of a release means."""
    return CodeBook(release=release_id, tables=[table.entry(spec) for table in tables_of(spec)], notes=notes(spec))


def remove(release_id: UUID) -> None:
    """Take a release away for good, with its files and the list of who was in it."""
    with unit_of_work() as session:
        session.execute(delete(Release).where(Release.id == release_id))
    shutil.rmtree(folder_of(release_id), ignore_errors=True)


def cancel(session: Session, who: Who, release_id: UUID) -> None:
    """Call off a release that is still being made. Raises Conflict where it is over."""
    _opened(session, who, release_id)
    row = session.get_one(Release, release_id, with_for_update=True, populate_existing=True)
    if row.status not in (Status.WAITING, Status.MAKING):
        raise Conflict("This release is no longer being made. Reload the page to see how it ended.")
    row.status, row.claim, row.lease_until, row.key, row.stage = Status.CANCELLED.value, None, None, None, ""
    ring_after_commit(session, "records.release", row.id)


def download(session: Session, who: Who, release_id: UUID, name: str) -> str:
    """The path of a published release's file. NotFound for any other name."""
    view = access(session, who, release_id)
    known = {MANIFEST, ARCHIVE, *PAPERS} | {one.name for one in (view.manifest.files if view.manifest else [])}
    path = folder_of(release_id) / name
    if view.status is not Status.PUBLISHED or name not in known or not path.is_file():
        raise NotFound
    return str(path)


def _check(session: Session, who: Who, spec: ReleaseSpec) -> None:
    for course_id in spec.courses:
        accounts.require(session, who, course_id, *STAFF)
    _check_tables(spec)


def _check_tables(spec: ReleaseSpec) -> None:
    if unknown := sorted(set(spec.tables) - set(choosable())):
        raise Invalid(f"There is no table {', '.join(unknown)}. There are: {', '.join(choosable())}.")


def _add(session: Session, spec: ReleaseSpec, person_id: UUID | None) -> UUID:
    previous = session.scalars(
        select(Release)
        .where(Release.status == Status.PUBLISHED.value, Release.spec["courses"] == _ids(spec))
        .order_by(Release.published_at.desc())
        .limit(1)
    ).first()
    row = Release(
        created_by=person_id,
        spec=spec.model_dump(mode="json"),
        previous_id=previous.id if previous else None,
        status=Status.WAITING.value,
    )
    session.add(row)
    session.flush()
    session.add_all(ReleaseCourse(release_id=row.id, course_id=course) for course in spec.courses)
    session.flush()
    return row.id


def _ids(spec: ReleaseSpec) -> list[str]:
    return [str(one) for one in spec.courses]


def _opened(session: Session, who: Who, release_id: UUID) -> Release:
    row = session.get(Release, release_id)
    if row is None:
        raise NotFound
    for course_id in ReleaseSpec.model_validate(row.spec).courses:
        accounts.require(session, who, course_id, *STAFF)
    return row


def _view(session: Session, row: Release) -> ReleaseView:
    spec = ReleaseSpec.model_validate(row.spec)
    titles = dict(session.execute(select(Course.id, Course.title).where(Course.id.in_(spec.courses))).all())
    made_by = session.scalar(select(Person.name).where(Person.id == row.created_by)) if row.created_by else None
    done = set(session.scalars(select(ReleaseFile.name).where(ReleaseFile.release_id == row.id)))
    tables = tables_of(spec)
    return ReleaseView(
        id=row.id,
        status=Status(row.status),
        problem=row.problem,
        spec=spec,
        course_titles=[titles.get(one, "a course that is gone") for one in spec.courses],
        made_by=made_by or "the operator",
        created_at=row.created_at,
        published_at=row.published_at,
        tables=len(tables),
        tables_done=sum(set(files_of(spec, table)) <= done for table in tables),
        stage=row.stage,
        stage_rows=row.stage_rows,
        manifest=Manifest.model_validate(row.manifest) if row.manifest else None,
    )
