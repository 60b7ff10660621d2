"""The item bank: a course's questions, listed, written, previewed and withdrawn by its instructors."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from app.accounts.schema import CourseRole, Who
from app.assessment import service as assessment
from app.assessment.documents import Question
from app.assessment.schema import ItemCard, Kind
from app.base.errors import NotFound
from app.courses import service as courses
from app.courses.schema import CourseView
from app.web.access import Changer, Db, Person, Sent, text
from app.web.item_forms import KIND_WORDS, ItemForm, form_of, item_from, padded, read_form
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter()

TEACHING = (CourseRole.INSTRUCTOR,)


@router.get("/courses/{course_id}/items")
def bank(request: Request, session: Db, who: Person, course_id: UUID, component: str = "") -> Response:
    """All questions of the course, or those about one component."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    cards = assessment.items_of(session, course_id)
    shown = [one for one in cards if not component or component in one.components]
    return show(
        request,
        "assessment/bank.html",
        course=course,
        cards=shown,
        total=len(cards),
        component=component,
        components=assessment.components_of(session, course_id),
        kinds=KIND_WORDS,
    )


@router.get("/courses/{course_id}/items/new")
def new_item_page(request: Request, session: Db, who: Person, course_id: UUID, kind: str = "single") -> Response:
    """The form for a new question of one kind."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    return show(
        request, "assessment/item.html", status=200, **_shown(session, course, padded(ItemForm(kind=_kind(kind))))
    )


def _kind(name: str) -> Kind:
    if name not in list(Kind):
        raise NotFound
    return Kind(name)


def _shown(session: Session, course: CourseView, typed: ItemForm, item_id: UUID | None = None) -> dict[str, object]:
    """What the form's page is given, without the trouble."""
    return {
        "course": course,
        "typed": typed,
        "item_id": item_id,
        "kinds": KIND_WORDS,
        "components": assessment.components_of(session, course.id),
        "card": None,
        "preview": None,
        "trouble": "",
    }


@router.post("/courses/{course_id}/items/new")
def new_item(session: Db, who: Changer, course_id: UUID, sent: Sent) -> Response:
    """Put a question into the bank."""
    course = courses.access_course(session, who, course_id, *TEACHING)
    typed = read_form(_kind(text(sent, "kind")), sent)
    values = _shown(session, course, typed)
    del values["trouble"]
    with form("assessment/item.html", **values):
        item_id = assessment.add_item(session, who, course_id, item_from(typed), typed.module_id, typed.names)
    return go(f"/items/{item_id}", "item-made")


@router.get("/items/{item_id}")
def item_page(request: Request, session: Db, who: Person, item_id: UUID) -> Response:
    """A question to edit, and how students see it."""
    card = assessment.access_item(session, who, item_id)
    return show(request, "assessment/item.html", status=200, **_of_item(session, who, card, form_of(card)))


def _of_item(session: Session, who: Who, card: ItemCard, typed: ItemForm) -> dict[str, object]:
    course = courses.access_course(session, who, card.course_id, *TEACHING)
    values = _shown(session, course, typed, card.id)
    preview = Question(view=assessment.view_of(card.version_id, card.item, who.id), withdrawn=card.withdrawn)
    return {**values, "card": card, "preview": preview, "right": assessment.right_answer(card.item)}


@router.post("/items/{item_id}")
def edit_item(session: Db, who: Changer, item_id: UUID, sent: Sent) -> Response:
    """Keep a question as it was changed: a new version."""
    card = assessment.access_item(session, who, item_id)
    typed = read_form(card.item.kind, sent)
    values = _of_item(session, who, card, typed)
    del values["trouble"]
    with form("assessment/item.html", **values):
        item = item_from(typed)
        assessment.edit_item(session, who, item_id, item, typed.version, typed.module_id, typed.names)
    return go(f"/items/{item_id}", "item-saved")


@router.post("/items/{item_id}/withdraw")
def withdraw(session: Db, who: Changer, item_id: UUID, sent: Sent) -> Response:
    """Take a question out of use for good."""
    assessment.withdraw_item(session, who, item_id, text(sent, "why"))
    return go(f"/items/{item_id}", "item-withdrawn")
