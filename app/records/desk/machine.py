"""A language model of role "coder" codes the sample of a project: a job that may be killed, run twice or cancelled.

The claim is an id on the project's row. Each utterance is read in one short transaction, put to the model with none
open, and its code stored in another, if the claim still stands. After some utterances the job rings for itself, so
that others get their turn. What people see is guarded elsewhere: nobody sees these codes before handing in.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, Field, create_model
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.base.db import new_id, now, unit_of_work
from app.base.errors import Conflict
from app.base.marks import data
from app.base.prompts import fill
from app.base.queue import ring_after_commit
from app.base.settings import get_settings
from app.inference import service as inference
from app.inference.schema import ModelJunk, ModelUnavailable, Prompt, Role
from app.records.desk.coding import MODEL, access_project, line_of, neighbours, newest_codes, positions_of, units_of
from app.records.desk.coding_schema import Line
from app.records.desk.filtering import Told
from app.records.desk.models import CodingCode, CodingProject, CodingUnit
from app.records.desk.reading import Shown
from app.records.desk.schema import DESK, Reader
from app.records.desk.schemes import CANNOT, Scheme, scheme_named

log = logging.getLogger(__name__)

PROMPTS = Path(__file__).parent / "prompts"
TASK = "write.coding"
AT_ONCE = 20
"""Utterances a job codes before it makes way for other work."""
MOST_FAILURES = 6
BACK_OFF_SECONDS = 8
"""After the model's first silence; doubled after each further one."""
QUEUED = timedelta(seconds=60)
TOKENS = 90
LONGEST_REASON = 100
UTTERANCE, CONTEXT = 1200, 400
"""At most so many characters of what is coded, and of what stands around it."""
WAITING, RUNNING, DONE, CANCELLED, FAILED = "waiting", "running", "done", "cancelled", "failed"


class Coded(BaseModel):
    """What the model answers. To say first what the utterance does helps a small model to code it; it is not kept."""

    does: str = ""
    code: str


@dataclass(frozen=True)
class Work:
    """One utterance for the model, under a claim."""

    project_id: UUID
    claim: UUID
    unit_id: UUID
    scheme: Scheme
    prompt: Prompt


def start_model(session: Session, who: Who, project_id: UUID) -> None:
    """Have the model code what it has not coded yet. Raises Conflict while it is at it."""
    row, _ = access_project(session, who, project_id)
    session.refresh(row, with_for_update=True)
    if row.model_status in (WAITING, RUNNING):
        raise Conflict("The model is coding already.")
    row.model_status, row.model_claim, row.model_failures, row.model_until = WAITING, None, 0, now() + QUEUED
    ring_after_commit(session, TASK, row.id)


def cancel_model(session: Session, who: Who, project_id: UUID) -> None:
    """Have the model stop; what it coded stays, and it may go on later."""
    row, _ = access_project(session, who, project_id)
    session.refresh(row, with_for_update=True)
    if row.model_status in (WAITING, RUNNING):
        row.model_status, row.model_claim, row.model_until = CANCELLED, None, None


def code_with_model(project_id: UUID) -> None:
    """The job. Safe to run twice; what is left over at its end is rung for again."""
    claim = _claim(project_id)
    if claim is None:
        return
    for _ in range(AT_ONCE):
        work = _next(project_id, claim)
        if work is None:
            return
        try:
            code, model, note = _ask(work)
        except ModelUnavailable:
            _wait(project_id, claim)
            return
        _store(work, code, model, note)
    with unit_of_work() as session:
        if (row := _held(session, project_id, claim)) is not None:
            row.model_status, row.model_claim, row.model_until = WAITING, None, now() + QUEUED
            ring_after_commit(session, TASK, row.id)


def overdue(session: Session) -> list[UUID]:
    """Projects for the clock to ring for: waiting with no bell on its way, or their worker went silent."""
    query = select(CodingProject).where(
        CodingProject.model_status.in_((WAITING, RUNNING)),
        or_(CodingProject.model_until.is_(None), CodingProject.model_until < now()),
    )
    rows = session.scalars(query.limit(50).with_for_update(skip_locked=True)).all()
    for row in rows:
        row.model_status, row.model_claim, row.model_until = WAITING, None, now() + QUEUED
    return [row.id for row in rows]


def _lease() -> timedelta:
    """How long one utterance may take: two tries of a patient call, and some."""
    return timedelta(seconds=2 * get_settings().author_total_seconds + 30)


def _claim(project_id: UUID) -> UUID | None:
    with unit_of_work() as session:
        row = session.get(CodingProject, project_id, with_for_update={"skip_locked": True})
        if row is None or row.model_status != WAITING:
            return None
        row.model_status, row.model_claim, row.model_until = RUNNING, new_id(), now() + _lease()
        return row.model_claim


def _held(session: Session, project_id: UUID, claim: UUID) -> CodingProject | None:
    """The row, locked, if this worker's claim still stands."""
    row = session.get(CodingProject, project_id, with_for_update=True)
    return row if row is not None and row.model_claim == claim else None


def _next(project_id: UUID, claim: UUID) -> Work | None:
    """The first utterance without a code of the model's; None when the claim is lost or all is done."""
    with unit_of_work() as session:
        row = _held(session, project_id, claim)
        if row is None:
            return None
        coded = newest_codes(session, row.id, MODEL).get(MODEL, {})
        left = [position for position in positions_of(session, row) if position not in coded]
        if not left:
            row.model_status, row.model_claim, row.model_until = DONE, None, None
            return None
        row.model_until = now() + _lease()
        (unit, one), *_ = units_of(session, row, left[0])
        return _work(session, row, claim, unit, one)


def _work(session: Session, row: CodingProject, claim: UUID, unit: CodingUnit, one: Told) -> Work:
    scheme = scheme_named(row.scheme)
    show = Shown(session, Reader(person_id=row.created_by, course_id=row.course_id, role=DESK[0]))
    before = neighbours(session, show, row, one.row, is_before=True)
    after = neighbours(session, show, row, one.row, is_before=False)
    return Work(row.id, claim, unit.id, scheme, coder_prompt(scheme, line_of(show, one), before, after))


def coder_prompt(scheme: Scheme, line: Line, before: list[Line], after: list[Line]) -> Prompt:
    """What the model is given: the scheme, which is the same for all, then the utterance as data between marks."""
    turn = fill(
        PROMPTS,
        "coder_turn.txt.j2",
        role=line.role,
        text=data(line.text, UTTERANCE),
        before=[_fenced(one) for one in before],
        after=[_fenced(one) for one in after],
    )
    return Prompt(system=fill(PROMPTS, "coder.txt.j2", scheme=scheme, cannot=CANNOT), turn=turn)


def _fenced(line: Line) -> Line:
    return line.model_copy(update={"text": data(line.text, CONTEXT)})


def _ask(work: Work) -> tuple[str, str, str]:
    """The model's code, its name, and a note; what it answers twice outside the scheme is no code at all."""
    labels = [*work.scheme.names, CANNOT]
    form = create_model(
        "Coded",
        __base__=Coded,
        does=(str, Field("", json_schema_extra={"maxLength": LONGEST_REASON})),
        code=(str, Field(json_schema_extra={"enum": list(labels)})),
    )

    def check(found: Coded) -> str:
        return "" if found.code in labels else f"code: it must be one of {', '.join(labels)}."

    try:
        found, reply = inference.draft(
            Role.CODER, work.prompt, form, about=work.project_id, max_tokens=TOKENS, check=check
        )
    except ModelJunk:
        return CANNOT, inference.model_name(Role.CODER), "junk"
    return found.code, reply.model, ""


def _store(work: Work, code: str, model: str, note: str) -> None:
    with unit_of_work() as session:
        if (row := _held(session, work.project_id, work.claim)) is None:
            return
        row.model_failures = 0
        session.add(CodingCode(unit_id=work.unit_id, giver=MODEL, code=code, model=model, note=note))


def _wait(project_id: UUID, claim: UUID) -> None:
    """The model is away: leave the project to the clock for a while, and at last to people."""
    with unit_of_work() as session:
        if (row := _held(session, project_id, claim)) is None:
            return
        row.model_failures += 1
        row.model_claim = None
        row.model_status = FAILED if row.model_failures >= MOST_FAILURES else WAITING
        row.model_until = now() + timedelta(seconds=BACK_OFF_SECONDS * 2**row.model_failures)
