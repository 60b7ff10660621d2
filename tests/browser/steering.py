"""Classes into which only a test and its student append: no worker runs beside them."""

from uuid import UUID

from playwright.sync_api import Page, expect

from app.base.db import new_id, unit_of_work
from app.classroom import service as classroom
from app.classroom.log.writing import OpenLog
from app.classroom.schema import Body, ClassEvent, Draft, Kind, Voice

LONG = "A leaf makes sugar from light, and it does so the whole day long while the sun is up. " * 8


def append(class_id: UUID, *drafts: Draft) -> list[int]:
    with unit_of_work() as session:
        log = OpenLog.lock(session, class_id)
        return [log.append(draft).seq for draft in drafts]


def said(voice: Voice, text: str, **more: object) -> list[Draft]:
    """A turn begun and said in one breath."""
    body = Body(turn=new_id(), page=1)
    spoken = body.model_copy(update={"text": text, **more})
    return [Draft(kind=Kind.TURN, voice=voice, body=body), Draft(kind=Kind.SAID, voice=voice, body=spoken)]


def log_of(class_id: UUID) -> list[ClassEvent]:
    with unit_of_work() as session:
        return classroom.events_after(session, class_id, 0)


def shown(page: Page, class_id: UUID) -> Page:
    page.goto(f"/classes/{class_id}")
    expect(page.locator(".doing-text")).not_to_be_empty()
    return page
