"""Consent is asked before a student's first page of a course, and again when a text has changed."""

from uuid import UUID

from fastapi import Request
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.errors import AppError
from app.records.privacy import service as privacy
from app.web.pages import wants_json


class AskFirst(AppError):
    """A student has not been asked yet what their records may be used for; the door leads to that page and back."""

    status = 403


def ask_first(request: Request, session: Session, who: Who, course_id: UUID) -> None:
    """Raise AskFirst for a student who has to be asked. Scripts are not held up: without a word the answer is no."""
    if not wants_json(request) and privacy.must_ask(session, who, course_id):
        raise AskFirst("Say first what your records in this course may be used for.")
