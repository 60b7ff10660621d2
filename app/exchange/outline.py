"""A lesson on a topic without a deck: the author model writes an outline, a person edits it, and it becomes slides.

The outline is Markdown, a page a heading; what the instructor approves of it is read like any other document.
"""

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, Field, create_model
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.errors import Invalid
from app.base.marks import data
from app.base.prompts import fill
from app.base.text import clean_text, shorten
from app.courses import service as courses
from app.exchange.markdown import escape
from app.exchange.questions import plain_stem
from app.exchange.schema import OutlineReport, TransferKind, TransferState
from app.exchange.transfers import add, opened_for_review
from app.exchange.working import Work
from app.inference.accounting import account
from app.inference.schema import ModelJunk, ModelUnavailable, Prompt, Role
from app.inference.service import draft
from app.lessons import service as lessons

PROMPTS = Path(__file__).with_name("prompts")
TOPIC, WISHES = 160, 600
LEAST, MOST = 3, 20
POINT_LENGTH, TITLE_LENGTH = 240, 90
MARKDOWN_LENGTH = 60_000
TOKENS_A_PAGE = 110
JUNK = "The language model's outline could not be used, so this is a frame to be filled."
AWAY = "The language model did not answer, so this is a frame to be filled."


class OutlinePage(BaseModel):
    """One page: a title and its points."""

    title: str
    points: list[str] = Field(min_length=2, max_length=5)


class Outline(BaseModel):
    """What the author model is asked for; also the JSON schema of its reply."""

    pages: list[OutlinePage]


def ask(
    session: Session, who: Who, course_id: UUID, topic: str, wishes: str, pages: int, module_id: UUID | None
) -> UUID:
    """Have an outline written. NotFound for those who do not teach the course, Invalid for a topic that is none."""
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    name = " ".join(clean_text(topic).split())
    if not name or len(name) > TOPIC:
        raise Invalid(f"Name the topic in 1 to {TOPIC} characters, such as: How plants drink.")
    if not LEAST <= pages <= MOST:
        raise Invalid(f"A lesson on a topic has {LEAST} to {MOST} pages.")
    modules = courses.access_course(session, who, course_id).modules
    if module_id is not None and module_id not in {one.id for one in modules}:
        raise Invalid("That module is not in this course. Reload the page and choose again.")
    report = OutlineReport(pages=pages, wishes=shorten(clean_text(wishes), WISHES), module_id=module_id)
    return add(session, who, TransferKind.OUTLINE, report, course_id=course_id, name=name)


def write(work: Work) -> None:
    """The job: an outline to look at, from the model or, where it has nothing usable, a frame to be filled."""
    report = work.view.report
    assert isinstance(report, OutlineReport)
    topic = work.view.name
    work.tell("Writing the outline", 0, 1)
    try:
        prompt = Prompt(
            system=fill(PROMPTS, "outline_system.txt.j2"),
            turn=fill(
                PROMPTS,
                "outline_turn.txt.j2",
                topic=data(topic, TOPIC),
                wishes=data(report.wishes, WISHES),
                pages=report.pages,
            ),
        )
        tokens = 120 + TOKENS_A_PAGE * report.pages
        with account(work.hold.lost.is_set, reuse=True, keep=True):
            found, _ = draft(
                Role.AUTHOR, prompt, _form(report.pages), about=work.id, max_tokens=tokens, check=complaint
            )
        markdown, fallback = _markdown(topic, found.pages), ""
    except (ModelJunk, ModelUnavailable) as trouble:
        fallback = AWAY if isinstance(trouble, ModelUnavailable) else JUNK
        markdown = _markdown(topic, _frame(topic, report.pages))
    work.end(report.model_copy(update={"markdown": markdown, "fallback": fallback}), TransferState.REVIEW)


@lru_cache(maxsize=MOST)
def _form(count: int) -> type[Outline]:
    """The reply's schema with exactly `count` pages."""
    pages = (list[OutlinePage], Field(min_length=count, max_length=count))
    form: type[Outline] = create_model("Outline", __base__=Outline, pages=pages)
    return form


def complaint(outline: Outline) -> str:
    """What is wrong with an outline, or ""."""
    titles = [" ".join(one.title.split()).casefold() for one in outline.pages]
    if not all(titles) or len(set(titles)) < len(titles):
        return "Each page needs a title of its own."
    points = [" ".join(point.split()).casefold() for one in outline.pages for point in one.points]
    if not all(points):
        return "A point is empty."
    if len(set(points)) < 0.8 * len(points):
        return "Too many points are said twice."
    return ""


def _markdown(topic: str, pages: list[OutlinePage]) -> str:
    parts = [f"# {escape(topic)}"]
    for page in pages:
        points = "\n".join(f"- {escape(shorten(point, POINT_LENGTH))}" for point in page.points)
        parts += [f"## {escape(shorten(page.title, TITLE_LENGTH))}", points]
    return "\n\n".join(parts) + "\n"


def _frame(topic: str, count: int) -> list[OutlinePage]:
    """Headings with questions to be answered: nothing is made up."""
    first = OutlinePage(
        title=f"{topic}: what it is", points=["Say in a sentence what it is.", "Say where one meets it."]
    )
    last = OutlinePage(title="In short", points=["Say the three things to remember.", "Say what comes next."])
    inner = [
        OutlinePage(title=f"Part {at}", points=[f"Say what part {at} is about.", "Give an example."])
        for at in range(1, count - 1)
    ]
    return [first, *inner, last]


def lay_out(session: Session, who: Who, transfer_id: UUID, markdown: str) -> UUID:
    """Make slides and a lesson of the outline as a person approves it; returns the lesson. Raises Invalid for none."""
    row = opened_for_review(session, who, transfer_id, TransferKind.OUTLINE)
    report = OutlineReport.model_validate(row.report)
    text = clean_text(markdown).replace("\r\n", "\n").strip()
    if not text:
        raise Invalid("The outline is empty. Write at least a heading (# Title) and a point (- A point).")
    if len(text) > MARKDOWN_LENGTH:
        raise Invalid(f"An outline may have {MARKDOWN_LENGTH:,} characters; shorten it.")
    course_id = row.course_id
    assert course_id is not None
    module_id = report.module_id or courses.access_course(session, who, course_id).modules[0].id
    name = f"{plain_stem(row.name)}.md"
    material_id = courses.add_material(session, who, course_id, name, BytesIO(text.encode()))
    lesson_id = lessons.start(session, who, module_id, material_id, row.name)
    done = report.model_copy(update={"markdown": text, "lesson_id": lesson_id})
    row.report, row.status = done.model_dump(mode="json"), TransferState.DONE.value
    return lesson_id
