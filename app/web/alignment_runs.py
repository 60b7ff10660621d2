"""Training runs: the list, asking for more, one run with its curves while it goes on, stopping and resuming."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from app.accounts.schema import Who
from app.alignment.runs import service as runs
from app.alignment.runs.curves import curves
from app.alignment.runs.schema import Method
from app.base.errors import Invalid
from app.web.access import Changer, Db, Person
from app.web.pages import go, show
from app.web.trouble import form

router = APIRouter(prefix="/alignment/runs")

PAGE = "alignment/runs.html"
METHODS = {
    Method.SFT: "Imitation (SFT)",
    Method.DPO: "Preferences (DPO)",
    Method.IPO: "Preferences (IPO)",
    Method.KTO: "Liked or not (KTO)",
    Method.REWARD: "Reward model",
    Method.GRPO: "Simulated learners (GRPO)",
    Method.SAMPLE: "The model's own turns",
    Method.DRAFT: "Drafts, by what students learn of them",
    Method.ILF: "Language feedback (ILF)",
    Method.SAMI: "Written principles (SAMI)",
}


class Asked(BaseModel):
    """The form as it was filled in."""

    recipe: str = ""
    set: str = ""
    methods: list[str] = []


@router.get("")
def runs_page(request: Request, session: Db, who: Person) -> Response:
    """All runs, newest first, and the form for more."""
    values = _values(session, who, Asked(methods=[one.value for one in Method]))
    return show(request, PAGE, status=200, **values, trouble="")


@router.post("")
def ask(request: Request, session: Db, who: Changer, asked: Annotated[Asked, Form()]) -> Response:
    """Ask for the runs of a recipe; a worker carries them out one after the other."""
    with form(PAGE, **_values(session, who, asked)):
        if not asked.recipe or not asked.set:
            raise Invalid("Choose a recipe and a data set. Without a set, an operator makes one: ./lyceum align build.")
        recipe = runs.load_shipped(asked.recipe)
        chosen = tuple(one for one in recipe.methods if one.value in asked.methods)
        if not chosen:
            raise Invalid(f"The recipe {recipe.name} has none of these methods; choose at least one of its own.")
        wanted = runs.apart(recipe.model_copy(update={"methods": chosen}))
        ids = runs.request(session, who, runs.orders_of(wanted, asked.set))
    return go(f"/alignment/runs/{ids[0]}", "runs-asked")


def _values(session: Session, who: Who, asked: Asked) -> dict[str, object]:
    return {
        "runs": runs.listing(session, who),
        "asked": asked,
        "recipes": [runs.load_recipe(name) for name in runs.recipe_names()],
        "sets": runs.whole_sets(),
        "methods": METHODS,
    }


@router.get("/{run_id}")
def run_page(request: Request, session: Db, who: Person, run_id: UUID) -> Response:
    """A run: how it goes, its curves, its recipe and its manifest."""
    found = runs.access(session, who, run_id)
    charts, drafts = curves(runs.curve(found)), runs.drafts(found)
    return show(request, "alignment/run.html", run=found, charts=charts, methods=METHODS, drafts=drafts)


@router.get("/{run_id}/now")
def now_part(request: Request, session: Db, who: Person, run_id: UUID) -> Response:
    """The part of the page that changes while the run goes on, for the page's script."""
    found = runs.access(session, who, run_id)
    return show(request, "alignment/run_now.html", run=found, charts=curves(runs.curve(found)), methods=METHODS)


@router.post("/{run_id}/cancel")
def cancel(session: Db, who: Changer, run_id: UUID) -> Response:
    """Stop a run after the step it is at."""
    runs.cancel(session, who, run_id)
    return go(f"/alignment/runs/{run_id}", "run-stops")


@router.post("/{run_id}/resume")
def resume(session: Db, who: Changer, run_id: UUID) -> Response:
    """Go on with a run that failed or was stopped."""
    runs.resume(session, who, run_id)
    return go(f"/alignment/runs/{run_id}", "run-resumed")
