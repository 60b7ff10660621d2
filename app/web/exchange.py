"""Import and export: a course's page for both, what was found in a question bank, and files to take away."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import FileResponse, Response
from sqlalchemy.orm import Session

from app.accounts.schema import CourseRole, Who
from app.assessment import service as assessment
from app.assessment.banks.schema import FORMAT_WORDS, Fate
from app.base.errors import Invalid, NotFound
from app.base.settings import get_settings
from app.courses import service as courses
from app.courses.schema import CourseView
from app.exchange import lesson_files, moving, outline, questions
from app.exchange import service as exchange
from app.exchange.schema import (
    Decision,
    LessonForm,
    QuestionForm,
    QuestionsReport,
    TransferKind,
    TransferLine,
    TransferView,
)
from app.inference import service as inference
from app.inference.schema import Role
from app.lessons import service as lessons
from app.web.access import Changer, Db, Person, Sent, text, texts
from app.web.item_forms import KIND_WORDS
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)
Field = Annotated[str, Form()]
KINDS = {
    TransferKind.QUESTIONS_IN: "Questions in",
    TransferKind.QUESTIONS_OUT: "Questions out",
    TransferKind.COURSE_IN: "Course in",
    TransferKind.COURSE_OUT: "Course out",
    TransferKind.LESSON_OUT: "Lesson out",
    TransferKind.OUTLINE: "Outline",
}
STATES = {
    "waiting": ("Waiting", "busy"),
    "working": ("Under way", "busy"),
    "review": ("Waits for you", "warn"),
    "done": ("Done", "good"),
    "failed": ("Did not work", "bad"),
    "cancelled": ("Called off", ""),
}
FATES = {Fate.TAKEN: ("Whole", "good"), Fate.CHANGED: ("With losses", "warn"), Fate.DROPPED: ("Left out", "bad")}


def _values(session: Session, course: CourseView) -> dict[str, object]:
    return {
        "course": course,
        "lines": exchange.listing(session, course.id),
        "typed": {"topic": "", "wishes": "", "pages": "8", "module_id": ""},
        "kinds": KINDS,
        "states": STATES,
        "lessons": lessons.lessons_of(session, course.id),
        "questions": sum(not one.withdrawn for one in assessment.items_of(session, course.id)),
    }


@router.get("/courses/{course_id}/exchange")
def exchange_page(request: Request, session: Db, who: Person, course_id: UUID) -> Response:
    """What can be brought into a course and taken out of it, and what was lately."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    return show(request, "exchange/course.html", **_values(session, course), trouble="", status=200)


@router.post("/courses/{course_id}/exchange/questions")
def questions_in(session: Db, who: Changer, course_id: UUID, bank: Annotated[UploadFile, File()]) -> Response:
    """Have a question bank read."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    with form("exchange/course.html", **_values(session, course)):
        if not bank.filename:
            raise Invalid("Choose a file first: GIFT, Moodle XML, QTI, or a Common Cartridge.")
        made = questions.ask_in(session, who, course_id, bank.filename, bank.file)
    return go(f"/transfers/{made}", "import-begun")


@router.post("/courses/{course_id}/exchange/questions-out")
def questions_out(session: Db, who: Changer, course_id: UUID, written: Annotated[QuestionForm, Form()]) -> Response:
    """Have the course's questions written to a file."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    with form("exchange/course.html", **_values(session, course)):
        made = questions.ask_out(session, who, course_id, written)
    return go(f"/transfers/{made}", "export-begun")


@router.post("/courses/{course_id}/exchange/course-out")
def course_out(session: Db, who: Changer, course_id: UUID) -> Response:
    """Have the whole course written to one file."""
    courses.access_course(session, who, course_id, *TEACHING)
    return go(f"/transfers/{moving.ask_out(session, who, course_id)}", "export-begun")


@router.post("/courses/{course_id}/exchange/topic")
def topic(
    session: Db,
    who: Changer,
    course_id: UUID,
    topic: Field = "",
    wishes: Field = "",
    pages: Field = "8",
    module_id: Field = "",
) -> Response:
    """Have an outline written for a lesson that has no deck."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    typed = {"topic": topic, "wishes": wishes, "pages": pages, "module_id": module_id}
    with form("exchange/course.html", **{**_values(session, course), "typed": typed}):
        count = int(pages) if pages.isdecimal() and len(pages) < 4 else 0
        module = _uuid(module_id) if module_id else None
        made = outline.ask(session, who, course_id, topic, wishes, count, module)
    return go(f"/transfers/{made}", "outline-begun")


@router.post("/transfers/{transfer_id}/lay-out")
def lay_out(session: Db, who: Changer, transfer_id: UUID, markdown: Field = "") -> Response:
    """Make slides and a lesson of an outline as its instructor left it."""
    view = exchange.access(session, who, transfer_id)
    with form("exchange/transfer.html", **{**_of(session, who, view), "markdown": markdown}):
        lesson_id = outline.lay_out(session, who, transfer_id, markdown)
    return go(f"/lessons/{lesson_id}")


@router.post("/courses/{course_id}/exchange/lesson-out")
def lesson_out(
    session: Db,
    who: Changer,
    course_id: UUID,
    lesson_id: Annotated[UUID, Form()],
    written: Annotated[LessonForm, Form()],
) -> Response:
    """Have a lesson written to a file."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    with form("exchange/course.html", **_values(session, course)):
        made = lesson_files.ask_out(session, who, lesson_id, written)
    return go(f"/transfers/{made}", "export-begun")


@router.get("/exchange/courses")
def courses_page(request: Request, session: Db, who: Person) -> Response:
    """Bring a course in, for those who may make one."""
    return show(request, "exchange/courses.html", status=200, trouble="", **_own_values(session, who))


def _own_values(session: Session, who: Who) -> dict[str, object]:
    if not who.may_author:
        raise NotFound
    limit = get_settings().course_bytes // 2**20
    return {"lines": exchange.own_listing(session, who), "kinds": KINDS, "states": STATES, "limit": limit}


@router.post("/exchange/courses")
def course_in(session: Db, who: Changer, file: Annotated[UploadFile, File()]) -> Response:
    """Have a portable file made a course."""
    with form("exchange/courses.html", **_own_values(session, who)):
        if not file.filename:
            raise Invalid("Choose a file first: a course that was taken out of Lyceum, ending in .lyceum.zip.")
        made = moving.ask_in(session, who, file.filename, file.file)
    return go(f"/transfers/{made}", "course-begun")


# ------------------------------------------------------------------------------------------------------- a transfer


@router.get("/transfers/{transfer_id}.json")
def transfer_json(session: Db, who: Person, transfer_id: UUID) -> TransferLine:
    """Where a transfer stands, for the page's script."""
    return exchange.line(session, who, transfer_id)


@router.get("/transfers/{transfer_id}")
def transfer_page(request: Request, session: Db, who: Person, transfer_id: UUID) -> Response:
    """How a transfer goes; then what was found, to decide about, or what came of it."""
    view = exchange.access(session, who, transfer_id)
    return show(request, "exchange/transfer.html", status=200, trouble="", **_of(session, who, view))


def _of(session: Session, who: Who, view: TransferView) -> dict[str, object]:
    course = courses.access_course(session, who, view.course_id) if view.course_id else None
    bank = view.report.bank if isinstance(view.report, QuestionsReport) else None
    return {
        "transfer": view,
        "report": view.report,
        "markdown": getattr(view.report, "markdown", ""),
        "author": inference.known_model(Role.AUTHOR) if view.kind is TransferKind.OUTLINE else "",
        "course": course,
        "kinds": KINDS,
        "states": STATES,
        "fates": FATES,
        "formats": FORMAT_WORDS,
        "item_kinds": KIND_WORDS,
        "answers": [assessment.right_answer(one.item) if one.item else "" for one in bank.found] if bank else [],
    }


@router.post("/transfers/{transfer_id}/decide")
def decide(session: Db, who: Changer, transfer_id: UUID, sent: Sent) -> Response:
    """Store the chosen questions."""
    view = exchange.access(session, who, transfer_id)
    with form("exchange/transfer.html", **_of(session, who, view)):
        module = text(sent, "module_id")
        decision = Decision(
            chosen=[int(one) for one in texts(sent, "chosen") if one.isdecimal() and len(one) < 6],
            module_id=_uuid(module) if module else None,
            with_components=bool(text(sent, "with_components")),
            with_links=bool(text(sent, "with_links")),
        )
        questions.decide(session, who, transfer_id, decision)
    return go(f"/transfers/{transfer_id}", "import-decided")


def _uuid(words: str) -> UUID:
    try:
        return UUID(words)
    except ValueError as error:
        raise Invalid("That module is not in this course. Reload the page and choose again.") from error


@router.post("/transfers/{transfer_id}/cancel")
def cancel(session: Db, who: Changer, transfer_id: UUID) -> Response:
    """Call a transfer off."""
    exchange.cancel(session, who, transfer_id)
    return go(f"/transfers/{transfer_id}", "transfer-off")


@router.get("/transfers/{transfer_id}/file")
def download(session: Db, who: Person, transfer_id: UUID) -> FileResponse:
    """The file that was made; always as a download, whatever it holds."""
    path, name = exchange.download(session, who, transfer_id)
    headers = {"Cache-Control": "private, no-store", "Content-Security-Policy": "sandbox; default-src 'none'"}
    return FileResponse(path, filename=name, media_type="application/octet-stream", headers=headers)
