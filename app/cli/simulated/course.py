"""The simulated learners' course: its text, and the decks and lessons made of it."""

import tempfile
import tomllib
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from pptx import Presentation
from pydantic import BaseModel

from app.accounts.schema import Who
from app.base.db import unit_of_work
from app.cli.deck_reading import read_here
from app.cli.demo_drawing import new_slide, words
from app.courses import service as courses
from app.lessons import service as lessons


class CoursePage(BaseModel):
    """A page's words. `question` is put to the students, with replies that are right and wrong."""

    title: str
    lines: list[str]
    question: str = ""
    right: list[str] = []
    wrong: list[str] = []
    asks: list[str] = []


class CourseModule(BaseModel):
    """A module of one lesson. Its questions exercise its components in their order."""

    title: str
    components: list[str]
    page: list[CoursePage]

    def component_of(self, number: int) -> str:
        """The component of the question on a page (its index), the first where the page has none."""
        asked = [index for index, page in enumerate(self.page) if page.question]
        return self.components[asked.index(number) if number in asked else 0]


class CourseText(BaseModel):
    """The whole course."""

    title: str
    summary: str
    module: list[CourseModule]

    @property
    def components(self) -> list[tuple[str, int]]:
        """Every knowledge component with its module's index."""
        return [(name, index) for index, module in enumerate(self.module) for name in module.components]


class Lessons(BaseModel):
    """The course as it stands in the stores: ids of its modules and lessons, in order."""

    course_id: UUID
    module_ids: list[UUID]
    lesson_ids: list[UUID]


@lru_cache
def course_text() -> CourseText:
    """The course as it is written in course.toml."""
    return CourseText.model_validate(tomllib.loads((Path(__file__).parent / "course.toml").read_text()))


def make_course(instructor: Who) -> Lessons:
    """Put the course into the stores, with an approved lesson a module."""
    text = course_text()
    with unit_of_work() as session:
        course_id = courses.create_course(session, instructor, text.title, text.summary, text.module[0].title)
        for module in text.module[1:]:
            courses.add_module(session, course_id, module.title)
        module_ids = [module.id for module in courses.access_course(session, instructor, course_id).modules]
    lesson_ids = [
        _make_lesson(instructor, course_id, module_id, module)
        for module_id, module in zip(module_ids, text.module, strict=True)
    ]
    return Lessons(course_id=course_id, module_ids=module_ids, lesson_ids=lesson_ids)


def _make_lesson(instructor: Who, course_id: UUID, module_id: UUID, module: CourseModule) -> UUID:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{module.title.lower().replace(' ', '-')}.pptx"
        _draw(module, path)
        with unit_of_work() as session, path.open("rb") as upload:
            material_id = courses.add_material(session, instructor, course_id, path.name, upload)
            lesson_id = lessons.start(session, instructor, module_id, material_id, module.title, at_once=False)
    read_here(instructor, material_id)
    with unit_of_work() as session:
        lessons.open_pages(session, material_id)
    with unit_of_work() as session:
        for number, page in enumerate(module.page, start=1):
            lessons.write_by_hand(session, instructor, lesson_id, number, page.lines, page.question)
        lessons.approve(session, instructor, lesson_id)
    return lesson_id


def _draw(module: CourseModule, path: Path) -> None:
    deck = Presentation()
    for page in module.page:
        slide = new_slide(deck, page.title, " ".join(page.lines), module.title)
        for at, line in enumerate(page.lines):
            words(slide, line, (0.8, 2.2 + at * 1.2, 8.4, 1.0), size=24)
    deck.save(str(path))
