"""The gate as a job: an adapter and the incumbent are asked the same, and what comes of it is kept."""

import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.alignment.evaluation import drawing
from app.alignment.evaluation import service as evaluation
from app.alignment.evaluation.planning import Sizes
from app.alignment.evaluation.schema import BASE, Report, System
from app.alignment.schema import Role
from app.alignment.serving import gate
from app.alignment.serving.adapters import folder_of, found
from app.alignment.serving.models import AdapterRow, GateRow
from app.alignment.serving.schema import Check, GateState, GateView, Verdict
from app.base.db import now, unit_of_work
from app.base.errors import AppError, Conflict, Invalid, NotFound
from app.base.files import write_whole
from app.base.queue import ring_after_commit
from app.inference import adapters as served

log = logging.getLogger(__name__)
INCUMBENT, CANDIDATE = "incumbent", "candidate"
FORGOTTEN = timedelta(hours=3)
"""A gate that was claimed so long ago has lost its worker."""
JOB = "train.gate"


def ask(session: Session, name: str, set_hash: str = "", sizes: Sizes | None = None, ring: bool = True) -> UUID:
    """Have an adapter tried at the gate, on the held-back part of a set (default: the one it was trained on)."""
    row = found(session, name)
    wanted = set_hash or row.set_hash
    if not wanted:
        raise Invalid("Name a frozen set to hold the adapter against: it comes from no run, so none is known.")
    evaluation.held_back(wanted)  # raises where it is not there
    if session.scalar(select(GateRow.id).where(GateRow.adapter == row.name, GateRow.state.in_(_OPEN))):
        raise Conflict(f"{row.name} is at the gate already.")
    asked = GateRow(adapter=row.name, set_hash=wanted, sizes=(sizes or Sizes()).model_dump())
    session.add(asked)
    session.flush()
    if ring:
        ring_after_commit(session, JOB, asked.id)
    return asked.id


_OPEN = (GateState.WAITING.value, GateState.RUNNING.value)


def carry_out(gate_id: UUID, progress: Callable[[str], None] = lambda _: None) -> None:
    """Do what `ask` asked for. Safe to run twice: the row is claimed."""
    claimed = _claim(gate_id)
    if claimed is None:
        return
    row, adapter, incumbent = claimed
    try:
        verdict, report = _tried(row, adapter, incumbent, progress)
    except AppError as error:
        _end(gate_id, incumbent, GateState.FAILED, sentence=error.sentence)
        return
    if report is not None:
        _keep(report, gate_id, adapter.name)
    _end(gate_id, incumbent, GateState.DONE, verdict)


def _claim(gate_id: UUID) -> tuple[GateRow, AdapterRow, str] | None:
    with unit_of_work() as session:
        row = session.get(GateRow, gate_id, with_for_update=True)
        if row is None or row.state == GateState.DONE.value or row.state == GateState.FAILED.value:
            return None
        if row.claimed_at and now() - row.claimed_at < FORGOTTEN:
            return None
        row.state, row.claimed_at = GateState.RUNNING.value, now()
        adapter = session.get_one(AdapterRow, row.adapter)
        standing = served.served(session, adapter.role).standing
        return row, adapter, "" if standing == adapter.name else standing


def _tried(
    row: GateRow, adapter: AdapterRow, incumbent: str, progress: Callable[[str], None]
) -> tuple[Verdict, Report | None]:
    """The files first; what they tell is free, and a server could not be trusted with what fails there."""
    folder = folder_of(adapter.name)
    checks = gate.look_at_files(folder)
    if not all(check.ok for check in checks):
        return Verdict(checks=checks), None
    report = compare(adapter, incumbent, row.set_hash, Sizes.model_validate(row.sizes), progress)
    reference = BASE if incumbent else INCUMBENT
    judged = gate.judge(report, CANDIDATE, reference, Role(adapter.role))
    return Verdict(checks=[*checks, *judged.checks]), report


def compare(
    adapter: AdapterRow, incumbent: str, set_hash: str, sizes: Sizes, progress: Callable[[str], None]
) -> Report:
    """The incumbent (the base where nothing stands), the candidate, and the base beside them."""
    systems = [
        System(name=INCUMBENT, adapter=folder_of(incumbent) if incumbent else None),
        System(name=CANDIDATE, adapter=folder_of(adapter.name)),
    ]
    if incumbent:
        systems.append(System(name=BASE))
    wish = evaluation.Wish(
        title=f"{adapter.name} at the gate",
        role=Role(adapter.role),
        base=adapter.base,
        systems=systems,
        sizes=sizes,
        command=f"./lyceum align promote {adapter.name}",
    )
    return evaluation.evaluate(wish, evaluation.held_back(set_hash), progress)


def _keep(report: Report, gate_id: UUID, name: str) -> None:
    write_whole(_report(name, gate_id), evaluation.as_json(report))
    write_whole(_report(name, gate_id).with_suffix(".html"), drawing.page(report).encode())


def _report(name: str, gate_id: UUID) -> Path:
    return folder_of(name) / f"gate-{gate_id}.json"


def _end(gate_id: UUID, incumbent: str, state: GateState, verdict: Verdict | None = None, sentence: str = "") -> None:
    with unit_of_work() as session:
        row = session.get_one(GateRow, gate_id)
        row.state, row.sentence, row.incumbent, row.ended_at = state.value, sentence, incumbent, now()
        if verdict:
            row.passed = verdict.passed
            row.checks = [check.model_dump() for check in verdict.checks]


def gates_of(session: Session, name: str) -> list[GateView]:
    """The gates of an adapter, newest first."""
    query = select(GateRow).where(GateRow.adapter == name).order_by(GateRow.asked_at.desc())
    return [view(row) for row in session.scalars(query.limit(20))]


def view(row: GateRow) -> GateView:
    """A gate's row as a document."""
    return GateView(
        id=row.id,
        adapter=row.adapter,
        incumbent=row.incumbent,
        set_hash=row.set_hash,
        state=GateState(row.state),
        passed=row.passed,
        checks=[Check.model_validate(one) for one in row.checks],
        sentence=row.sentence,
        asked_at=row.asked_at,
        ended_at=row.ended_at,
    )


def gate_of(session: Session, gate_id: UUID) -> GateView:
    """One gate. Raises NotFound."""
    row = session.get(GateRow, gate_id)
    if row is None:
        raise NotFound
    return view(row)


def report_of(one: GateView) -> Report | None:
    """The figures of a gate, None where it came to none."""
    path = _report(one.adapter, one.id)
    return evaluation.read_json(path.read_bytes()) if path.is_file() else None


def has_passed(session: Session, name: str, incumbent: str) -> bool:
    """Whether the adapter's newest gate that is done let it through, against what stands now."""
    row = _newest(session, name, incumbent)
    return row is not None and row.passed


def may_be_tried(session: Session, name: str, incumbent: str) -> bool:
    """Whether a person may have the adapter tried all the same: nothing became worse, it only has not shown that it
    learnt anything, or there was too little to tell; and everything was looked at that can be.
    """
    return _is_unproven(_newest(session, name, incumbent)) and not unmeasured(session, name, incumbent)


def unmeasured(session: Session, name: str, incumbent: str) -> list[str]:
    """What stands in the way of trying an adapter in which the newest gate found no harm: figures it had not to look
    at. Empty where there was no such gate.
    """
    row = _newest(session, name, incumbent)
    if row is None or not _is_unproven(row):
        return []
    return gate.unmeasured(Role(found(session, name).role), view(row).checks)


def _is_unproven(row: GateRow | None) -> bool:
    failed = {one.name for one in view(row).checks if not one.ok} if row is not None else set()
    return bool(failed) and failed <= UNPROVEN


UNPROVEN = frozenset({"learnt", "enough"})
"""Checks that ask for evidence of good. All others look for harm, and nobody can wave those through."""


def _newest(session: Session, name: str, incumbent: str) -> GateRow | None:
    query = select(GateRow).where(GateRow.adapter == name, GateRow.state == GateState.DONE.value)
    row = session.scalar(query.order_by(GateRow.asked_at.desc()).limit(1))
    return row if row is not None and row.incumbent == incumbent else None


def overdue(session: Session) -> list[UUID]:
    """Gates that wait, or whose worker was lost."""
    lost = and_(GateRow.state == GateState.RUNNING.value, GateRow.claimed_at < now() - FORGOTTEN)
    return list(session.scalars(select(GateRow.id).where(or_(GateRow.state == GateState.WAITING.value, lost))))
