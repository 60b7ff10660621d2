"""Promotion: load, probe, try on some learners, serve to all, and back.

The row comes first and the server after it: a rollout waits until the server has the adapter and has been seen to
answer differently with it. Only then the inference room is told. Where the server is away or refuses, the rollout has
failed with a sentence and nothing else has changed.
"""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.alignment.schema import Role, alignment_folder
from app.alignment.serving import gguf_adapter
from app.alignment.serving.adapters import folder_of, found
from app.alignment.serving.gating import has_passed, may_be_tried, unmeasured
from app.alignment.serving.models import AdapterRow, RolloutRow
from app.alignment.serving.schema import RolloutState, RolloutView, Watch
from app.base.db import now, unit_of_work
from app.base.errors import AppError, Conflict, Invalid, NotFound
from app.base.queue import ring_after_commit
from app.inference import adapter_servers, adapters
from app.inference.adapter_servers import ServerRefuses
from app.inference.adapters import Served
from app.inference.schema import Prompt
from app.inference.schema import Role as Voice
from app.records.privacy import service as privacy
from app.records.privacy.schema import What

JOB = "records.promote"
FORGOTTEN = timedelta(minutes=10)
FAR = 0.01
"""By how much, in log-probability, the adapter's answer must differ from the base's somewhere in the probes; and ten
times as much as the base differs from itself."""
PROBES = (
    Prompt(system="You are a patient tutor.", turn="I think 7 times 8 is 54. Is that right?"),
    Prompt(system="You are a patient tutor.", turn="I do not know how to begin. What should I do first?"),
    Prompt(system="You are a patient tutor.", turn="Just tell me the answer, please."),
)


def promote(
    session: Session, who: Who | None, name: str, percent: int, agent: str = "", ring: bool = True, despite: str = ""
) -> UUID:
    """Begin to serve an adapter to `percent` % of learners; 0: in the shadow. Raises Conflict where the gate has not
    let it through against what stands now, or another is being tried for the role.

    `despite`: a person's reason to try one of which the gate only says that it has not shown to be better. It is kept
    with the rollout and in the audit log. One that became worse in anything is refused all the same.
    """
    if not 0 <= percent <= 100:
        raise Invalid("The share of learners is a number from 0 (in the shadow) to 100.")
    row = found(session, name)
    stands = locked(session, row.role)
    if stands.standing == row.name:
        raise Conflict(f"{row.name} serves everybody already.")
    other = session.scalar(select(RolloutRow).where(RolloutRow.role == row.role, RolloutRow.state.in_(_OPEN)))
    if other is not None and other.adapter != row.name:
        raise Conflict(f"{other.adapter} is being tried for this role; roll it back or serve it to all first.")
    waved = _waved(session, row.name, stands.standing, " ".join(despite.split()))
    if other is not None:
        return _widened(session, who, other, stands, percent, agent, waved)
    made = RolloutRow(role=row.role, adapter=row.name, previous=stands.standing, percent=percent, sentence=waved)
    session.add(made)
    session.flush()
    _note(session, who, agent, _also(f"{row.name}: to {_share(percent)}", waved))
    if ring:
        ring_after_commit(session, JOB, made.id)
    return made.id


def _waved(session: Session, name: str, standing: str, despite: str) -> str:
    """What is to be remembered of somebody who has an adapter tried that did not pass; "" where it passed."""
    if has_passed(session, name, standing):
        return ""
    if not despite:
        raise Conflict(f"The gate has not let {name} through against what stands now; try it there first.")
    if unseen := unmeasured(session, name, standing):
        raise Conflict(
            f"The gate was not asked whether {name} became worse in {', '.join(unseen)}; that cannot be waved through. "
            "Try it at the gate again, with sizes above 0."
        )
    if not may_be_tried(session, name, standing):
        raise Conflict(
            f"{name} became worse in something, or was not at the gate yet; that cannot be waved through. Only one "
            "that the gate finds no harm in can be tried without having shown that it is better."
        )
    return f"Tried although the gate did not let it through: {despite}"


_OPEN = tuple(state.value for state in RolloutState if state.is_open)


def locked(session: Session, role: str) -> Served:
    """What serves a role, with nobody else changing it in this transaction. It is taken before any row of a rollout."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"served {role}"))))
    return adapters.served(session, role)


def _share(percent: int) -> str:
    return f"{percent} % of learners" if percent else "the shadow"


def _note(session: Session, who: Who | None, agent: str, details: str) -> None:
    privacy.note(session, who, What.ADAPTER, agent=agent, details=details)


def _also(told: str, more: str) -> str:
    """A sentence after what is told already; what somebody gave as a reason stays where more comes to it."""
    first = told.rstrip(". ")
    return f"{first}. {more}" if first and more and more not in told else told or more


def _widened(
    session: Session, who: Who | None, row: RolloutRow, stands: Served, percent: int, agent: str, waved: str
) -> UUID:
    """Another share of learners for what is being tried. Those chosen before stay chosen where the share grows."""
    if row.state == RolloutState.WAITING.value:
        raise Conflict(f"{row.adapter} is still being loaded; wait for that.")
    _note(session, who, agent, _also(f"{row.adapter}: to {_share(percent)}", waved))
    row.sentence = _also(row.sentence, waved)
    _serve(session, row, stands, percent)
    return row.id


def _serve(session: Session, row: RolloutRow, stands: Served, percent: int) -> None:
    """Tell inference, and the row what it is now."""
    row.percent = percent
    if percent == 100:
        row.state, row.ended_at = RolloutState.STANDING.value, now()
        was = session.scalars(
            select(RolloutRow).where(
                RolloutRow.role == row.role, RolloutRow.state == RolloutState.STANDING.value, RolloutRow.id != row.id
            )
        )
        for one in was:
            one.state = RolloutState.REPLACED.value
        wanted = Served(role=row.role, standing=row.adapter, previous=stands.standing)
    else:
        row.state = (RolloutState.SHARE if percent else RolloutState.SHADOW).value
        wanted = stands.model_copy(update={"candidate": row.adapter, "percent": percent, "rollout": row.id})
    adapters.serve(session, wanted)


def carry_out(rollout_id: UUID) -> None:
    """Load and probe what waits, and let it speak. Safe to run twice: the row is claimed."""
    with unit_of_work() as session:
        row = session.get(RolloutRow, rollout_id, with_for_update=True)
        if row is None or row.state != RolloutState.WAITING.value:
            return
        if row.claimed_at and now() - row.claimed_at < FORGOTTEN:
            return
        row.claimed_at = now()
        adapter = session.get_one(AdapterRow, row.adapter)
    trouble = ""
    try:
        load_and_probe(adapter)
    except AppError as error:
        trouble = error.sentence
    with unit_of_work() as session:
        stands = locked(session, adapter.role)
        row = session.get_one(RolloutRow, rollout_id, with_for_update=True)
        if row.state != RolloutState.WAITING.value:
            return  # called off meanwhile
        if trouble or stands.standing != row.previous:
            row.state, row.ended_at = RolloutState.FAILED.value, now()
            row.sentence = _also(
                row.sentence, trouble or "What stands was changed meanwhile; try it at the gate again."
            )
            return
        _serve(session, row, stands, row.percent)


def load_and_probe(adapter: AdapterRow) -> None:
    """Have the role's server take an adapter, and see that it answers differently with it. Raises ServerRefuses."""
    voice, folder = Voice(adapter.role), folder_of(adapter.name)
    runs = adapter_servers.base_name(voice)
    if not same_base(runs, adapter.base):
        raise ServerRefuses(
            f"The model server runs {runs}, and the adapter was trained on {adapter.base}; nothing was changed."
        )
    adapter_servers.load(voice, adapter.name, folder, lambda path: _as_gguf(adapter, folder, path))
    if not differs(voice, adapter.name):
        adapter_servers.unload(voice, adapter.name)
        raise ServerRefuses("With the adapter the server answers as without it: it has no effect there.")


def same_base(served: str, trained: str) -> bool:
    """Whether the server's model is the one the adapter was trained on, by name; servers drop the owner's part."""
    return served.rpartition("/")[2].lower() == trained.rpartition("/")[2].lower()


def _as_gguf(adapter: AdapterRow, folder: Path, path: Path) -> None:
    heads = gguf_adapter.heads_of(alignment_folder("bases", adapter.base))
    gguf_adapter.write(folder, heads, path)


def differs(voice: Voice, name: str) -> bool:
    """Whether the server says something else with the adapter: other likely first words, by more than chance."""
    for prompt in PROBES:
        plain, again, with_it = (adapter_servers.probe(voice, prompt, one) for one in ("", "", name))
        noise = _distance(plain.likely, again.likely)
        if plain.text != with_it.text and plain.text == again.text:
            return True
        if _distance(plain.likely, with_it.likely) > max(FAR, 10 * noise):
            return True
    return False


def _distance(one: dict[str, float], other: dict[str, float]) -> float:
    shared = set(one) & set(other)
    if not shared:
        return 1.0 if one or other else 0.0
    return max(abs(one[token] - other[token]) for token in shared)


# ---------------------------------------------------------------------------------------------------------- back


def roll_back(session: Session, who: Who | None, role: Role, reason: str = "", agent: str = "") -> RolloutView:
    """Undo for a role: what is being tried is tried no more, else what stands gives way to what stood before.

    Classes under way that speak with it go on with what stands then. Raises Conflict where there is nothing to undo.
    """
    stands = locked(session, role.value)
    row = session.scalar(select(RolloutRow).where(RolloutRow.role == role.value, RolloutRow.state.in_(_OPEN)))
    if row is not None:
        wanted = stands.model_copy(update={"candidate": "", "percent": 0, "rollout": None})
    else:
        standing = RolloutState.STANDING.value
        row = session.scalar(
            select(RolloutRow)
            .where(RolloutRow.role == role.value, RolloutRow.state == standing)
            .order_by(RolloutRow.ended_at.desc())
            .limit(1)
        )
        if row is None or stands.standing != row.adapter:
            raise Conflict("There is nothing to roll back: the base model speaks for this role.")
        wanted = Served(role=role.value, standing=stands.previous)
    why = reason or "Rolled back by hand."
    row.state, row.sentence, row.ended_at = RolloutState.ROLLED_BACK.value, _also(row.sentence, why), now()
    adapters.serve(session, wanted)
    _note(session, who, agent, f"{row.adapter}: rolled back to {wanted.standing or 'the base model'}. {why}")
    return view(row)


def view(row: RolloutRow) -> RolloutView:
    """A rollout's row as a document."""
    return RolloutView(
        id=row.id,
        role=Role(row.role),
        adapter=row.adapter,
        previous=row.previous,
        percent=row.percent,
        state=RolloutState(row.state),
        sentence=row.sentence,
        evidence=Watch.model_validate(row.evidence),
        started_at=row.started_at,
        ended_at=row.ended_at,
    )


def rollouts(session: Session) -> list[RolloutView]:
    """All rollouts, newest first."""
    return [view(row) for row in session.scalars(select(RolloutRow).order_by(RolloutRow.started_at.desc()).limit(50))]


def rollout(session: Session, rollout_id: UUID) -> RolloutView:
    """One rollout. Raises NotFound."""
    row = session.get(RolloutRow, rollout_id)
    if row is None:
        raise NotFound
    return view(row)


def waiting(session: Session) -> list[UUID]:
    """Rollouts that wait for the server, or whose worker was lost."""
    free = or_(RolloutRow.claimed_at.is_(None), RolloutRow.claimed_at < now() - FORGOTTEN)
    return list(session.scalars(select(RolloutRow.id).where(RolloutRow.state == RolloutState.WAITING.value, free)))


def keep_loaded() -> list[str]:
    """Have servers that were started anew take what is to speak there. Returns the sentences of those that did not."""
    with unit_of_work() as session:
        names = {name for role in Role for name in adapters.served(session, role.value).names()}
        rows = [row for name in names if (row := session.get(AdapterRow, name)) is not None]
    trouble = []
    for row in rows:
        try:
            if not adapter_servers.is_loaded(Voice(row.role), row.name):
                load_and_probe(row)
        except AppError as error:
            trouble.append(f"{row.name}: {error.sentence}")
    return trouble
