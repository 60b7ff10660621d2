"""Profiles and personal versions as rows: who says what about themselves, which versions there are, what is in them.

A version belongs to a profile and not to a person: who wishes the same shares it, so that a lesson costs at most as
much as there are different wishes. A course has none until its instructor switches them on, because they are words that
nobody has approved one by one.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import new_id, now
from app.base.errors import Invalid, NotFound
from app.base.languages import LANGUAGES
from app.base.queue import ring_after_commit
from app.inference.schema import Role
from app.inference.service import NO_MODEL, known_model
from app.lessons.models import Lesson, LessonVersion
from app.lessons.personal.models import CoursePersonal, LearnerProfile, PersonalPage, PersonalVersion
from app.lessons.personal.schema import Line, LineState, PageLines, PersonalState, PersonalView, Profile
from app.lessons.schema import LessonScript
from app.lessons.versions import newest

BELL = "write.personal"
MOST = 24
"""Personal versions of one approved version; who wishes something else then hears the approved words."""


# ------------------------------------------------------------------------------------------------------ the profile


def profile_of(session: Session, person_id: UUID) -> Profile | None:
    """What somebody said about themselves, None for nothing."""
    row = session.get(LearnerProfile, person_id)
    return Profile.model_validate(row, from_attributes=True) if row else None


def keep_profile(session: Session, who: Who, profile: Profile) -> None:
    """Keep somebody's own profile in place of the one before. Raises Invalid for a language nobody knows."""
    if profile.language and profile.language not in LANGUAGES:
        raise Invalid("Choose one of the languages in the list.")
    told = profile.model_dump(mode="json") | {"changed_at": now()}
    write = insert(LearnerProfile).values(person_id=who.id, **told)
    session.execute(write.on_conflict_do_update(index_elements=["person_id"], set_=told))


def forget_profile(session: Session, person_id: UUID) -> None:
    """Delete somebody's profile; versions stay, as they name nobody."""
    session.execute(delete(LearnerProfile).where(LearnerProfile.person_id == person_id))


# ------------------------------------------------------------------------------------------------------ the course


def is_on(session: Session, course_id: UUID) -> bool:
    """Whether a course's lessons are put in other words for learners."""
    row = session.get(CoursePersonal, course_id)
    return row is not None and row.is_on


def switch(session: Session, who: Who, course_id: UUID, on: bool) -> None:
    """Switch personal versions on or off in a course, at once also for classes that are open."""
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    told = {"is_on": on, "changed_by": who.id, "changed_at": now()}
    write = insert(CoursePersonal).values(course_id=course_id, **told)
    session.execute(write.on_conflict_do_update(index_elements=["course_id"], set_=told))


# ------------------------------------------------------------------------------------------------------ versions


def version_for(session: Session, person_id: UUID, lesson_id: UUID) -> UUID | None:
    """The personal version that somebody's class of the newest approved version begins with; one that is new is begun.
    None: they wish nothing, the course has it off, this version is off, there are too many already, or this process
    does not know yet who would write it.
    """
    profile, version = profile_of(session, person_id), newest(session, lesson_id)
    lesson = session.get(Lesson, lesson_id)
    if profile is None or profile.is_plain or version is None or lesson is None or not is_on(session, lesson.course_id):
        return None
    of_version = PersonalVersion.version_id == version.id
    known = session.scalar(
        select(PersonalVersion)
        .where(of_version, PersonalVersion.key == profile.key)
        .order_by(PersonalVersion.made_at.desc())
        .limit(1)
    )
    model = known_model(Role.AUTHOR)
    if known is not None and model in (known.model, NO_MODEL):
        return None if known.state == PersonalState.OFF.value else known.id
    if model == NO_MODEL or (session.scalar(select(func.count()).where(of_version)) or 0) >= MOST:
        return None
    return _begin(session, lesson_id, version, profile, model)


def _begin(session: Session, lesson_id: UUID, version: LessonVersion, profile: Profile, model: str) -> UUID:
    script = LessonScript.model_validate(version.script)
    row = {
        "lesson_id": lesson_id,
        "version_id": version.id,
        "profile": profile.model_dump(mode="json"),
        "key": profile.key,
        "model": model,
    }
    write = insert(PersonalVersion).values(
        id=new_id(), **row, state=PersonalState.WAITING.value, total=len(script.pages), attempts=0, made_at=now()
    )
    session.execute(write.on_conflict_do_nothing())
    same = [getattr(PersonalVersion, name) == row[name] for name in ("version_id", "key", "model")]
    personal_id = session.scalars(select(PersonalVersion.id).where(*same)).one()
    ring_after_commit(session, BELL, personal_id)
    return personal_id


def words_for(session: Session, personal_id: UUID, page: int, action: int) -> tuple[str, int]:
    """What is said instead of a script's line, and the number of the approved version; "" where the approved words
    stand: they are not put otherwise (yet), or personal versions are off.
    """
    query = (
        select(PersonalPage.lines, LessonVersion.number)
        .join(PersonalVersion, PersonalVersion.id == PersonalPage.personal_id)
        .join(LessonVersion, LessonVersion.id == PersonalVersion.version_id)
        .where(PersonalPage.personal_id == personal_id, PersonalPage.page == page, _in_use())
    )
    found = session.execute(query).one_or_none()
    if found is None:
        return "", 0
    lines, number = found
    said = (Line.model_validate(one) for one in lines)
    text = next((one.text for one in said if one.action == action and one.state is LineState.REWRITTEN), "")
    return text, number if text else 0


def _in_use() -> ColumnElement[bool]:
    """The condition that neither this version nor its course's are off."""
    course = select(Lesson.course_id).where(Lesson.id == PersonalVersion.lesson_id).scalar_subquery()
    allowed = exists().where(CoursePersonal.course_id == course, CoursePersonal.is_on)
    return (PersonalVersion.state != PersonalState.OFF.value) & allowed


def is_of(session: Session, personal_id: UUID, version_id: UUID) -> bool:
    """Whether a personal version is one of this approved version."""
    row = session.get(PersonalVersion, personal_id)
    return row is not None and row.version_id == version_id


# ------------------------------------------------------------------------------------------------------ to look at


def versions_of(session: Session, course_id: UUID) -> list[PersonalView]:
    """The personal versions of a course's lessons, the newest first. The caller has checked who asks."""
    query = _all().where(Lesson.course_id == course_id).order_by(PersonalVersion.made_at.desc()).limit(200)
    return [_view(session, row, number, title) for row, number, title in session.execute(query)]


def versions_for(session: Session, who: Who) -> list[PersonalView]:
    """Those with somebody's own profile, in courses that they belong to."""
    profile = profile_of(session, who.id)
    if profile is None or profile.is_plain:
        return []
    courses = [course_id for course_id, _ in accounts.my_courses(session, who)]
    query = _all().where(PersonalVersion.key == profile.key, Lesson.course_id.in_(courses), _in_use())
    query = query.order_by(PersonalVersion.made_at.desc()).limit(50)
    return [_view(session, row, number, title) for row, number, title in session.execute(query)]


def _all() -> Select[PersonalVersion, int, str]:
    return (
        select(PersonalVersion, LessonVersion.number, Lesson.title)
        .join(LessonVersion, LessonVersion.id == PersonalVersion.version_id)
        .join(Lesson, Lesson.id == PersonalVersion.lesson_id)
    )


def _view(session: Session, row: PersonalVersion, number: int, title: str) -> PersonalView:
    pages = pages_of(session, row.id)
    states = [line.state for page in pages for line in page.lines]
    return PersonalView(
        id=row.id,
        lesson_id=row.lesson_id,
        lesson=title,
        number=number,
        profile=Profile.model_validate(row.profile),
        model=row.model,
        state=PersonalState(row.state),
        done=len(pages),
        total=row.total,
        rewritten=states.count(LineState.REWRITTEN),
        left=states.count(LineState.LEFT),
        same=states.count(LineState.SAME),
        stands=states.count(LineState.STANDS),
        made_at=row.made_at,
    )


def pages_of(session: Session, personal_id: UUID) -> list[PageLines]:
    """The pages of a personal version that are done, in order."""
    query = select(PersonalPage).where(PersonalPage.personal_id == personal_id).order_by(PersonalPage.page)
    return [PageLines.model_validate({"page": row.page, "lines": row.lines}) for row in session.scalars(query)]


def access_personal(session: Session, who: Who, personal_id: UUID) -> tuple[PersonalView, UUID]:
    """A personal version with its course, for those who teach it. NotFound for anybody else."""
    row = session.get(PersonalVersion, personal_id)
    if row is None:
        raise NotFound
    lesson, version = session.get_one(Lesson, row.lesson_id), session.get_one(LessonVersion, row.version_id)
    accounts.require(session, who, lesson.course_id, CourseRole.INSTRUCTOR)
    return _view(session, row, version.number, lesson.title), lesson.course_id


def take_out(session: Session, personal_id: UUID, off: bool) -> None:
    """Take a personal version out of use, at once, or into use again. The caller has checked who asks."""
    row = session.get_one(PersonalVersion, personal_id, with_for_update=True)
    done = session.scalar(select(func.count()).where(PersonalPage.personal_id == personal_id)) or 0
    if off:
        row.state, row.claim = PersonalState.OFF.value, None
    elif row.state == PersonalState.OFF.value:
        row.state = (PersonalState.READY if done >= row.total else PersonalState.WAITING).value
        row.lease_until, row.attempts = None, 0
        ring_after_commit(session, BELL, personal_id)
