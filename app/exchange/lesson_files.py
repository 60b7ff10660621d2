"""Lessons out: PPTX with notes, a PDF handout, Markdown, and a page that plays by itself."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import unit_of_work
from app.base.errors import NotFound
from app.base.files import write_whole
from app.courses import service as courses
from app.exchange import handout, markdown, player, slides
from app.exchange.book import DRAFT, Book, gather
from app.exchange.questions import plain_stem
from app.exchange.schema import FileReport, LessonForm, TransferKind
from app.exchange.transfers import add, file_out
from app.exchange.working import Work
from app.lessons.models import Lesson


def ask_out(session: Session, who: Who, lesson_id: UUID, form: LessonForm) -> UUID:
    """Have a lesson written to a file. NotFound for those who do not teach it, Conflict where it has no words yet."""
    lesson = session.get(Lesson, lesson_id)
    if lesson is None:
        raise NotFound
    accounts.require(session, who, lesson.course_id, CourseRole.INSTRUCTOR)
    gather(session, lesson_id, "")
    return add(
        session,
        who,
        TransferKind.LESSON_OUT,
        FileReport(),
        course_id=lesson.course_id,
        lesson_id=lesson_id,
        form=form.value,
        name=lesson.title,
    )


def take_out(work: Work) -> None:
    """The job: gather the lesson and write it."""
    lesson_id, course_id, form = work.view.lesson_id, work.view.course_id, LessonForm(work.view.form)
    assert lesson_id is not None
    assert course_id is not None
    with unit_of_work() as session:
        book = gather(session, lesson_id, courses.access_course(session, work.who, course_id).title)
    content, notes = written(book, form, work.tell)
    write_whole(file_out(work.id), content)
    name = f"{plain_stem(book.title)}.{form.value}"
    notes = notes if book.version else [DRAFT, *notes]
    work.end(FileReport(filename=name, bytes=len(content), notes=notes), name=name)


def written(book: Book, form: LessonForm, tell: slides.Tell) -> tuple[bytes, list[str]]:
    """The lesson in a form, and sentences about what is not in it."""
    if form is LessonForm.PPTX:
        return slides.write(book, tell)
    if form is LessonForm.PDF:
        return handout.write(book, tell)
    if form is LessonForm.MARKDOWN:
        return markdown.write(book).encode(), []
    return player.write(book, tell).encode(), []
