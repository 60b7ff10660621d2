"""The verbs of serving, for the doors. Staff may look; admins alone may change what every class hears."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.alignment.evaluation.planning import Sizes
from app.alignment.evaluation.schema import Report
from app.alignment.evaluation.systems import base_of
from app.alignment.schema import Role
from app.alignment.serving import adapters, gating, promoting, watching
from app.alignment.serving.schema import AdapterView, GateView, RolloutView
from app.base.db import unit_of_work
from app.base.errors import NotFound
from app.base.queue import ring_once
from app.inference import adapters as served
from app.inference.adapters import Served

STAFF = (CourseRole.INSTRUCTOR, CourseRole.RESEARCHER)


def need_admin(who: Who) -> None:
    """Unknown and forbidden answer alike."""
    if who.role is not SiteRole.ADMIN:
        raise NotFound


def may_see(session: Session, who: Who) -> None:
    """Who runs the place, and who teaches or researches in some course: what agents speak with is their business.
    NotFound for all others.
    """
    if who.role is SiteRole.ADMIN or any(role in STAFF for _, role in accounts.my_courses(session, who)):
        return
    raise NotFound


def overview(session: Session, who: Who) -> tuple[list[AdapterView], list[RolloutView], list[Served]]:
    """All adapters, all rollouts, and what serves each role."""
    may_see(session, who)
    return adapters.listing(session), promoting.rollouts(session), [served.served(session, role.value) for role in Role]


def adapter(session: Session, who: Who, name: str) -> tuple[AdapterView, list[GateView]]:
    """An adapter and its gates. NotFound for a name that is none."""
    may_see(session, who)
    row = adapters.found(session, name)
    view = next(one for one in adapters.listing(session) if one.name == row.name)
    return view, gating.gates_of(session, row.name)


def gate(session: Session, who: Who, gate_id: UUID) -> tuple[GateView, Report | None]:
    """A gate with its figures."""
    may_see(session, who)
    found = gating.gate_of(session, gate_id)
    return found, gating.report_of(found)


def take_run(session: Session, who: Who | None, run: str) -> str:
    """Keep a run's adapter; returns its name. `who` None: a command."""
    if who is not None:
        need_admin(who)
    return adapters.take_run(session, run).name


def take(session: Session, word: str, role: Role = Role.TUTOR, base: str = "") -> str:
    """Keep the adapter that a word means: an adapter's name, a folder (with its base), or a run. Returns its name."""
    if (Path(word) / "adapter_config.json").is_file():
        return adapters.take_folder(session, Path(word), role, base or base_of(Path(word))).name
    try:
        return adapters.found(session, word).name
    except NotFound:
        return adapters.take_run(session, word).name


def ask_gate(session: Session, who: Who, name: str, set_hash: str = "") -> UUID:
    """Have an adapter tried at the gate; a worker does it."""
    need_admin(who)
    return gating.ask(session, name, set_hash)


def run_gate(
    name: str, set_hash: str = "", sizes: Sizes | None = None, progress: Callable[[str], None] = lambda _: None
) -> GateView:
    """Try an adapter at the gate here and now."""
    with unit_of_work() as session:
        gate_id = gating.ask(session, name, set_hash, sizes, ring=False)
    gating.carry_out(gate_id, progress)
    with unit_of_work() as session:
        return gating.gate_of(session, gate_id)


def promote(session: Session, who: Who, name: str, percent: int) -> UUID:
    """Begin to serve an adapter; a worker has the server load it."""
    need_admin(who)
    return promoting.promote(session, who, name, percent)


def promote_now(name: str, percent: int, despite: str = "") -> RolloutView:
    """The same here and now, for a command; `despite` as in `promoting.promote`."""
    agent = "./lyceum align promote"
    with unit_of_work() as session:
        rollout_id = promoting.promote(session, None, name, percent, agent=agent, ring=False, despite=despite)
    promoting.carry_out(rollout_id)
    with unit_of_work() as session:
        return promoting.rollout(session, rollout_id)


def roll_back(session: Session, who: Who | None, role: Role, agent: str = "") -> RolloutView:
    """Undo the newest step for a role."""
    if who is not None:
        need_admin(who)
    return promoting.roll_back(session, who, role, agent=agent)


def sweep() -> None:
    """Ring for gates and rollouts that wait, watch those under way, and see that servers have what is to speak."""
    with unit_of_work() as session:
        gates, waiting = gating.overdue(session), promoting.waiting(session)
    for gate_id in gates:
        ring_once(gating.JOB, str(gate_id), seconds=60)
    for rollout_id in waiting:
        ring_once(promoting.JOB, str(rollout_id), seconds=60)
    watching.look()
    promoting.keep_loaded()
