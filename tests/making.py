"""Makes what most tests need: people, a course, and an approved lesson of a few pages, without reading a deck."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.db import unit_of_work
from app.courses import service as courses
from app.courses.models import Material, PageRow, PassageRow
from app.inference import service as inference
from app.lessons import service as lessons
from app.lessons.models import LessonPage
from app.lessons.runs.models import GenerationRun, GenerationStep
from app.lessons.runs.schema import StepState
from app.records.privacy import service as privacy
from app.records.privacy.schema import Purpose
from app.records.privacy.wording import newest

PAGES = (
    ("Cells", "A cell is the smallest unit of life. Every plant and animal is built from cells."),
    ("Membranes", "A membrane surrounds each cell. It lets water in and keeps harmful things out."),
    ("Energy", "Mitochondria turn sugar into energy. A muscle cell has thousands of mitochondria."),
)
PASSWORD = "a long password"


@dataclass
class Made:
    """A course with one approved lesson, its instructor and its student."""

    instructor: Who
    student: Who
    course_id: UUID
    material_id: UUID
    lesson_id: UUID
    version_id: UUID


def make_person(email: str, role: SiteRole = SiteRole.STUDENT, is_new: bool = False) -> Who:
    """A new account with PASSWORD; a student has answered what is asked first, with yes to teaching alone, unless
    `is_new`.
    """
    name = email.partition("@")[0].title()
    with unit_of_work() as session:
        person_id = accounts.add_person(session, email, name, PASSWORD, role)
    if role is SiteRole.STUDENT and not is_new:
        answer_consent(person_id, Purpose.TEACHING)
    return Who(id=person_id, name=name, email=email, role=role)


def answer_consent(person_id: UUID, *yes: Purpose) -> None:
    """Somebody has answered all three questions, with yes to these."""
    with unit_of_work() as session:
        for purpose in Purpose:
            privacy.declare(session, person_id, purpose, purpose in yes, newest(purpose).version)


def make_lesson(
    pages: tuple[tuple[str, str], ...] = PAGES, ask_on: int = 0, told: Sequence[tuple[list[str], str]] = ()
) -> Made:
    """An approved lesson: each page says its own two sentences, and page `ask_on` asks the student; or each page says
    and asks what is `told`.
    """
    instructor = make_person("ines@school.test", SiteRole.INSTRUCTOR)
    student = make_person("sam@school.test")
    with unit_of_work() as session:
        course_id = courses.create_course(session, instructor, "Biology")
        accounts.enrol(session, course_id, student.id, CourseRole.STUDENT)
        module = courses.access_course(session, instructor, course_id).modules[0]
        material = Material(
            course_id=course_id,
            uploaded_by=instructor.id,
            filename="cells.pptx",
            kind="pptx",
            size=1,
            sha256="0" * 64,
            status="ready",
            page_count=len(pages),
        )
        session.add(material)
        session.flush()
        vectors = inference.embed([words for _, words in pages])
        for number, (title, words) in enumerate(pages, start=1):
            page = PageRow(material_id=material.id, number=number, title=title, text=words)
            session.add(page)
            session.flush()
            session.add(
                PassageRow(
                    page_id=page.id,
                    material_id=material.id,
                    position=0,
                    page_number=number,
                    text=words,
                    embedding=vectors[number - 1],
                )
            )
        session.flush()
        lesson_id = lessons.start(session, instructor, module.id, material.id, "Cells and energy")
        lessons.open_pages(session, material.id)
    with unit_of_work() as session:
        for number, (_, words) in enumerate(pages, start=1):
            own = [f"{part}." for part in words.rstrip(".").split(". ")]
            asked = "What do you think happens next?" if number == ask_on else ""
            said, ask = told[number - 1] if told else (own, asked)
            lessons.write_by_hand(session, instructor, lesson_id, number, said, ask)
        version_id = lessons.approve(session, instructor, lesson_id)
    return Made(instructor, student, course_id, material.id, lesson_id, version_id)


def step_of(lesson_id: UUID, number: int) -> UUID:
    """The newest step that writes a page of a lesson."""
    query = (
        select(GenerationStep.id)
        .join(LessonPage, LessonPage.id == GenerationStep.about)
        .join(GenerationRun, GenerationRun.id == GenerationStep.run_id)
        .where(LessonPage.lesson_id == lesson_id, LessonPage.number == number)
        .order_by(GenerationRun.asked_at.desc())
    )
    with unit_of_work() as session:
        return session.scalars(query.limit(1)).one()


def write_page(lesson_id: UUID, number: int) -> None:
    """Have a page's step done by this process, also when it was put off."""
    with unit_of_work() as session:
        session.execute(update(GenerationStep).values(not_before=None))
        lessons.sweep(session)
    lessons.carry_on(step_of(lesson_id, number))


def reword(session: Session, made: Made, number: int, texts: Sequence[str], revision: int | None = None) -> None:
    """An instructor gives the steps of a page other words, in order, from its revision: the newest one, or this."""
    page = lessons.access_lesson(session, made.instructor, made.lesson_id).pages[number - 1]
    revision = page.revision if revision is None else revision
    for at, text in enumerate(texts, start=1):
        step = page.actions[at].model_copy(update={"text": text})
        if step != page.actions[at]:
            lessons.change_action(session, made.instructor, made.lesson_id, number, revision, at, step)
            revision += 1


def do_steps() -> None:
    """Be the worker of every step that is called, one after the other, until none is left."""
    query = select(GenerationStep.id).where(GenerationStep.state == StepState.CALLED)
    while True:
        with unit_of_work() as session:
            found = session.scalars(query.order_by(GenerationStep.position).limit(1)).first()
        if found is None:
            return
        lessons.carry_on(found)
