"""A course's policy: what its classes may spend on the model, and what is done when a student is in trouble."""

from uuid import UUID

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import now
from app.base.text import Storable, clean_text
from app.classroom.models import CoursePolicy

MOST_TOKENS = 10**12
LONGEST_HELP = 300


class Policy(BaseModel):
    """A course's policy. Tokens: 0 means the installation's limit. `help` is a sentence with help nearby, for distress.

    `tells_instructor`: whether abuse and distress are listed for the instructors. `with_minors`: its students are not
    of age, so that their records serve no research and no training without a guardian's word. `offers_choice`: some
    answers are put in two ways, and the student says which helps more; classes that open from then on do so.
    """

    class_tokens: int = Field(default=0, ge=0, le=MOST_TOKENS)
    student_tokens: int = Field(default=0, ge=0, le=MOST_TOKENS)
    course_tokens: int = Field(default=0, ge=0, le=MOST_TOKENS)
    tells_instructor: bool = True
    help: Storable = Field(default="", max_length=LONGEST_HELP)
    with_minors: bool = False
    offers_choice: bool = False


def policy_of(session: Session, course_id: UUID) -> Policy:
    """The course's policy, or the usual one."""
    row = session.get(CoursePolicy, course_id)
    return Policy.model_validate(row, from_attributes=True) if row else Policy()


def set_policy(session: Session, who: Who, course_id: UUID, policy: Policy) -> None:
    """Set a course's policy; it holds at once, also in open classes. Raises NotFound for all but its instructors."""
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    row = session.get(CoursePolicy, course_id) or CoursePolicy(course_id=course_id)
    tidy = policy.model_copy(update={"help": " ".join(clean_text(policy.help).split())})
    for name, value in tidy:
        setattr(row, name, value)
    row.changed_by, row.changed_at = who.id, now()
    session.add(row)
