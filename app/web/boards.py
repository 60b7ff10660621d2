"""The board and the spotlight of a class at the door, and a class as an instructor sees it from inside."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from app.classroom import service as classroom
from app.classroom.stage import board
from app.records.privacy import service as privacy
from app.web.access import Changer, Db, Person, address_of
from app.web.classes import Said, Sent
from app.web.pages import show

router = APIRouter()

MOST_EVENTS = 10**9
Seq = Annotated[int, Path(ge=1, le=MOST_EVENTS)]


@router.get("/classes/{class_id}/board/{seq}")
def board_item(session: Db, who: Person, class_id: UUID, seq: Seq) -> Response:
    """What was written on a board at a seq, as a fragment of HTML; it never changes."""
    fragment = board.render(classroom.board_item(session, who, class_id, seq))
    headers = {"Cache-Control": "private, max-age=86400"}
    return Response(fragment, media_type="text/html; charset=utf-8", headers=headers)


@router.post("/classes/{class_id}/board", status_code=202)
def write_board(session: Db, who: Changer, class_id: UUID, sent: Sent) -> Said:
    """An instructor with the floor writes: `kind` (text, formula, code, table), `text`, `language` of code."""
    item = board.item_of(sent.get("kind", ""), sent.get("text", ""), sent.get("language", ""))
    return Said(seq=classroom.write_board(session, who, class_id, item))


@router.post("/classes/{class_id}/own-board", status_code=202)
def write_own(session: Db, who: Changer, class_id: UUID, sent: Sent) -> Said:
    """A student writes on their own board: `kind`, `text` and `language` as for the class's."""
    item = board.item_of(sent.get("kind", ""), sent.get("text", ""), sent.get("language", ""))
    return Said(seq=classroom.write_own(session, who, class_id, item))


@router.post("/classes/{class_id}/own-board/{seq}/rub-out", status_code=204)
def rub_out(session: Db, who: Changer, class_id: UUID, seq: Seq) -> Response:
    """A student rubs something off their own board."""
    classroom.rub_out(session, who, class_id, seq)
    return Response(status_code=204)


@router.post("/classes/{class_id}/spotlight", status_code=202)
def spotlight(session: Db, who: Changer, class_id: UUID, sent: Sent) -> Said:
    """An instructor points at `left`, `top`, `width`, `height` of the slide (0 to 1); with none of them, no longer."""
    names = ("left", "top", "width", "height")
    left, top, width, height = (sent.get(name, "") for name in names)
    return Said(seq=classroom.spotlight(session, who, class_id, board.region_of(left, top, width, height)))


@router.get("/classes/{class_id}/inside")
def inside(
    request: Request, session: Db, who: Person, class_id: UUID, after: Annotated[int, Query(ge=0, le=MOST_EVENTS)] = 0
) -> Response:
    """The class from inside, for instructors of its course: who chose each turn, its prompt, its cost, the guard."""
    found = privacy.look_inside(session, who, class_id, after, address_of(request))
    return show(request, "classes/inside.html", inside=found)
