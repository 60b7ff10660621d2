"""Adapters: taken from a run or a folder, named after their content, and kept."""

import hashlib
import shutil
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.alignment.evaluation.systems import run_facts
from app.alignment.schema import Role, alignment_folder
from app.alignment.serving.gguf_adapter import read_config
from app.alignment.serving.models import AdapterRow, GateRow
from app.alignment.serving.schema import AdapterView, GateState
from app.base.errors import Invalid, NotFound
from app.inference import adapters as served

FILES = ("adapter_config.json", "adapter_model.safetensors")
MOST_BYTES = 2 * 2**30
REWARD = "reward"


def content_hash(folder: Path) -> str:
    """SHA-256 over the adapter's two files. Raises Invalid where one is missing or the adapter is too large."""
    read_config(folder)
    found = hashlib.sha256()
    for name in FILES:
        path = folder / name
        if not path.is_file():
            raise Invalid(f"The adapter has no {name}; other formats are not read, as they could run code.")
        if path.stat().st_size > MOST_BYTES:
            raise Invalid(f"{name} has more than 2 GiB; that is no adapter.")
        with path.open("rb") as file:
            found.update(hashlib.file_digest(file, "sha256").digest())
    return found.hexdigest()


def name_of(role: Role, content: str) -> str:
    """An adapter's name: its role and the beginning of its content hash."""
    return f"lyceum-{role.value}-{content[:12]}"


def folder_of(name: str) -> Path:
    """Where an adapter is kept."""
    return alignment_folder("adapters", name)


def take_run(session: Session, run: str) -> AdapterRow:
    """Keep the adapter of a run. Raises Invalid."""
    folder, facts = run_facts(run)
    if facts.method == REWARD:
        raise Invalid("A reward model scores turns; it cannot speak in a class.")
    row = take_folder(session, folder / "adapter", facts.role, facts.base.name)
    row.run, row.method, row.set_hash = folder.name, facts.method, facts.set
    return row


def take_folder(session: Session, folder: Path, role: Role, base: str) -> AdapterRow:
    """Keep an adapter from a folder; the same content twice is one adapter. Raises Invalid."""
    content = content_hash(folder)
    name = name_of(role, content)
    row = session.get(AdapterRow, name)
    if row is None:
        row = AdapterRow(name=name, role=role.value, base=base, sha256=content)
        session.add(row)
        session.flush()
    elif row.sha256 != content:
        raise Invalid(f"Another adapter has the name {name} already.")
    if not folder_of(name).is_dir():
        _copy(folder, folder_of(name))
    return row


def _copy(source: Path, goal: Path) -> None:
    beside = goal.with_name(f".{goal.name}.{uuid4().hex}")
    beside.mkdir(parents=True)
    try:
        for name in FILES:
            shutil.copyfile(source / name, beside / name)
        beside.rename(goal)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def found(session: Session, name: str) -> AdapterRow:
    """The adapter of that name; a beginning that fits one alone is enough. Raises NotFound."""
    row = session.get(AdapterRow, name)
    if row is None and name:
        rows = session.scalars(select(AdapterRow).where(AdapterRow.name.startswith(name, autoescape=True))).all()
        row = rows[0] if len(rows) == 1 else None
    if row is None:
        raise NotFound(f"There is no adapter {name}.")
    return row


def listing(session: Session) -> list[AdapterView]:
    """All adapters, newest first, each with what the gate said last and what it serves."""
    newest = select(GateRow.adapter, func.max(GateRow.asked_at).label("at")).group_by(GateRow.adapter).subquery()
    query = select(GateRow).join(newest, (newest.c.adapter == GateRow.adapter) & (newest.c.at == GateRow.asked_at))
    gates = {row.adapter: row for row in session.scalars(query)}
    roles = {role: served.served(session, role.value) for role in Role}
    rows = session.scalars(select(AdapterRow).order_by(AdapterRow.made_at.desc()).limit(200))
    return [_view(row, gates.get(row.name), roles[Role(row.role)]) for row in rows]


def _view(row: AdapterRow, gate: GateRow | None, now_served: served.Served) -> AdapterView:
    serves = ""
    if row.name == now_served.standing:
        serves = "everybody"
    elif row.name == now_served.candidate:
        serves = f"{now_served.percent} % of learners" if now_served.percent else "in the shadow"
    return AdapterView(
        name=row.name,
        role=Role(row.role),
        base=row.base,
        run=row.run,
        method=row.method,
        set_hash=row.set_hash,
        made_at=row.made_at,
        gate=_gate_word(gate),
        serves=serves,
    )


def _gate_word(gate: GateRow | None) -> str:
    if gate is None:
        return ""
    if gate.state != GateState.DONE.value:
        return gate.state
    return "passed" if gate.passed else "refused"
