"""The verbs of training runs."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import CourseRole, SiteRole, Who
from app.alignment.datasets.schema import SetManifest
from app.alignment.runs.files import progress_of
from app.alignment.runs.job import TAKEN_BACK, carry_out, overdue
from app.alignment.runs.models import AlignmentRun
from app.alignment.runs.recipes import load_recipe, recipe_names
from app.alignment.runs.schema import (
    DRAFTS,
    Drafted,
    Method,
    Order,
    Progress,
    Recipe,
    RunManifest,
    RunView,
    State,
)
from app.alignment.schema import MANIFEST, PAIRS, SFT, Drafts, alignment_folder, set_folder, written_lines
from app.base.db import new_id, now
from app.base.errors import Conflict, Invalid, NotFound
from app.base.queue import ring_after_commit

__all__ = [
    "access",
    "apart",
    "cancel",
    "carry_out",
    "curve",
    "drafts",
    "listing",
    "load_recipe",
    "load_shipped",
    "mark_withdrawn",
    "may_see",
    "orders_of",
    "overdue",
    "recipe_names",
    "request",
    "resume",
    "runs_on",
    "whole_sets",
]

LINES = 200
SHOWN_DRAFTS = 4
STAFF = (CourseRole.INSTRUCTOR, CourseRole.RESEARCHER)
ALONE = (Method.SFT, Method.REWARD)
"""What starts from the base; everything else goes on from the model that imitates, where there is one."""


def may_see(session: Session, who: Who) -> bool:
    """Whether `who` runs the place, or teaches or researches in some course."""
    return who.role is SiteRole.ADMIN or any(role in STAFF for _, role in accounts.my_courses(session, who))


def orders_of(recipe: Recipe, set_hash: str, parent: UUID | None = None, base: str = "") -> list[Order]:
    """An order for each method of a recipe; what goes on from SFT has its run, or `parent`, as parent."""
    if not (set_folder(set_hash) / MANIFEST).is_file():
        raise Invalid(f"There is no data set {set_hash[:12]}; `./lyceum align build` makes one.")
    made: list[Order] = []
    for method in recipe.methods:
        order = Order(
            id=new_id(),
            method=method,
            base=base or recipe.base,
            role=recipe.role,
            set=set_hash,
            parent=None if method in ALONE else parent,
            recipe=recipe.name,
            threads=recipe.threads,
            training=recipe.training[method],
        )
        parent = order.id if method is Method.SFT else parent
        made.append(order)
    return made


def apart(recipe: Recipe) -> Recipe:
    """The recipe, where its runs can be asked for all at once on one set. Raises Invalid where preferences are to be
    trained on drafts that are still to be written: only a loop makes a set of them on the way.
    """
    if recipe.pairs == "drafts" and Method.DRAFT in recipe.methods and len(recipe.methods) > 1:
        raise Invalid(
            f"The recipe {recipe.name} trains on drafts that it writes first. Let `./lyceum align loop --recipe "
            f"{recipe.name}` do both; or choose its drafts alone, make a set of them with `./lyceum align build --of "
            "HASH --drafts FILE`, and train the rest on that."
        )
    return recipe


def load_shipped(name: str) -> Recipe:
    """A shipped recipe by its name: what is typed into a page must never name a file. Raises Invalid."""
    if name not in recipe_names():
        raise Invalid(f"There is no recipe {name!r}; choose one of {', '.join(recipe_names())}.")
    return load_recipe(name)


def whole_sets() -> dict[str, str]:
    """Hash and title of the frozen sets whose files are here, newest first."""
    found: dict[str, str] = {}
    for path in sorted(alignment_folder("sets").glob(f"*/{MANIFEST}"), key=lambda one: -one.stat().st_mtime):
        manifest = SetManifest.model_validate_json(path.read_bytes())
        if (path.parent / SFT).is_file() or (path.parent / PAIRS).is_file():
            found[manifest.hash] = manifest.title
    return found


def request(session: Session, who: Who, orders: Sequence[Order]) -> list[UUID]:
    """Ask for runs; a worker carries them out one after the other. NotFound where `who` may not."""
    _guard(session, who)
    for order in orders:
        document = order.model_dump(mode="json")
        row = AlignmentRun(id=order.id, asked_by=who.id, parent_id=order.parent, order=document)
        row.method, row.set_hash = order.method.value, order.set
        session.add(row)
        session.flush()
        ring_after_commit(session, "train.run", order.id)
    return [order.id for order in orders]


def listing(session: Session, who: Who) -> list[RunView]:
    """The runs, newest first, at most 200. NotFound where `who` may not see them."""
    _guard(session, who)
    query = select(AlignmentRun).order_by(AlignmentRun.created_at.desc(), AlignmentRun.id).limit(LINES)
    return [_view(session, row) for row in session.scalars(query)]


def access(session: Session, who: Who, run_id: UUID) -> RunView:
    """A run. NotFound where there is none, or `who` may not see it."""
    return _view(session, _opened(session, who, run_id))


def curve(view: RunView) -> list[Progress]:
    """A run's progress, line by line."""
    return progress_of(view.order.folder)


def drafts(view: RunView) -> list[Drafted]:
    """Of the first contexts of a run that drafts, the text that students learnt most of and the one they learnt least
    of.
    """
    found: list[Drafted] = []
    for one in written_lines(view.order.folder / DRAFTS, Drafts):
        ranked = sorted(one.drafts, key=lambda draft: -draft.score)
        if len(ranked) > 1:
            unread = sum(one.before.values()) / len(one.before)
            found.append(Drafted(asked=one.prompt[0].content, unread=unread, most=ranked[0], least=ranked[-1]))
        if len(found) == SHOWN_DRAFTS:
            break
    return found


def cancel(session: Session, who: Who, run_id: UUID) -> None:
    """Stop a run: at once where it waits, after its step where it runs. Raises Conflict where it is over."""
    row = _opened(session, who, run_id)
    if not State(row.state).is_open:
        raise Conflict("This run is over. Reload the page to see how it ended.")
    if row.state == State.WAITING:
        row.state, row.ended_at = State.CANCELLED.value, now()
    else:
        row.cancel_asked = True


def resume(session: Session, who: Who, run_id: UUID) -> None:
    """Go on with a run that failed or was stopped, from its last checkpoint. Raises Conflict for any other."""
    row = _opened(session, who, run_id)
    if row.state not in (State.FAILED, State.CANCELLED):
        raise Conflict("Only a run that failed or was stopped can be resumed. Reload the page.")
    if row.withdrawn_at is not None:
        raise Conflict(TAKEN_BACK)
    row.state, row.problem, row.attempts, row.ended_at = State.WAITING.value, "", 0, None
    row.by_command = False
    ring_after_commit(session, "train.run", row.id)


def runs_on(session: Session, set_hashes: Sequence[str]) -> list[UUID]:
    """The runs on any of these sets."""
    return list(session.scalars(select(AlignmentRun.id).where(AlignmentRun.set_hash.in_(set_hashes))))


def mark_withdrawn(session: Session, set_hash: str) -> int:
    """Somebody took back words that are in this set: mark its runs and stop those that go on. How many there are."""
    mine = AlignmentRun.set_hash == set_hash
    values = {"withdrawn_at": now(), "cancel_asked": AlignmentRun.state == State.RUNNING.value}
    marked = session.execute(update(AlignmentRun).where(mine, AlignmentRun.withdrawn_at.is_(None)).values(values))
    waiting = update(AlignmentRun).where(mine, AlignmentRun.state == State.WAITING.value)
    session.execute(waiting.values(state=State.CANCELLED.value, ended_at=now()))
    return int(marked.rowcount)  # type: ignore[attr-defined]


def _guard(session: Session, who: Who) -> None:
    if not may_see(session, who):
        raise NotFound


def _opened(session: Session, who: Who, run_id: UUID) -> AlignmentRun:
    _guard(session, who)
    row = session.get(AlignmentRun, run_id, with_for_update=True)
    if row is None:
        raise NotFound
    return row


def _view(session: Session, row: AlignmentRun) -> RunView:
    asked_by = session.get(Person, row.asked_by) if row.asked_by else None
    return RunView(
        id=row.id,
        order=Order.model_validate(row.order),
        state=State(row.state),
        problem=row.problem,
        asked_by=asked_by.name if asked_by else "an operator",
        parent=row.parent_id,
        created_at=row.created_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        step=row.step,
        steps=row.steps,
        loss=row.loss,
        margin=row.margin,
        manifest=RunManifest.model_validate(row.manifest) if row.manifest else None,
        cancel_asked=row.cancel_asked,
        withdrawn_at=row.withdrawn_at,
    )
