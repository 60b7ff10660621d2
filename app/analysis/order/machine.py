"""Simulated machine learners: a small network that learns topics one after another, and forgets.

It is a first reading of orders before people meet them, as in the Designer's paper (arXiv 2211.15470). A linear softmax
learns to tell topics apart by vectors drawn around each one's concept vector; it sees one topic at a time and none of
the earlier ones again. With `elastic` > 0 what mattered for earlier topics is held in place, after elastic weight
consolidation (Kirkpatrick et al. 2017, PNAS 114) with the diagonal of the Fisher information. All orders are learned at
once, as one array.
"""

from typing import NamedTuple

import numpy

from app.analysis.source import Floats, Ints

SAMPLES, HELD = 24, 24
"""Vectors a topic is learned from, and others by which it is tested."""
STEPS, RATE = 12, 0.8
NOISE = 0.35
"""How far a drawn vector lies from its topic's, over all dimensions that topics span."""


class Reading(NamedTuple):
    """What came of each order: `accuracy` over all topics in the end, `forgotten` of the first topic, and `worth`,
    which puts both together: 2 a / (d a + 1)."""

    accuracy: Floats
    forgotten: Floats
    worth: Floats


def learn(vectors: Floats, orders: Ints, seed: int, elastic: float = 0.0) -> Reading:
    """Have a learner go through each order of topics (`vectors`: topics by dimensions; `orders`: orders by places)."""
    rng = numpy.random.default_rng(seed)
    basis = _spanned(vectors)
    count, width = basis.shape
    spread = NOISE / numpy.sqrt(width)
    train = basis[:, None, :] + spread * rng.standard_normal((count, SAMPLES, width))
    held = basis[:, None, :] + spread * rng.standard_normal((count, HELD, width))
    weights = numpy.zeros((len(orders), count, width))
    anchor, hold = weights.copy(), numpy.zeros_like(weights)
    just_learned = numpy.zeros(len(orders))
    for at in range(orders.shape[1]):
        topics = orders[:, at]
        for _ in range(STEPS):
            slope = _slope(weights, train[topics], topics)
            weights -= RATE * (slope + elastic * hold * (weights - anchor))
        if elastic:
            hold += _importance(weights, train[topics], topics)
            anchor = weights.copy()
        if at == 0:
            just_learned = _right(weights, held, orders[:, 0])
    whole = numpy.mean([_right(weights, held, orders[:, at]) for at in range(orders.shape[1])], axis=0)
    lost = just_learned - _right(weights, held, orders[:, 0])
    return Reading(whole, lost, 2 * whole / (lost * whole + 1))


def _spanned(vectors: Floats) -> Floats:
    """The vectors in the few dimensions that they span."""
    left, sizes, _ = numpy.linalg.svd(vectors, full_matrices=False)
    found: Floats = left * sizes
    return found[:, sizes > 1e-9 * max(1e-12, float(sizes[0]))] if len(sizes) and sizes[0] > 0 else found[:, :1]


def _chances(weights: Floats, samples: Floats) -> Floats:
    """Orders by samples by topics: softmax."""
    scores = samples @ weights.swapaxes(1, 2)
    scores -= scores.max(axis=2, keepdims=True)
    raised = numpy.exp(scores)
    found: Floats = raised / raised.sum(axis=2, keepdims=True)
    return found


def _errors(weights: Floats, samples: Floats, topics: Ints) -> Floats:
    wrong = _chances(weights, samples)
    wrong[numpy.arange(len(topics)), :, topics] -= 1
    return wrong


def _slope(weights: Floats, samples: Floats, topics: Ints) -> Floats:
    found: Floats = _errors(weights, samples, topics).swapaxes(1, 2) @ samples / samples.shape[1]
    return found


def _importance(weights: Floats, samples: Floats, topics: Ints) -> Floats:
    """The diagonal of the Fisher information of a topic's samples."""
    wrong = _errors(weights, samples, topics)
    found: Floats = (wrong**2).swapaxes(1, 2) @ samples**2 / samples.shape[1]
    return found


def _right(weights: Floats, held: Floats, topics: Ints) -> Floats:
    """The share of a topic's held-back vectors that each order's learner names rightly."""
    named = (held[topics] @ weights.swapaxes(1, 2)).argmax(axis=2)
    found: Floats = (named == topics[:, None]).mean(axis=1)
    return found
