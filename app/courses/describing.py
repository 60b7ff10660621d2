"""The descriptions of pages as rows, and the job that makes one: the model is asked between two short transactions.

A description holds as long as the page's words do (`stamp`). It is made before a page is written, or when an instructor
asks for it anew; `asked_at` then says that it waits, so that a lost bell is rung again.
"""

import base64
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.base.db import now, unit_of_work
from app.base.queue import ring_after_commit
from app.base.text import shorten
from app.courses.description import (
    Description,
    Seen,
    SeenCheck,
    Source,
    View,
    by_rule,
    glimpse,
    prompt,
    stamp,
    way,
)
from app.courses.models import Material, PageDescription, PageRow, PassageRow
from app.courses.pages import page as page_of
from app.courses.pages import pages as pages_of
from app.courses.pages import picture
from app.courses.passages import LAST
from app.courses.rasters import jpeg
from app.inference.schema import ModelJunk, ModelUnavailable, Role
from app.inference.service import draft, embed, model_name, takes_pictures

BELL = "write.describe"
AGAIN = timedelta(seconds=60)
MOST_TOKENS = 220
PIXELS = 1024
"""The width of the picture that is sent: small type stays readable, and a page costs about a thousand tokens."""
SEEN = "What the picture shows, as {model} describes it: {text}"
LONGEST_PASSAGE = 480

GONE = "The language model did not answer."
JUNK = "The model's words for this page did not hold against it, twice."
UNDRAWN = "The page's picture could not be drawn for the model, so that only its words were read."


def describe(page_id: UUID, *, must: bool = False) -> None:
    """Describe a page unless its description still holds. Safe to run twice; a model that is away leaves the
    description by rule, and the next call tries again. Raises ModelUnavailable instead if the model `must` be heard.
    """
    with unit_of_work() as session:
        view = _view(session, page_id)
        source = way(view.page, takes_pictures(Role.READER)) if view else Source.RULE
        row = session.get(PageDescription, page_id)
        if view is None or (row and row.asked_at is None and row.stamp == stamp(view.page, source)):
            return
        drawn = picture(session, row_material(session, page_id), view.page.number) if source is Source.PICTURE else None
    seen = jpeg(drawn.path, PIXELS) if drawn else None
    made = _made(view, source, seen, must)
    marked = "" if made.reason == GONE else stamp(view.page, source)
    text = shorten(SEEN.format(model=made.model, text=made.text), LONGEST_PASSAGE)
    vector = embed([text])[0] if made.source is Source.PICTURE else []
    with unit_of_work() as session:
        _keep(session, page_id, made, marked)
        _make_findable(session, page_id, text, vector)


def undescribed_pages(session: Session, material_id: UUID) -> list[tuple[UUID, int]]:
    """The pages of a deck, with their numbers, that a model is to describe and has not, or not as they are now."""
    sees = takes_pictures(Role.READER)
    rows = {row.page_id: row for row in session.scalars(_of(material_id))}
    found = []
    for page in pages_of(session, material_id):
        source, row = way(page, sees), rows.get(page.id)
        if source is not Source.RULE and (row is None or row.stamp != stamp(page, source)):
            found.append((page.id, page.number))
    return found


def _of(material_id: UUID) -> Select[PageDescription]:
    return select(PageDescription).where(PageDescription.material_id == material_id)


def row_material(session: Session, page_id: UUID) -> UUID:
    """The deck of a page that is there."""
    return session.scalars(select(PageRow.material_id).where(PageRow.id == page_id)).one()


def _view(session: Session, page_id: UUID) -> View | None:
    row = session.get(PageRow, page_id)
    if row is None:
        return None
    material = session.get_one(Material, row.material_id)
    known = {one.page: one.text for one in descriptions(session, row.material_id).values() if one.is_new}
    near = session.execute(
        select(PageRow.number, PageRow.title, func.left(PageRow.text, 400)).where(
            PageRow.material_id == row.material_id, PageRow.number.in_([row.number - 1, row.number + 1])
        )
    )
    told = {number: known.get(number) or glimpse(title, text) for number, title, text in near}
    total = session.scalar(select(func.count()).where(PageRow.material_id == row.material_id)) or 0
    beside = {"before": told.get(row.number - 1, ""), "after": told.get(row.number + 1, "")}
    return View(page=page_of(session, page_id), deck=material.filename.rpartition(".")[0], total=total, **beside)


def _made(view: View, source: Source, seen: bytes | None, must: bool) -> Description:
    """The model's description, or the one by rule with the reason."""
    page = view.page
    plain = Description(page=page.number, text=by_rule(page), source=Source.RULE)
    undrawn = source is Source.PICTURE and seen is None
    if undrawn:
        source = Source.TEXT if page.text else Source.RULE
    if source is Source.RULE:
        return plain.model_copy(update={"reason": UNDRAWN if undrawn else "", "fallback": undrawn})
    check = SeenCheck(page, source)
    pictures = (f"data:image/jpeg;base64,{base64.b64encode(seen).decode()}",) if seen else ()
    asked = prompt(view, pictures)
    try:
        _, reply = draft(Role.READER, asked, Seen, about=page.id, max_tokens=MOST_TOKENS, check=check)
    except ModelUnavailable:
        if must:
            raise
        return plain.model_copy(update={"fallback": True, "reason": GONE})
    except ModelJunk:
        return plain.model_copy(update={"fallback": True, "reason": JUNK})
    return Description(
        page=page.number,
        text=check.text(),
        source=source,
        reason=UNDRAWN if undrawn else "",
        model=reply.model or model_name(Role.READER),
        call_id=reply.call_id,
    )


def _keep(session: Session, page_id: UUID, made: Description, marked: str) -> None:
    page = session.get(PageRow, page_id)
    if page is None:
        return
    told = made.model_dump(exclude={"page"}) | {"source": made.source.value, "stamp": marked}
    told |= {"asked_at": None, "made_at": now()}
    place = {"page_id": page_id, "material_id": page.material_id}
    write = insert(PageDescription).values(**place, **told)
    session.execute(write.on_conflict_do_update(index_elements=["page_id"], set_=told))


def _make_findable(session: Session, page_id: UUID, text: str, vector: list[float]) -> None:
    """What a picture shows can be found, and rested on, as the model's words that it is."""
    own = PassageRow.page_id == page_id
    kept = session.scalar(select(PassageRow.text).where(own, PassageRow.described))
    if vector and kept == text:
        return
    session.execute(delete(PassageRow).where(own, PassageRow.described))
    page = session.get(PageRow, page_id)
    if vector and page is not None:
        place = {"page_id": page_id, "material_id": page.material_id, "page_number": page.number}
        session.add(PassageRow(**place, position=LAST, text=text, embedding=vector, described=True))


# -------------------------------------------------------------------------------------------------------- for others


def descriptions(session: Session, material_id: UUID) -> dict[int, Description]:
    """What is known of a deck's pages, by page."""
    query = (
        select(PageDescription, PageRow.number)
        .join(PageRow, PageRow.id == PageDescription.page_id)
        .where(PageDescription.material_id == material_id)
    )
    return {number: _description(row, number) for row, number in session.execute(query)}


def description_of(session: Session, page_id: UUID) -> Description | None:
    """What is known of one page."""
    row, page = session.get(PageDescription, page_id), session.get(PageRow, page_id)
    return _description(row, page.number) if row and page else None


def _description(row: PageDescription, number: int) -> Description:
    return Description.model_validate({**{name: getattr(row, name) for name in _TOLD}, "page": number})


_TOLD = ("text", "source", "fallback", "reason", "model", "call_id")


def ask_again(session: Session, material_id: UUID) -> None:
    """Have all pages of a deck described anew; what there is stays until then. The caller has checked who asks."""
    query = select(PageRow.id).where(PageRow.material_id == material_id).order_by(PageRow.number)
    for page_id in session.scalars(query).all():
        plain = by_rule(page_of(session, page_id))
        row = {"page_id": page_id, "material_id": material_id, "text": plain, "source": Source.RULE.value, "stamp": ""}
        write = insert(PageDescription).values(**row, asked_at=now(), made_at=now(), **_NOTHING)
        session.execute(write.on_conflict_do_update(index_elements=["page_id"], set_={"asked_at": now()}))
        ring_after_commit(session, BELL, page_id)


_NOTHING = {"fallback": False, "reason": "", "model": ""}


def waiting(session: Session, material_id: UUID) -> int:
    """How many pages of a deck wait to be described anew."""
    asked = PageDescription.asked_at.is_not(None)
    return session.scalar(select(func.count()).where(PageDescription.material_id == material_id, asked)) or 0


def undescribed(session: Session) -> list[UUID]:
    """Pages for the clock to ring for: they have waited for a minute. Takes the bell as rung."""
    old = PageDescription.asked_at < now() - AGAIN
    late = list(session.scalars(select(PageDescription.page_id).where(old).limit(100)))
    session.execute(update(PageDescription).where(PageDescription.page_id.in_(late)).values(asked_at=now()))
    return late
