"""A question that a class puts at a gate, at the door: how it is shown, and how it is answered."""

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.assessment.documents import Question
from app.classroom import service as classroom
from app.classroom.people.answering import Given
from app.web.access import Changer, Db, Person, Sent, text
from app.web.answers import response_of
from app.web.boards import Seq
from app.web.pages import show

router = APIRouter()


@router.get("/classes/{class_id}/items/{seq}")
def item(request: Request, session: Db, who: Person, class_id: UUID, seq: Seq) -> Response:
    """The question put at a seq as a fragment of HTML: to be answered, or with what this person answered."""
    put = classroom.asked_item(session, who, class_id, seq)
    view = classroom.access_class(session, who, class_id)
    return show(
        request,
        "classes/item.html",
        put=put,
        question=Question(view=put.view),
        action=f"/classes/{class_id}/items/{seq}",
        may_answer=put.is_open and put.given is None and not view.is_instructor,
    )


@router.post("/classes/{class_id}/items/{seq}")
def answer(session: Db, who: Changer, class_id: UUID, seq: Seq, sent: Sent) -> Given:
    """Answer it, or say that one does not know; sent twice, or from two tabs, the first answer stands."""
    response = response_of(sent, classroom.asked_view(session, who, class_id, seq))
    return classroom.answer(session, who, class_id, seq, response, passes=bool(text(sent, "pass")))
