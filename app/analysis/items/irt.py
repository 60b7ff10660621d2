"""Item response models by marginal maximum likelihood: one, two and three parameters, with standard errors.

P(right) = c + (1 - c) * logistic(a * (ability - b)), ability standard normal (Birnbaum 1968), fitted by expectation
maximisation over quadrature points (Bock and Aitkin 1981) with weak priors that keep a question which all got right
finite. Answers may be missing. Errors come from each question's outer product of learners' scores.

Written here because girth 0.8.0, which does the same, gives no errors, and its threepl_mml fails on numpy 2.4; its one-
and two-parameter fits agree with ours.
"""

import math
from dataclasses import dataclass

import numpy

from app.analysis.source import Floats

POINTS = numpy.linspace(-4.5, 4.5, 31)
WEIGHTS = numpy.exp(-(POINTS**2) / 2) / numpy.exp(-(POINTS**2) / 2).sum()
SLOPE_SPREAD = 0.5
"""Of log a around 0: nearly all questions lie between 0.4 and 2.7."""
INTERCEPT_SPREAD = 3.0
GUESS, GUESS_TRUST = 0.2, 20.0
"""What is thought of c, and how many answers that thought counts for."""
ROUNDS, CLOSE = 120, 5e-3
STEPS = 2
MOST = numpy.array([1.5, 6.0, 3.0])
"""Bounds of log a, of the intercept, and how far one step may go."""


@dataclass(frozen=True)
class Irt:
    """A fitted model of `kind` "1PL", "2PL" or "3PL": discrimination a, difficulty b, guessing c of each question with
    errors, each learner's ability with its spread, and the log-likelihood and its AIC.
    """

    kind: str
    a: Floats
    b: Floats
    c: Floats
    a_error: Floats
    b_error: Floats
    c_error: Floats
    ability: Floats
    ability_error: Floats
    likelihood: float
    aic: float

    def chances(self, ability: Floats) -> Floats:
        """P(right) of each question (columns) at each ability (rows)."""
        return numpy.asarray(self.c + (1 - self.c) / (1 + numpy.exp(-self.a * (ability[:, None] - self.b))))


class _Fit:
    """Parameters (questions, 3): log a, intercept (-a * b), logit c."""

    def __init__(self, right: Floats, kind: str) -> None:
        self.kind, self.known = kind, numpy.isfinite(right).astype(float)
        self.hits = numpy.nan_to_num(right) * self.known
        shares = (self.hits.sum(axis=0) + 0.5) / (self.known.sum(axis=0) + 1)
        logit_c = math.log(GUESS / (1 - GUESS)) if kind == "3PL" else -30.0
        start = numpy.log(shares / (1 - shares))
        self.values = numpy.stack((numpy.zeros_like(start), start, numpy.full_like(start, logit_c)), axis=1)

    def chances(self) -> tuple[Floats, Floats]:
        """Logistic parts and P(right), questions by points."""
        slope, c = numpy.exp(self.values[:, :1]), 1 / (1 + numpy.exp(-self.values[:, 2:]))
        logistic = 1 / (1 + numpy.exp(-(slope * POINTS + self.values[:, 1:2])))
        return logistic, numpy.clip(c + (1 - c) * logistic, 1e-9, 1 - 1e-9)

    def expect(self) -> tuple[Floats, float]:
        """Each learner's belief over the points, and the log-likelihood."""
        _, chance = self.chances()
        logs = self.hits @ numpy.log(chance) + (self.known - self.hits) @ numpy.log1p(-chance) + numpy.log(WEIGHTS)
        most = logs.max(axis=1, keepdims=True)
        belief = numpy.exp(logs - most)
        total = belief.sum(axis=1, keepdims=True)
        return belief / total, float((most + numpy.log(total)).sum())

    def gradients(self) -> tuple[Floats, Floats]:
        """Of P(right) by the parameters (questions, points, 3), and P(right)."""
        logistic, chance = self.chances()
        slope, c = numpy.exp(self.values[:, :1]), 1 / (1 + numpy.exp(-self.values[:, 2:]))
        steep = (1 - c) * logistic * (1 - logistic)
        parts = numpy.stack((steep * slope * POINTS, steep, c * (1 - c) * (1 - logistic)), axis=-1)
        return parts, chance

    def prior(self) -> tuple[Floats, Floats]:
        """Gradient and curvature of the priors (questions, 3)."""
        c = 1 / (1 + numpy.exp(-self.values[:, 2]))
        gradient = numpy.stack(
            (
                -self.values[:, 0] / SLOPE_SPREAD**2,
                -self.values[:, 1] / INTERCEPT_SPREAD**2,
                GUESS_TRUST * (GUESS - c),
            ),
            axis=1,
        )
        curvature = numpy.stack(
            (
                numpy.full_like(c, 1 / SLOPE_SPREAD**2),
                numpy.full_like(c, 1 / INTERCEPT_SPREAD**2),
                GUESS_TRUST * c * (1 - c),
            ),
            axis=1,
        )
        return gradient, curvature

    def maximise(self, belief: Floats) -> None:
        """Fisher scoring on the expected answers at each point; with one parameter, one slope for all questions."""
        hits, tries = self.hits.T @ belief, self.known.T @ belief
        free = 3 if self.kind == "3PL" else 2
        for _ in range(STEPS):
            parts, chance = self.gradients()
            gradient, curvature = self.prior()
            weight = tries / (chance * (1 - chance))
            off = (hits - tries * chance) / (chance * (1 - chance))
            gradient = gradient + numpy.einsum("jq,jqk->jk", off, parts)
            information = numpy.einsum("jq,jqk,jql->jkl", weight, parts, parts) + numpy.eye(3) * curvature[:, :, None]
            if self.kind == "1PL":
                move = _shared(gradient[:, :2], information[:, :2, :2])
            else:
                move = numpy.linalg.solve(information[:, :free, :free], gradient[:, :free, None])[..., 0]
            self.values[:, : move.shape[1]] += numpy.clip(move, -1.0, 1.0)
            self.values[:, 0] = numpy.clip(self.values[:, 0], -MOST[0] * 1.5, MOST[0])
            self.values[:, 1] = numpy.clip(self.values[:, 1], -MOST[1], MOST[1])

    def aic(self, likelihood: float) -> float:
        """Akaike's criterion: twice the number of free parameters less twice the log-likelihood."""
        questions = len(self.values)
        free = {"1PL": questions + 1, "2PL": 2 * questions, "3PL": 3 * questions}[self.kind]
        return 2 * free - 2 * likelihood

    def errors(self, belief: Floats) -> Floats:
        """Covariance of the parameters (questions, 3, 3), each question by itself."""
        parts, chance = self.gradients()
        slope = parts / (chance * (1 - chance))[..., None]
        # The score of a learner: the mean over the belief of (answer - chance) * gradient / variance.
        got = [self.hits * (belief @ slope[..., one].T) for one in range(3)]
        meant = [self.known * (belief @ (slope[..., one] * chance).T) for one in range(3)]
        score = numpy.stack(got, axis=-1) - numpy.stack(meant, axis=-1)
        information = numpy.einsum("njk,njl->jkl", score, score)
        information += numpy.eye(3) * self.prior()[1][:, :, None]
        if self.kind != "3PL":
            information[:, 2, :], information[:, :, 2] = 0.0, 0.0
            information[:, 2, 2] = 1.0
        found = numpy.asarray(numpy.linalg.inv(information))
        if self.kind == "1PL":
            # One slope for all: its error is that of the questions together, and what is left is each intercept's own.
            slope_error = 1 / (1 / found[:, 0, 0]).sum()
            found[:, 0, 1], found[:, 1, 0] = 0.0, 0.0
            found[:, 0, 0], found[:, 1, 1] = slope_error, 1 / information[:, 1, 1]
        return found


def _shared(gradient: Floats, information: Floats) -> Floats:
    """A step whose slope is the same for all questions."""
    own = information[:, 1, 1]
    tie = information[:, 0, 1]
    slope = (gradient[:, 0] - tie * gradient[:, 1] / own).sum() / (information[:, 0, 0] - tie * tie / own).sum()
    return numpy.stack((numpy.full_like(own, slope), (gradient[:, 1] - tie * slope) / own), axis=1)


def fit(right: Floats, kind: str = "2PL") -> Irt:
    """Fit learners by questions of 1.0, 0.0 and NaN (not answered). Some answer must be there."""
    return _told(*_fitted(right, kind))


def best(right: Floats) -> tuple[Irt, dict[str, float]]:
    """The model with the lowest AIC of those that there are learners enough for, and the AIC of each by its kind."""
    learners = len(right)
    kinds = ["1PL", *(["2PL"] if learners >= 100 else []), *(["3PL"] if learners >= 400 else [])]
    fitted = {kind: _fitted(right, kind) for kind in kinds}
    aic = {kind: fitting.aic(likelihood) for kind, (fitting, _, likelihood) in fitted.items()}
    return _told(*fitted[min(kinds, key=aic.__getitem__)]), aic


def _fitted(right: Floats, kind: str) -> tuple[_Fit, Floats, float]:
    """A fit after its last round, the belief about each learner, and the log-likelihood."""
    fitting = _Fit(right, kind)
    before = -math.inf
    for _ in range(ROUNDS):
        belief, likelihood = fitting.expect()
        if abs(likelihood - before) < CLOSE:
            break
        before = likelihood
        fitting.maximise(belief)
    belief, likelihood = fitting.expect()
    return fitting, belief, likelihood


def _told(fitting: _Fit, belief: Floats, likelihood: float) -> Irt:
    values, covariance = fitting.values, fitting.errors(belief)
    a, c = numpy.exp(values[:, 0]), 1 / (1 + numpy.exp(-values[:, 2]))
    b = -values[:, 1] / a
    # b = -d / a: its gradient by log a is -b, by d it is -1 / a.
    by = numpy.stack((-b, -1 / a), axis=1)
    b_error = numpy.sqrt(numpy.einsum("jk,jkl,jl->j", by, covariance[:, :2, :2], by))
    ability = belief @ POINTS
    return Irt(
        kind=fitting.kind,
        a=a,
        b=b,
        c=c if fitting.kind == "3PL" else numpy.zeros_like(a),
        a_error=a * numpy.sqrt(covariance[:, 0, 0]),
        b_error=b_error,
        c_error=c * (1 - c) * numpy.sqrt(covariance[:, 2, 2]) if fitting.kind == "3PL" else numpy.zeros_like(a),
        ability=ability,
        ability_error=numpy.sqrt(numpy.maximum(belief @ POINTS**2 - ability**2, 0.0)),
        likelihood=likelihood,
        aic=fitting.aic(likelihood),
    )
