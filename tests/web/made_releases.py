"""Releases for the web tests: a few people who allow research, and a data set of theirs."""

from uuid import UUID

from people import enrolled

from app.accounts.schema import CourseRole
from app.base.db import unit_of_work
from app.records.privacy.consent import declare
from app.records.privacy.schema import Purpose
from app.records.release import service as releases
from app.records.release.schema import Format, ReleaseSpec


def willing(course_id: UUID, number: int = 5) -> None:
    """So many more learners who allow research."""
    for _ in range(number):
        one = enrolled(course_id, CourseRole.STUDENT)
        with unit_of_work() as session:
            declare(session, one.id, Purpose.RESEARCH, True, 1)


def made_release(course_id: UUID, number: int = 5) -> UUID:
    """A release that is published, of so many more learners."""
    willing(course_id, number)
    spec = ReleaseSpec(
        courses=[course_id], tables=["learners", "events"], formats=list(Format), purpose="Seen by tests."
    )
    with unit_of_work() as session:
        release_id = releases.request_for_operator(session, spec)
    releases.make(release_id)
    return release_id
