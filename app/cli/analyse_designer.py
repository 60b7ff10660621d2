"""`./lyceum analyse --designer MATRIX.json`: the Curriculum Designer's scores of orders, for given distances.

The file holds a square matrix, or {"matrix": ..., "orders": ..., "names": ..., "prerequisites": ...}. Orders and
prerequisites (pairs: the first one comes before the second) count topics from 0 or name them.
"""

import argparse
import json
import math
from collections.abc import Sequence

import numpy
from pydantic import BaseModel, ValidationError

from app.analysis.designer import CAUTION, Distances, normalise, ranks, scores
from app.analysis.orders import MOST_LISTED, best_orders, every_order, keeps, need_no_cycle
from app.base.console import say, say_table
from app.base.errors import Invalid
from app.base.files import write_whole

SHOWN = 20
Topic = int | str


class Asked(BaseModel):
    """The file: distances, and optionally which orders, what the topics are called, and what must come before what."""

    matrix: list[list[float]]
    orders: list[list[Topic]] | None = None
    names: list[str] | None = None
    prerequisites: list[tuple[Topic, Topic]] = []


class Scored(BaseModel):
    """An order, topics counted from 0, with its score, its place among those told (ties share one), and whether it
    keeps every prerequisite.
    """

    order: list[int]
    names: list[str]
    score: float
    rank: int
    keeps_prerequisites: bool


class Answer(BaseModel):
    """Scores as they were asked for: `scores` are those of `orders`, in the same order. `is_whole`: all orders that
    there are, or all that were given."""

    topics: list[str]
    variances: list[float]
    scores: list[float]
    orders: list[Scored]
    is_whole: bool
    caution: str = CAUTION


def run(arguments: argparse.Namespace) -> int:
    """Score the orders; print the best, or write all."""
    found = answer(_asked(arguments))
    if arguments.json:
        write_whole(arguments.json, found.model_dump_json(indent=1).encode())
    best = sorted(found.orders, key=lambda one: one.rank)[:SHOWN]
    say_table([[one.rank, f"{one.score:.9f}", " → ".join(one.names)] for one in best], ("place", "score", "order"))
    if len(found.orders) > len(best):
        say(f"{len(found.orders):,} orders; --json FILE writes all.")
    say(CAUTION)
    return 0


def _asked(arguments: argparse.Namespace) -> Asked:
    try:
        told = json.loads(arguments.designer.read_bytes())
        return Asked.model_validate({"matrix": told} if isinstance(told, list) else told)
    except OSError as error:
        raise Invalid(f"{arguments.designer} cannot be read: {error.strerror}.") from error
    except (ValueError, ValidationError) as error:
        raise Invalid(
            f'{arguments.designer} is not what is needed: a square matrix of numbers as JSON, or {{"matrix": [[...]], '
            f'"orders": [[...]], "names": [...], "prerequisites": [[a, b], ...]}}.'
        ) from error


def answer(asked: Asked) -> Answer:
    """Scores of the orders that were given; of all, or with many topics of the best, where none were."""
    distances = normalise(asked.matrix)
    count = len(distances.rows)
    names = asked.names or [str(at) for at in range(count)]
    if len(names) != count or len(set(names)) != count:
        raise Invalid(f"There are {count} topics, so there must be as many names, no two alike.")
    edges = [(_place(one, names), _place(other, names)) for one, other in asked.prerequisites]
    need_no_cycle(names, edges)
    if asked.orders is not None:
        orders, is_whole = [_order(one, names) for one in asked.orders], True
    elif count <= MOST_LISTED:
        orders, is_whole = [list(one) for one in every_order(count, edges)], True
    else:
        orders, is_whole = best_orders(distances, edges, most=1000).orders.tolist(), False
    return _told(distances, names, orders, edges, is_whole)


def _told(
    distances: Distances, names: list[str], orders: list[list[int]], edges: Sequence[tuple[int, int]], is_whole: bool
) -> Answer:
    by_length = {len(one) for one in orders}
    found = numpy.full(len(orders), math.nan)
    for length in by_length:
        chosen = [at for at, one in enumerate(orders) if len(one) == length]
        found[chosen] = scores(distances, numpy.array([orders[at] for at in chosen], dtype=numpy.int64))
    told = [
        Scored(
            order=order,
            names=[names[one] for one in order],
            score=float(value),
            rank=rank,
            keeps_prerequisites=keeps(order, edges),
        )
        for order, value, rank in zip(orders, found, ranks(found), strict=True)
    ]
    variances: list[float] = distances.variances.tolist()
    return Answer(topics=names, variances=variances, scores=found.tolist(), orders=told, is_whole=is_whole)


def _place(one: Topic, names: list[str]) -> int:
    if isinstance(one, str) and one in names:
        return names.index(one)
    if isinstance(one, int) and 0 <= one < len(names):
        return one
    raise Invalid(f"There is no topic {one}: topics are counted from 0 to {len(names) - 1}, or named.")


def _order(given: Sequence[Topic], names: list[str]) -> list[int]:
    order = [_place(one, names) for one in given]
    if not order or len(set(order)) != len(order):
        raise Invalid("Every order must hold at least one topic, and none of them twice.")
    return order
