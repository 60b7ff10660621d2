"""The figures of a course's questions: of every question, of every form, and of the models that were fitted."""

import math

import numpy
from pydantic import BaseModel

from app.analysis.intervals import Interval
from app.analysis.items import classical, irt
from app.analysis.items.flags import Flag, flags_of
from app.analysis.items.forms import TITLES, Form, forms_of, gathered
from app.analysis.remembered import key_of, remembered
from app.analysis.source import PURPOSES, Source

FEWEST = 20
"""Item response models want more learners than these."""


class Figure(BaseModel):
    """A figure with its 95 % interval; None where it cannot be had."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0


class OptionFigures(BaseModel):
    """What an option attracts: of all, of the upper and of the lower 27 %, and what its choosers earn elsewhere."""

    place: int
    is_key: bool
    n: int
    chosen: Figure
    upper: float | None
    lower: float | None
    rest: float | None


class ItemFigures(BaseModel):
    """A question's figures. `alpha_without` is the form's alpha if it were left out; `a`, `b`, `c` are of the model
    named in `model`, "" where there is none.
    """

    item: str
    version: int
    kind: str
    components: list[str]
    form: str
    purpose: str
    answers: int
    difficulty: Figure
    discrimination: Figure
    upper_lower: Figure
    alpha_without: float | None
    model: str = ""
    a: Figure = Figure()
    b: Figure = Figure()
    c: Figure = Figure()
    options: list[OptionFigures] = []
    flags: list[Flag] = []


class FormFigures(BaseModel):
    """A form's figures: how many questions and learners, and Cronbach's alpha of those who answered all."""

    title: str
    purpose: str
    questions: int
    learners: int
    alpha: Figure


class Calibrated(BaseModel):
    """Which item response model the questions of a purpose were fitted with, and the AIC of each that was tried."""

    purpose: str
    model: str
    learners: int
    questions: int
    aic: dict[str, float]


class ItemAnalysis(BaseModel):
    """The whole."""

    items: list[ItemFigures] = []
    forms: list[FormFigures] = []
    models: list[Calibrated] = []


def analyse_items(source: Source, counts: dict[tuple[str, int], int] | None = None) -> ItemAnalysis:
    """All figures of a course's questions; `counts` says how many options a version has, where that is known."""
    analysis = ItemAnalysis()
    places: dict[int, ItemFigures] = {}
    for form in forms_of(source):
        told, items = _sat(source, form, counts or {})
        analysis.forms.append(told)
        places |= zip(form.questions.tolist(), items, strict=True)
    for purpose in PURPOSES:
        if calibrated := _calibrate(source, purpose, places):
            analysis.models.append(calibrated)
    analysis.items = list(places.values())
    return analysis


def _sat(source: Source, form: Form, counts: dict[tuple[str, int], int]) -> tuple[FormFigures, list[ItemFigures]]:
    """A form's figures and its questions', without a model yet; where nobody sat it anew they are known already."""
    asked = [source.questions[one] for one in form.questions]
    about = [[source.components[one] for one in question.components] for question in asked]
    many = [counts.get((one.item, one.version), 0) for one in asked]
    names = [(one.item, one.version, one.kind) for one in asked]
    chosen = [list(one.items()) for one in form.chosen]
    key = key_of("form", form.title, form.purpose, names, about, many, form.share, form.right, chosen)
    told, items = remembered(key, lambda: (_form(form), [_item(source, form, at, counts) for at in range(len(asked))]))
    return told, [one.model_copy() for one in items]


def _form(form: Form) -> FormFigures:
    return FormFigures(
        title=form.title,
        purpose=form.purpose,
        questions=len(form.questions),
        learners=len(form.learners),
        alpha=figure(classical.alpha(form.share)),
    )


def _item(source: Source, form: Form, at: int, counts: dict[tuple[str, int], int]) -> ItemFigures:
    question = source.questions[form.questions[at]]
    rest = classical.rest_scores(form.share)[:, at]
    upper, lower = classical.groups(rest)
    hard = classical.difficulty(form.share[:, at])
    telling = classical.discrimination(form.share[:, at], rest)
    options = classical.options(form.chosen[at], form.right[:, at], rest, upper, lower)
    without = classical.alpha_without(form.share, at).value
    return ItemFigures(
        item=question.item,
        version=question.version,
        kind=question.kind,
        components=[source.components[one] for one in question.components],
        form=form.title,
        purpose=form.purpose,
        answers=hard.n,
        difficulty=figure(hard),
        discrimination=figure(telling),
        upper_lower=figure(classical.upper_lower(form.share[:, at], upper, lower)),
        alpha_without=_known(without),
        options=[_option(one) for one in options],
        flags=flags_of(hard, telling, options, counts.get((question.item, question.version), 0)),
    )


def _option(one: classical.Option) -> OptionFigures:
    return OptionFigures(
        place=one.place,
        is_key=one.is_key,
        n=one.n,
        chosen=figure(one.chosen),
        upper=_known(one.upper),
        lower=_known(one.lower),
        rest=_known(one.rest),
    )


def _calibrate(source: Source, purpose: str, places: dict[int, ItemFigures]) -> Calibrated | None:
    """Fit all questions of one purpose together, so that those of all modules lie on one scale of ability."""
    chosen = numpy.array([one for one, told in places.items() if told.purpose == purpose], dtype=numpy.int64)
    if len(chosen) < 2:
        return None
    form = gathered(source, chosen, TITLES[purpose])
    if len(form.learners) <= FEWEST:
        return None
    first, aic = remembered(key_of("irt", form.right), lambda: irt.best(form.right))
    for at, question in enumerate(chosen.tolist()):
        told, n = places[question], int(form.asked[at])
        told.model = first.kind
        told.a = _with_error(first.a[at], first.a_error[at], n, 0.0)
        told.b = _with_error(first.b[at], first.b_error[at], n)
        told.c = _with_error(first.c[at], first.c_error[at], n, 0.0) if first.kind == "3PL" else Figure()
    return Calibrated(
        purpose=purpose,
        model=first.kind,
        learners=len(form.learners),
        questions=len(chosen),
        aic={kind: round(value, 2) for kind, value in aic.items()},
    )


def _with_error(value: float, error: float, n: int, least: float = -math.inf) -> Figure:
    return Figure(
        value=float(value), low=max(least, float(value - 1.96 * error)), high=float(value + 1.96 * error), n=n
    )


def figure(found: Interval) -> Figure:
    """An interval as a document, without what is not known."""
    return Figure(value=_known(found.value), low=_known(found.low), high=_known(found.high), n=found.n)


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
