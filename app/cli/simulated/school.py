"""Puts simulated learners, their course and all they do into the stores, through the rooms' own verbs."""

import random
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from pydantic import BaseModel

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.db import unit_of_work
from app.classroom import service as classroom
from app.classroom.schema import Kind
from app.cli.demo import PEOPLE as DEMO_PEOPLE
from app.cli.simulated import ordering
from app.cli.simulated.classes import attend
from app.cli.simulated.course import Lessons, course_text, make_course
from app.cli.simulated.exams import Exams, make_exams, take
from app.cli.simulated.learners import Learner, Truth, leaves, make_learners, make_skills
from app.records import service as records
from app.records.privacy.consent import answer_all
from app.records.privacy.schema import Purpose

TERM = datetime(2026, 9, 7, 8, tzinfo=UTC)
"""When the first module opens; each of the others a week after the one before."""

PRACTISES = {"keen": 0.8, "steady": 0.4, "silent": 0.3, "chatty": 0.3}
"""How likely a learner practises after a class, by kind."""

Progress = Callable[[str], None]


class School(BaseModel):
    """A filled course: where it is, the truth behind it, and how much was recorded."""

    lessons: Lessons
    truth: Truth
    classes: int = 0
    events: int = 0
    answers: int = 0
    statements: int = 0


def simulate(students: int, seed: int, tell: Progress, records_wanted: int = 0, is_ordered: bool = False) -> School:
    """A course of `students` learners, with at least `records_wanted` records.

    The same numbers give the same people and the same happenings, under new ids. `is_ordered`: components need one
    another, and a trial of two orders of the modules runs (see `ordering`).
    """
    rng = random.Random(seed)
    skills = make_skills(rng, course_text().components)
    learners = make_learners(rng, students)
    if is_ordered:
        ordering.tie(skills)
        ordering.give_aptitudes(rng, learners, skills)
    tell("making the course")
    instructor = _staff("instructor", SiteRole.INSTRUCTOR)
    school = School(lessons=make_course(instructor), truth=Truth(seed=seed, skills=skills, learners=learners))
    _enrol_researcher(school.lessons.course_id)
    exams = make_exams(rng, instructor, school.lessons, school.truth)
    people = _enrol(school, tell)
    if is_ordered:
        ordering.begin_trial(instructor, school.lessons)
    for done, learner in enumerate(learners, start=1):
        way = ordering.way_of(school.lessons, people[learner.number]) if is_ordered else None
        _study(rng, school, exams, learner, people[learner.number], way)
        tell(f"learner {done:,} of {students:,}, {school.statements:,} records")
    _practise_on(rng, school, exams, people, records_wanted, tell)
    return school


def _practise_on(
    rng: random.Random, school: School, exams: Exams, people: dict[int, Who], wanted: int, tell: Progress
) -> None:
    """Those who stayed practise on, week after week, until there are as many records as are wanted."""
    staying = [one for one in school.truth.learners if one.dropped_at is None] or school.truth.learners[:1]
    began = TERM + timedelta(weeks=len(exams.practice))
    missing = wanted - school.statements
    while missing > 0:
        learner = rng.choice(staying)
        began += timedelta(minutes=rng.randrange(1, 40))
        paper = rng.choice(exams.practice)
        answered = take(rng, learner, people[learner.number], school.truth, exams, paper, began)
        school.answers += answered
        missing -= answered
        tell(f"practice, {missing:,} records to go")
    school.statements += records.follow_answers()


def _study(
    rng: random.Random, school: School, exams: Exams, learner: Learner, who: Who, way: list[int] | None = None
) -> None:
    """A learner's way through the modules (in the course's order or another), as far as it goes: the test before,
    then classes, practice and tests."""

    def sits(paper: UUID, when: datetime) -> None:
        school.answers += take(rng, learner, who, school.truth, exams, paper, when)

    modules = course_text().module
    for week, index in enumerate(way or range(len(modules))):
        module = modules[index]
        began = TERM + timedelta(weeks=week, seconds=rng.randrange(4 * 86400))
        sits(exams.pre[index], began - timedelta(seconds=rng.randrange(600, 3600)))
        log = attend(rng, learner, who.id, module, school.truth.skills, began)
        with unit_of_work() as session:
            class_id = classroom.bring_in(session, who, school.lessons.lesson_ids[index], log)
        school.classes += 1
        school.events += len(log)
        school.statements += records.project(class_id)
        ended = log[-1].at
        if rng.random() < PRACTISES[learner.kind]:
            sits(exams.practice[index], ended + timedelta(hours=rng.randrange(2, 20)))
        if log[-1].body.cause == "finished":
            sits(exams.post[index], ended + timedelta(hours=rng.randrange(24, 60)))
        school.statements += records.follow_answers()
        if leaves(rng, learner, [len(one.body.text) for one in log if one.kind is Kind.ASKED]):
            learner.dropped_at = week + 1
            return


def _staff(role: str, site: SiteRole) -> Who:
    """The demo's person of this role where there is one, else somebody nobody can sign in as."""
    name = next(one for demo, one, _ in DEMO_PEOPLE if demo == role)
    with unit_of_work() as session:
        for email in (f"{role}@demo.lyceum", f"{role}@simulated.invalid"):
            if known := accounts.find_person(session, email):
                return Who(id=known, name=name, email=email, role=site)
        made = accounts.add_locked(session, email, f"Simulated {role}", site)
        return Who(id=made, name=f"Simulated {role}", email=email, role=site)


def _enrol_researcher(course_id: UUID) -> None:
    researcher = _staff("researcher", SiteRole.RESEARCHER)
    with unit_of_work() as session:
        accounts.enrol(session, course_id, researcher.id, CourseRole.RESEARCHER)


def _enrol(school: School, tell: Progress) -> dict[int, Who]:
    """Accounts, enrolment and consent for every learner, by number."""
    tell("enrolling the learners")
    course, people = secrets.token_hex(3), {}
    with unit_of_work() as session:
        for learner in school.truth.learners:
            email = f"learner-{learner.number:04d}.{course}@simulated.invalid"
            person_id = accounts.add_locked(session, email, learner.name, SiteRole.STUDENT)
            accounts.enrol(session, school.lessons.course_id, person_id, CourseRole.STUDENT)
            answer_all(session, person_id, *(Purpose(one) for one, granted in learner.consents.items() if granted))
            people[learner.number] = Who(id=person_id, name=learner.name, email=email, role=SiteRole.STUDENT)
    return people
