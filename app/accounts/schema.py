"""Documents that leave the accounts room."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel


class CourseRole(StrEnum):
    """What a person is in one course."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"
    RESEARCHER = "researcher"


class SiteRole(StrEnum):
    """What a person may do beyond their courses: instructors may create courses, admins may do all.

    Somebody erased may do nothing; the row that is left of them says so.
    """

    STUDENT = "student"
    INSTRUCTOR = "instructor"
    RESEARCHER = "researcher"
    ADMIN = "admin"
    ERASED = "erased"


class Who(BaseModel):
    """The signed-in person. `csrf` must come back with every change made in this sign-in."""

    id: UUID
    name: str
    email: str
    role: SiteRole
    csrf: str = ""

    @property
    def may_author(self) -> bool:
        """Whether this person may create courses."""
        return self.role in (SiteRole.INSTRUCTOR, SiteRole.ADMIN)


class PersonView(BaseModel):
    """A person as the people of one course are listed."""

    id: UUID
    name: str
    email: str
    role: CourseRole


class CodeView(BaseModel):
    """A join code and whether it still lets people in."""

    code: str
    expires_at: datetime
    seats: int
    taken: int
    open: bool
