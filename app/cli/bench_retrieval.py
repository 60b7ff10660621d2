"""`bench retrieval`: how well the page is found that answers a question: by words, by meaning, by both.

The decks and questions are in tests/benchmarks/retrieval; a question whose page is 0 has no answer in its deck. The
decks are laid into the database in a transaction that is never committed.
"""

import argparse
import json
import statistics
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, JsonValue, TypeAdapter
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import SiteRole, Who
from app.base.console import say, say_table, write_figures
from app.base.db import get_engine, new_id
from app.base.embedded.address import need_stores
from app.base.settings import ROOT
from app.courses import service as courses
from app.courses.models import Material
from app.courses.pages import store_page
from app.courses.passages import cut
from app.courses.schema import ReadPage
from app.courses.searching import RELEVANT, Match, by_meaning, by_rank, by_score, by_words, matches
from app.inference.service import embed

FOLDER = ROOT / "tests" / "benchmarks" / "retrieval"
DEPTH = 3


class BenchPage(BaseModel):
    """A page of a benchmark deck."""

    title: str
    text: str
    notes: str = ""


class BenchDeck(BaseModel):
    """A deck by name."""

    name: str
    pages: list[BenchPage]


class Question(BaseModel):
    """A question and the number of the page that answers it; 0 where none does."""

    deck: str
    page: int
    question: str


class MethodFigures(BaseModel):
    """How often the right page came first, or among the first three, and the mean of 1 / its place."""

    method: str
    recall_at_1: float
    recall_at_3: float
    mrr: float


class RetrievalFigures(BaseModel):
    """All methods, and how well RELEVANT tells answered questions from off-topic ones (shares of each)."""

    questions: int
    off_topic: int
    methods: list[MethodFigures]
    relevant: float
    answered_kept: float
    off_topic_refused: float
    median_ms: float


class Asked(BaseModel):
    """One question with the page numbers each method gave, best first, and the best score."""

    question: Question
    places: dict[str, list[int]]
    best_score: float
    seconds: float


METHODS: dict[str, Callable[[list[Match]], list[Match]]] = {
    "words (Postgres full text)": by_words,
    "meaning (wordllama)": by_meaning,
    "both, by rank": by_rank,
    "both, by score (used)": by_score,
}


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `retrieval` to the bench commands."""
    parser = parts.add_parser("retrieval", help="finding the page that answers a question: words, meaning, both")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Measure, and print or write what was found."""
    need_stores()
    asked = ask_all()
    figures = figures_of(asked)
    if chosen.json:
        values: dict[str, JsonValue] = figures.model_dump()
        write_figures(chosen.json, "bench retrieval", values)
        return 0
    rows = [[one.method, one.recall_at_1, one.recall_at_3, one.mrr] for one in figures.methods]
    say_table(rows, ("method", "recall@1", "recall@3", "MRR"))
    say(
        f"{figures.questions} questions, {figures.median_ms} ms each. From a score of {figures.relevant} on: "
        f"{figures.answered_kept:.0%} of them kept, {figures.off_topic_refused:.0%} of {figures.off_topic} "
        "off-topic ones refused."
    )
    return 0


def ask_all() -> list[Asked]:
    """Lay out the decks, ask every question, and leave the database as it was."""
    decks = TypeAdapter(list[BenchDeck]).validate_python(json.loads((FOLDER / "decks.json").read_text()))
    questions = TypeAdapter(list[Question]).validate_python(json.loads((FOLDER / "questions.json").read_text()))
    with Session(get_engine()) as session:
        materials = {deck.name: _lay_out(session, deck) for deck in decks}
        asked = [_ask(session, materials[one.deck], one) for one in questions]
        session.rollback()
    return asked


def figures_of(asked: list[Asked]) -> RetrievalFigures:
    """The figures of all questions."""
    answered = [one for one in asked if one.question.page]
    others = [one for one in asked if not one.question.page]
    kept = sum(one.best_score >= RELEVANT for one in answered) / len(answered)
    refused = sum(one.best_score < RELEVANT for one in others) / len(others)
    return RetrievalFigures(
        questions=len(answered),
        off_topic=len(others),
        methods=[_method(name, answered) for name in METHODS],
        relevant=RELEVANT,
        answered_kept=round(kept, 3),
        off_topic_refused=round(refused, 3),
        median_ms=round(statistics.median(one.seconds for one in asked) * 1000, 1),
    )


def _method(name: str, answered: list[Asked]) -> MethodFigures:
    places = [_place(one.places[name], one.question.page) for one in answered]
    return MethodFigures(
        method=name,
        recall_at_1=round(sum(place == 1 for place in places) / len(places), 3),
        recall_at_3=round(sum(0 < place <= DEPTH for place in places) / len(places), 3),
        mrr=round(sum(1 / place for place in places if place) / len(places), 3),
    )


def _place(pages: list[int], wanted: int) -> int:
    """The place of the wanted page among the distinct pages found, from 1; 0 if it is not there."""
    distinct = list(dict.fromkeys(pages))
    return distinct.index(wanted) + 1 if wanted in distinct else 0


def _ask(session: Session, material_id: uuid.UUID, question: Question) -> Asked:
    began = time.monotonic()
    found = matches(session, material_id, question.question)
    seconds = time.monotonic() - began
    best = max((one.score for one in by_score(found)[:4]), default=0.0)
    places = {name: [one.page for one in order(found)] for name, order in METHODS.items()}
    return Asked(question=question, places=places, best_score=best, seconds=seconds)


def _lay_out(session: Session, deck: BenchDeck) -> uuid.UUID:
    email, secret = f"{new_id().hex}@bench.lyceum", new_id().hex
    person_id = accounts.add_person(session, email, "Bench", secret, SiteRole.INSTRUCTOR)
    who = Who(id=person_id, name="Bench", email=email, role=SiteRole.INSTRUCTOR)
    course_id = courses.create_course(session, who, deck.name)
    material = Material(
        id=new_id(), course_id=course_id, uploaded_by=person_id, filename=deck.name, kind="pptx", size=0, sha256=""
    )
    session.add(material)
    session.flush()
    for number, page in enumerate(deck.pages, 1):
        read = ReadPage(number=number, title=page.title, text=page.text, notes=page.notes)
        texts = cut(read)
        store_page(session, material.id, read, texts, embed(texts))
    return material.id
