"""The audit log for admins: a page with a filter, and CSV."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from app.base.db import unit_of_work
from app.base.errors import Invalid
from app.records.privacy import service as privacy
from app.records.privacy.schema import What
from app.web.access import Db, Person, address_of
from app.web.pages import show

router = APIRouter()


def _midnight(given: str, days: int = 0) -> datetime | None:
    """The beginning of a day as written (2026-11-22), in UTC, or so many days after; None for nothing."""
    if not given.strip():
        return None
    try:
        day = datetime.fromisoformat(given.strip()).date()
    except ValueError as error:
        raise Invalid("Give days like 2026-11-22, or leave them empty.") from error
    return datetime.combine(day, time(), UTC) + timedelta(days=days)


@router.get("/admin/audit")
def audit_page(
    request: Request,
    session: Db,
    who: Person,
    person: str = "",
    since: str = "",
    until: str = "",
    before: UUID | None = None,
) -> Response:
    """The log, newest first. `until` is the last day that is shown."""
    page = privacy.audit_log(session, who, person, _midnight(since), _midnight(until, days=1), before)
    privacy.note(session, who, What.AUDIT, details="page", address=address_of(request))
    asked = {"person": person, "since": since, "until": until}
    older = urlencode({**asked, "before": str(page.older)}) if page.older else ""
    return show(request, "privacy/audit.html", lines=page.lines, asked=asked, query=urlencode(asked), older=older)


@router.get("/admin/audit.csv")
def audit_csv(
    request: Request, session: Db, who: Person, person: str = "", since: str = "", until: str = ""
) -> StreamingResponse:
    """The same lines as CSV, sent while they are read."""
    first, last = _midnight(since), _midnight(until, days=1)
    privacy.audit_log(session, who, person, first, last)  # nobody but an admin comes past this
    privacy.note(session, who, What.AUDIT, details="CSV", address=address_of(request))

    def lines() -> Iterator[str]:
        with unit_of_work() as reading:
            yield from privacy.audit_csv(reading, who, person, first, last)

    headers = {"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)
