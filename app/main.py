"""The web application: routers, error pages and the shield around them, put together in one place."""

from fastapi import FastAPI

from app.base.errors import NotFound
from app.web import (
    accounts,
    alignment_gate,
    alignment_runs,
    alignment_sets,
    alignment_signals,
    analysis,
    analysis_agents,
    analysis_flow,
    analysis_items,
    analysis_learners,
    analysis_order,
    audit,
    boards,
    casts,
    classes,
    company,
    courses,
    desk,
    desk_coding,
    exchange,
    gates,
    gradebook,
    health,
    items,
    learning,
    lesson_actions,
    lesson_decks,
    lesson_questions,
    lesson_rewrites,
    lesson_runs,
    lesson_versions,
    lessons,
    materials,
    notes,
    personal,
    policy,
    practice,
    privacy,
    profile,
    quizzes,
    record_keys,
    records,
    releases,
    structure,
    trouble,
    xapi,
)
from app.web.access import Visitor
from app.web.pages import STATIC
from app.web.shield import KeptFiles, Shield

ROUTERS = (
    classes.router,
    company.router,
    boards.router,
    notes.router,
    alignment_gate.router,
    health.router,
    accounts.router,
    courses.router,
    casts.router,
    gates.router,
    materials.router,
    structure.router,
    lessons.router,
    lesson_actions.router,
    lesson_runs.router,
    lesson_questions.router,
    lesson_decks.router,
    lesson_rewrites.router,
    lesson_versions.router,
    learning.router,
    personal.router,
    exchange.router,
    records.router,
    releases.router,
    policy.router,
    items.router,
    quizzes.router,
    practice.router,
    gradebook.router,
    profile.router,
    record_keys.router,
    xapi.router,
    privacy.router,
    audit.router,
    desk.router,
    desk_coding.router,
    analysis_agents.router,
    analysis_flow.router,
    alignment_runs.router,
    analysis_items.router,
    analysis_order.router,
    analysis_learners.router,
    analysis.router,
    alignment_signals.router,
    alignment_sets.router,
)
"""In the order in which an address is looked for: what live classes ask for comes first."""


def _nothing_here(rest: str, visitor: Visitor) -> None:
    """Any other address. It asks who is there, so that the page looks as for a thing that is not yours."""
    raise NotFound


def create_app() -> FastAPI:
    """A fresh application; settings are read when requests come."""
    app = FastAPI(title="Lyceum", docs_url=None, redoc_url=None, openapi_url=None)
    for router in ROUTERS:
        app.include_router(router)
    app.mount("/static", KeptFiles(directory=STATIC), name="static")
    app.add_api_route("/{rest:path}", _nothing_here, methods=["GET"], include_in_schema=False)
    app.add_middleware(Shield)
    trouble.install(app)
    return app
