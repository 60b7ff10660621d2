"""Adapters: what speaks in classes, what the gate said, side by side with what speaks now, and back in one click."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from app.accounts.schema import SiteRole
from app.alignment.evaluation import drawing
from app.alignment.schema import Role
from app.alignment.serving import service as serving
from app.base.errors import Invalid, NotFound
from app.web.access import Changer, Db, Person
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter()
LIST, ADAPTER = "alignment/adapters.html", "alignment/adapter.html"


@router.get("/alignment/adapters")
def adapters_page(request: Request, session: Db, who: Person) -> Response:
    """What serves each role, how rollouts go, and all adapters."""
    found, rollouts, served = serving.overview(session, who)
    is_admin = who.role is SiteRole.ADMIN
    return show(request, LIST, adapters=found, rollouts=rollouts, served=served, is_admin=is_admin, trouble="")


@router.post("/alignment/adapters")
def take(request: Request, session: Db, who: Changer, run: Annotated[str, Form()] = "") -> Response:
    """Keep the adapter of a run."""
    serving.need_admin(who)
    found, rollouts, served = serving.overview(session, who)
    with form(LIST, adapters=found, rollouts=rollouts, served=served, is_admin=True):
        name = serving.take_run(session, who, run.strip())
    return go(f"/alignment/adapters/{name}", "adapter-kept")


@router.get("/alignment/adapters/{name}")
def adapter_page(request: Request, session: Db, who: Person, name: str) -> Response:
    """One adapter and its gates."""
    adapter, gates = serving.adapter(session, who, name)
    is_admin = who.role is SiteRole.ADMIN
    return show(request, ADAPTER, adapter=adapter, gates=gates, is_admin=is_admin, trouble="")


@router.post("/alignment/adapters/{name}/gate")
def ask_gate(session: Db, who: Changer, name: str, set_hash: Annotated[str, Form()] = "") -> Response:
    """Try an adapter at the gate."""
    serving.need_admin(who)
    adapter, gates = serving.adapter(session, who, name)
    with form(ADAPTER, adapter=adapter, gates=gates, is_admin=True):
        serving.ask_gate(session, who, adapter.name, set_hash.strip())
    return go(f"/alignment/adapters/{adapter.name}", "gate-asked")


@router.post("/alignment/adapters/{name}/promote")
def promote(session: Db, who: Changer, name: str, percent: Annotated[str, Form()] = "") -> Response:
    """Serve an adapter to some learners, or to all."""
    serving.need_admin(who)
    adapter, gates = serving.adapter(session, who, name)
    with form(ADAPTER, adapter=adapter, gates=gates, is_admin=True):
        serving.promote(session, who, adapter.name, _percent(percent))
    return go("/alignment/adapters", "promotion-asked")


def _percent(words: str) -> int:
    plain = words.strip().removesuffix("%").strip()
    if not (plain.isascii() and plain.isdigit() and int(plain) <= 100):
        raise Invalid("The share of learners is a whole number from 0 (in the shadow) to 100.")
    return int(plain)


@router.post("/alignment/rollback")
def roll_back(request: Request, session: Db, who: Changer, role: Annotated[str, Form()] = "") -> Response:
    """Undo the newest step for a role."""
    serving.need_admin(who)
    if role not in list(Role):
        raise NotFound
    found, rollouts, served = serving.overview(session, who)
    with form(LIST, adapters=found, rollouts=rollouts, served=served, is_admin=True):
        serving.roll_back(session, who, Role(role))
    return go("/alignment/adapters", "rolled-back")


@router.get("/alignment/gates/{gate_id}")
def gate_page(request: Request, session: Db, who: Person, gate_id: UUID) -> Response:
    """A gate: each check with its reason, the figures with plots, and what each system said."""
    gate, report = serving.gate(session, who, gate_id)
    metrics = drawing.metrics_of(report) if report else []
    plots = {
        metric: (drawing.title_of(metric), drawing.plot(metric, drawing.rows_of(report, metric)))
        for metric in metrics
        if report
    }
    return show(request, "alignment/gate.html", gate=gate, report=report, plots=plots)
