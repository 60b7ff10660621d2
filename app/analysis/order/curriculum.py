"""The part about the order of topics: prerequisites, the Curriculum Designer's orders, and a first reading of them."""

import random
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy
from scipy import stats
from sqlalchemy import select

from app.analysis import charts
from app.analysis.designer import CAUTION, normalise, ranks, scores
from app.analysis.order import graph as drawing
from app.analysis.order import machine
from app.analysis.order.models import Trial
from app.analysis.order.outcomes import findings
from app.analysis.order.prerequisites import Found, Graph, find
from app.analysis.order.records import FEWEST
from app.analysis.order.trials import TrialState
from app.analysis.orders import MOST_LISTED, best_orders, every_order
from app.analysis.schema import Cell, Column, Finding, Measure, Part, Table
from app.analysis.source import Floats, Ints
from app.analysis.subject import Maker, Subject
from app.base.errors import Invalid

TITLE = "Order"
DRAWN = 120
"""How many orders machine learners go through; the paper has as many."""
ELASTIC = 50.0
BEST = 10


def make(subject: Subject) -> Part:
    """Prerequisites with their confidence, orders with their scores, and how far the two readings agree."""
    return part(subject, find(subject.source, subject.session))


def part(subject: Subject, found: Found) -> Part:
    """The part, of a graph that was found before."""
    made = Part(name=MAKER.name, title=TITLE, sentences=_missing(subject, found), methods=_methods(subject))
    if found.graph.components:
        made.charts.append(drawing.draw(found.graph))
    if found.concepts is not None and len(found.graph.components) > 1:
        names = found.graph.components
        made.charts.append(
            charts.matrix(
                "How far components lie apart",
                names,
                names,
                found.concepts.distances.tolist(),
                value_name="distance",
                unit="1 - cosine",
                name="distances",
            )
        )
        _design(subject, found, made)
    made.findings = [*_trials(subject), *_findings(subject, found)]
    return made


def _trials(subject: Subject) -> list[Finding]:
    """Trials that have their answer."""
    session, course_id = subject.session, subject.source.course_id
    if session is None or course_id is None:
        return []
    running = (Trial.course_id == course_id) & (Trial.state == TrialState.RUNNING.value)
    rows = list(session.scalars(select(Trial).where(running)))
    return findings(subject, rows, MAKER.name)


def _missing(subject: Subject, found: Found) -> list[str]:
    said, count = [], len(found.graph.components)
    if count == 0:
        return ["This course names no knowledge components yet. Name them in the question bank: order is about them."]
    if count == 1:
        said.append("There is one knowledge component; an order needs two.")
    if found.concepts is None:
        said.append(
            "A release holds no text of the material: prerequisites here come from answers alone, and there "
            "are no distances."
        )
    elif not found.concepts.pages:
        said.append("No deck of this course has been read yet, so nothing can be said out of its text.")
    if not numpy.isfinite(found.evidence.confidence).any():
        said.append(
            "Too few learners have answered on two components each, so nothing can be said out of records "
            f"(it takes {FEWEST} and three components)."
        )
    if found.graph.left_out:
        said.append(
            f"{found.graph.left_out} suggestions were left out because they would close a circle with surer ones."
        )
    return said


class Designed(NamedTuple):
    """Orders of components that keep the prerequisites: by the score, and a sample to read them by machine."""

    best: Ints
    best_scores: Floats
    sample: Ints
    sample_scores: Floats
    is_whole: bool


def design(graph: Graph, distances: Floats, seed: int) -> Designed:
    """Orders for the Designer. Raises Invalid where the distances have no score."""
    return _designed(distances.tobytes(), len(distances), tuple(graph.kept()), seed)


@lru_cache(maxsize=32)
def _designed(distances: bytes, count: int, edges: tuple[tuple[int, int], ...], seed: int) -> Designed:
    """Remembered, because distances change when the material does, and are asked for whenever somebody answers."""
    normal = normalise(numpy.frombuffer(distances).reshape(count, count))
    best = best_orders(normal, edges, BEST)
    sample = drawn_orders(count, edges, DRAWN, seed)
    return Designed(best.orders, best.scores, sample, scores(normal, sample), best.is_whole)


@lru_cache(maxsize=64)
def _worth(vectors: bytes, orders: bytes, count: int, seed: int, elastic: float) -> Floats:
    """What machine learners come to on each order; remembered for the same reason."""
    topics = numpy.frombuffer(vectors).reshape(count, -1)
    return machine.learn(topics, numpy.frombuffer(orders, dtype=numpy.int64).reshape(-1, count), seed, elastic).worth


def drawn_orders(count: int, edges: Sequence[tuple[int, int]], most: int, seed: int) -> Ints:
    """All orders that keep the edges if there are at most so many of them, else as many drawn ones."""
    listed: list[tuple[int, ...]] = []
    if count <= MOST_LISTED:
        for one in every_order(count, edges):
            listed.append(one)
            if len(listed) > most:
                break
    if not listed or len(listed) > most:
        rng = random.Random(seed)
        listed = sorted({_drawn_order(rng, count, edges) for _ in range(most)})
    return numpy.array(listed, dtype=numpy.int64)


def _drawn_order(rng: random.Random, count: int, edges: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    order: list[int] = []
    waiting = [sum(after == one for _, after in edges) for one in range(count)]
    ready = [one for one in range(count) if waiting[one] == 0]
    while ready:
        chosen = ready.pop(rng.randrange(len(ready)))
        order.append(chosen)
        for before, after in edges:
            if before == chosen:
                waiting[after] -= 1
                if waiting[after] == 0:
                    ready.append(after)
    return tuple(order)


def _design(subject: Subject, found: Found, made: Part) -> None:
    concepts = found.concepts
    if concepts is None:
        return
    try:
        designed = design(found.graph, concepts.distances, subject.seed)
    except Invalid as error:
        made.sentences.append(error.sentence)
        return
    names = found.graph.components
    rows: list[list[Cell]] = [
        [place, " → ".join(names[one] for one in order), float(value)]
        for place, order, value in zip(ranks(designed.best_scores), designed.best, designed.best_scores, strict=True)
    ]
    made.sentences.append(CAUTION)
    made.tables.append(
        Table(
            name="orders",
            title="Orders that keep the prerequisites, by the Curriculum Designer's score",
            columns=[
                Column(name="place", meaning="Place"),
                Column(name="order", meaning="Order of components"),
                Column(name="score", meaning="Score", unit="the formula's own"),
            ],
            rows=rows,
        )
    )
    made.measures += [_agreement(designed, concepts.vectors, subject.seed, elastic) for elastic in (0.0, ELASTIC)]


def _agreement(designed: Designed, vectors: Floats, seed: int, elastic: float) -> Measure:
    """Spearman's correlation of the score with what machine learners came to, over the orders they went through."""
    kind = "a learner that holds on to what mattered" if elastic else "a learner that just learns on"
    name = f"score against machine learners ({'elastic' if elastic else 'naive'})"
    n = len(designed.sample)
    worth = _worth(vectors.tobytes(), designed.sample.tobytes(), len(vectors), seed, elastic)
    if n < 5 or numpy.ptp(worth) == 0 or numpy.ptp(designed.sample_scores) < 1e-12:
        return Measure(
            name=name,
            value=None,
            n=n,
            unit="Spearman’s ρ",
            sentence="There are too few orders that differ, in score and in what came of them, to compare the two.",
        )
    rho = float(stats.spearmanr(designed.sample_scores, worth).statistic)
    half = 1.96 * 1.03 / numpy.sqrt(max(1, n - 3))
    lifted = numpy.arctanh(numpy.clip(rho, -0.999, 0.999))
    low, high = float(numpy.tanh(lifted - half)), float(numpy.tanh(lifted + half))
    verdict = (
        "agree" if low > 0 else "disagree" if high < 0 else "have nothing to do with each other, as far as can be seen"
    )
    return Measure(
        name=name,
        value=rho,
        low=low,
        high=high,
        n=n,
        unit="Spearman’s ρ",
        sentence=f"Over {n} orders, the Designer’s score and {kind} {verdict}. Orders share topics, so the "
        "interval is narrower than it should be.",
    )


def _findings(subject: Subject, found: Found) -> list[Finding]:
    """The surest step that nobody has settled and that the course's own order goes against, else the surest of all."""
    graph = found.graph
    open_steps = [one for one in graph.edges if one.counts and one.settled is None]
    if not open_steps:
        return []
    place = _taught(found)
    against = [one for one in open_steps if place.get(one.before, -1) > place.get(one.after, 10**6)]
    one = max(against or open_steps, key=lambda step: step.together)
    said = [
        f"the text of the material ({one.text:.2f})" if one.text is not None else "",
        f"the answers of {one.n} learners ({one.records:.2f})" if one.records is not None else "",
    ]
    reasons = " and ".join(word for word in said if word)
    todo = (
        f"Teach “{one.before}” before “{one.after}”, or say that it need not be."
        if against
        else f"Say whether “{one.before}” comes before “{one.after}”."
    )
    share = one.n / max(1, subject.source.enrolled)
    return [
        Finding(
            area=MAKER.name,
            todo=todo,
            why=f"That is suggested with confidence {one.together:.2f} by {reasons}"
            + (", and the course teaches them the other way round." if against else "; nobody has settled it yet."),
            evidence=subject.link("What comes before what", "/analysis/order#prerequisites"),
            weight=min(1.0, one.together * (0.9 if against else 0.3) * max(0.2, min(1.0, share))),
        )
    ]


def _taught(found: Found) -> dict[str, int]:
    """The page on which each component comes up first, where the text is known."""
    concepts = found.concepts
    if concepts is None:
        return {}
    firsts = {name: concepts.first(at) for at, name in enumerate(concepts.components)}
    return {name: first for name, first in firsts.items() if first is not None}


def _methods(subject: Subject) -> list[str]:
    return [
        "Prerequisites out of text: cosine of concept vectors (wordllama, 256 dimensions: the component's name, its "
        "questions, and the pages nearest to them), order of first mention, and reference distance (Liang et al. 2015) "
        "on the course's pages, added up with weights set by hand.",
        "Prerequisites out of records: partial correlations of components' results, each held against its questions' "
        "means, in standard errors above the median pair; direction from the corners of ranks, difficulty, order met, "
        "and, where both orders occur, the difference that the order makes. Both confidences are pooled by adding "
        "logits over a base rate of 0.1.",
        "Orders: the Curriculum Designer's published score (arXiv 2211.15470) on 1 - cosine, under the prerequisites; "
        f"all orders up to {MOST_LISTED} components, a beam search above.",
        f"Machine learners: softmax by gradient descent over concept vectors, {DRAWN} orders at most, seed "
        f"{subject.seed}; naive, and with elastic weight consolidation of strength {ELASTIC:g}; "
        "worth = 2a / (d a + 1).",
    ]


MAKER = Maker("order", TITLE, "What comes before what, which orders that leaves, and tests of two orders.", make)
