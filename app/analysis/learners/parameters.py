"""The parameters of knowledge tracing, what is thought of them beforehand, and the climb to their best values."""

from collections.abc import Callable

import numpy as np

from app.analysis.learners.practice import Floats, Ints

NAMES = ("prior", "learn", "guess", "slip", "forget")
USUAL = np.array([0.4, 0.15, 0.2, 0.1, 0.02])
"""What each parameter is thought to be before anything is known of a skill; in the middle of what is published."""
TRUST = 4.0
"""How many observations that thought counts for."""
STARTS = np.array(
    [
        [0.4, 0.15, 0.2, 0.1, 0.02],
        [0.2, 0.08, 0.15, 0.2, 0.05],
        [0.75, 0.2, 0.3, 0.08, 0.01],
        [0.3, 0.3, 0.35, 0.25, 0.1],
        [0.6, 0.03, 0.4, 0.1, 0.03],
    ]
)
"""Where fits start from; one more is drawn from the seed."""
RANGES = np.array([[0.05, 0.02, 0.05, 0.03, 0.01], [0.95, 0.4, 0.4, 0.3, 0.1]])
SCOUTING, LONGEST = 12, 150
"""Rounds before the best start goes on alone, and at most."""
TOLERANCE = 0.005
"""A fit is done when no skill gains more log-likelihood in a round (what pyBKT takes)."""
LEAST = 1e-4

Expected = tuple[Floats, Floats, Floats]
"""Log-likelihood (starts, skills), expected successes and trials (starts, skills, parameters)."""


def climb(expect: Callable[[Floats], Expected], values: Floats, rounds: int) -> tuple[Floats, Floats]:
    """Rounds of expectation and maximisation from values (starts, skills, parameters).

    Returns the values and their log-posterior (starts, skills).
    """
    before = np.full(values.shape[:2], -np.inf)
    for _ in range(rounds):
        likelihood, hits, trials = expect(values)
        score = likelihood + _log_prior(values)
        if np.all(np.abs(score - before) <= TOLERANCE):
            break
        before, values = score, _maximise(hits, trials)
    return values, before


def best_fit(expect: Callable[[Floats], Expected], skills: int, parameters: int, seed: int) -> Floats:
    """Values (skills, parameters): from several starts a short way, then from the best of them to the top."""
    drawn = np.random.default_rng(seed).uniform(*RANGES)
    starts = np.vstack((STARTS, drawn))[:, None, :parameters]
    values, score = climb(expect, np.repeat(starts, skills, axis=1), SCOUTING)
    best = values[score.argmax(axis=0), np.arange(skills)][None]
    fitted, _ = climb(expect, best, LONGEST)
    return np.asarray(fitted[0])


def _maximise(hits: Floats, trials: Floats) -> Floats:
    """Parameters from expected successes and trials, with beta priors around USUAL that count for TRUST."""
    usual = USUAL[: hits.shape[-1]]
    values = np.clip((hits + TRUST * usual) / (trials + TRUST), LEAST, 1 - LEAST)
    guess, slip = values[..., 2].copy(), values[..., 3].copy()
    # Who knows must not answer worse than who guesses, or the two states have changed places.
    middle, crossed = (guess + 1 - slip) / 2, guess > 1 - slip - 0.01
    values[..., 2] = np.where(crossed, middle - 0.005, guess)
    values[..., 3] = np.where(crossed, 1 - middle - 0.005, slip)
    return np.clip(values, LEAST, 1 - LEAST)


def _log_prior(values: Floats) -> Floats:
    usual = USUAL[: values.shape[-1]]
    return np.asarray(TRUST * (usual * np.log(values) + (1 - usual) * np.log1p(-values)).sum(axis=-1))


def covariance(scores: Floats, weights: Floats, firsts: Ints, values: Floats) -> Floats:
    """Covariance (skills, parameters, parameters) of the logits of values (skills, parameters).

    The inverse of the summed outer products of the sequences' scores (Berndt, Hall, Hall and Hausman 1974) and the
    priors' curvature. `scores` (sequences, parameters) are successes less what was expected of the trials; sequences
    are sorted by skill and `firsts` are the first of each.
    """
    outer = scores[:, :, None] * scores[:, None, :] * weights[:, None, None]
    information = np.add.reduceat(outer, firsts, axis=0)
    curvature = TRUST * values * (1 - values)
    information += np.eye(values.shape[1]) * curvature[:, :, None]
    return np.asarray(np.linalg.inv(information))


def usual_covariance() -> Floats:
    """Of the logits before any data: as wide as the priors are."""
    return np.diag(1 / (TRUST * USUAL * (1 - USUAL)))
