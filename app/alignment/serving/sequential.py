"""The sequential test of rollouts: looked at as often as one likes, wrong at most five times in a hundred.

The mixture sequential probability ratio test (mSPRT; Robbins 1970; Johari, Pekelis and Walsh, arXiv 1512.04922) for a
difference of two means: with an estimate d of variance V, and a normal prior of variance T around no difference,

    ratio = sqrt(V / (V + T)) * exp(T * d^2 / (2 * V * (V + T)))

and 1 / ratio is an always-valid p: under no difference it falls below 0.05 at any time in at most 5 % of rollouts.
The unit is the learner, because turns of one class hang together and the adapter was drawn by learner.
"""

import math

ALPHA = 0.05
SPREAD = 0.1
"""Square root of T: differences of about this size in a rate are what is looked for."""
LEAST_LEARNERS = 5
"""In each arm; before that the normal approximation would be a guess."""


def always_valid_p(first: float, first_variance: float, n: int, second: float, second_variance: float, m: int) -> float:
    """p that the second mean (of m learners) is above the first (of n): small means that it is. Variances are those of
    one learner's rate; where all were alike, that of a share with one more learner who was different."""
    if min(n, m) < LEAST_LEARNERS or second <= first:
        return 1.0
    variance = _floor(first_variance, first, n) / n + _floor(second_variance, second, m) / m
    prior, distance = SPREAD**2, second - first
    log_ratio = 0.5 * math.log(variance / (variance + prior)) + prior * distance**2 / (
        2 * variance * (variance + prior)
    )
    return min(1.0, math.exp(-log_ratio))


def _floor(variance: float, mean: float, n: int) -> float:
    share = (mean * n + 0.5) / (n + 1)
    return max(variance, share * (1 - share) / 4)
