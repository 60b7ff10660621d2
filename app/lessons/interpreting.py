"""A page of a deck in one language, taught in another: its title and points are interpreted, one by one, and nothing is
added. So what is said of a point rests on that point's passages, and is pointed at where it stands.
"""

import json
import tomllib
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel

from app.base.languages import LANGUAGES
from app.base.marks import data, without_marks
from app.base.phrasebook import USUAL
from app.base.prompts import fill
from app.base.scripts import run_on
from app.courses.schema import Page
from app.courses.stemming import beginnings
from app.inference.schema import ModelJunk, Prompt, Role
from app.inference.service import draft
from app.lessons.faithfulness.crossing import CrossCheck
from app.lessons.forms import exactly
from app.lessons.planning.fallback import grouped, naming
from app.lessons.planning.planning import Place, planned
from app.lessons.resting import rested
from app.lessons.schema import Interpreted, InterpretedWithQuestion, Written

PROMPTS = Path(__file__).with_name("prompts")
LONGEST = 640
"""Tokens of a reply: some languages take more of them than English."""


MISSING = "Not all of the page's points could be said in {language}: look which are missing."
ASKED = 0.25
"""How much of what a question is about one sentence must have, or it may be that of the example."""


class Example(BaseModel):
    """The same short page in a language: as it is written, said, and asked about. It is written in two of them only."""

    title: str
    say: list[str]
    ask: str
    page: list[str] = []


def interpret(page: Page, points: list[str], place: Place, *, asks: bool, about: UUID) -> Written:
    """The actions of a page in the language of its place. Raises ModelJunk where too few points came out of it, and
    ModelUnavailable; `about` is the page of the lesson.
    """
    check = CrossCheck(page, points, place.language)
    form = exactly(len(points), InterpretedWithQuestion if asks else Interpreted)
    prompt = prompt_of(page, points, place.language, asks=asks)
    call_id = None
    try:
        call_id = draft(Role.AUTHOR, prompt, form, about=about, max_tokens=LONGEST, check=check)[1].call_id
    except ModelJunk:
        if not check.is_enough():
            raise
    told = check.told()
    items = grouped([text for _, text in told])
    own = _points_of(items, told)
    if start := naming(page.model_copy(update={"title": check.title}), place.language):
        items, own = [start, *items], [page.title, *own]
    reason = MISSING.format(language=LANGUAGES[place.language]) if len(told) < len(points) else ""
    ask, answered = _answered(check.ask, told, place.language)
    rests = rested([*own, answered] if ask else own, page.passages)
    return Written(actions=planned(page, items, ask, rests, place, own), reason=reason, call_id=call_id)


def _points_of(items: list[str], told: list[tuple[str, str]]) -> list[str]:
    """For each thing to say the points it tells, which follow each other as the things do."""
    found, rest = list[str](), list(told)
    for item in items:
        here = [rest.pop(0)]
        while rest and item.startswith(run_on(text for _, text in [*here, rest[0]])):
            here.append(rest.pop(0))
        found.append("\n".join(point for point, _ in here))
    return found


def _answered(ask: str, told: list[tuple[str, str]], language: str) -> tuple[str, str]:
    """A question and the point that answers it; "" and "" for one that has hardly a word of what was said."""
    about = beginnings(ask, language)
    shares = [len(about & beginnings(text, language)) for _, text in told]
    if not about or max(shares) < ASKED * len(about):
        return "", ""
    return ask, told[shares.index(max(shares))][0]


def prompt_of(page: Page, points: list[str], language: str, *, asks: bool) -> Prompt:
    """What the model reads; the part before the page is the same for all pages that are taught in a language."""
    name, said = LANGUAGES[language], _examples()[language]
    shown = {"title": said.title, "say": said.say} | ({"ask": said.ask} if asks else {})
    written = _examples()["de" if language == USUAL else USUAL]
    reply = json.dumps(shown, ensure_ascii=False)
    told = [without_marks(one) for one in points]
    return Prompt(
        system=fill(PROMPTS, "interpreter_system.txt.j2", language=name, written=written, reply=reply),
        turn=fill(
            PROMPTS, "interpreter_turn.txt.j2", title=data(page.title, 160), points=told, ask=asks, language=name
        ),
    )


@lru_cache
def _examples() -> dict[str, Example]:
    read = tomllib.loads((PROMPTS / "interpreted.toml").read_text("utf-8"))
    return {code: Example.model_validate(one) for code, one in read.items()}
