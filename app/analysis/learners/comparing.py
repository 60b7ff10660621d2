"""Knowledge tracing, the additive factor model and Elo side by side, on learners that none of them has seen."""

import time
from collections.abc import Callable

import numpy as np
from pydantic import BaseModel

from app.analysis.learners import afm, elo, tracing
from app.analysis.learners.practice import Floats, Ints, Practice
from app.analysis.learners.scoring import Score, score

FOLDS = 5
MODELS = ("bkt", "afm", "elo")
Told = Callable[[str], None]


class Figures(Score):
    """A model's held-back figures, and how long fitting all of the practice took, in seconds."""

    fit_s: float = 0.0


class SkillValues(BaseModel):
    """A skill's parameters: of knowledge tracing with standard errors, and its learning curve in logits."""

    skill: str
    answers: int
    prior: float
    learn: float
    guess: float
    slip: float
    forget: float
    prior_se: float
    learn_se: float
    guess_se: float
    slip_se: float
    ease: float
    ease_se: float
    slope: float
    slope_se: float


class Comparison(BaseModel):
    """What was fitted on what, how it was tested, and how well each model did. `sentences` say what is missing."""

    how: str
    answers: int
    learners: int
    skills: int
    models: dict[str, Figures]
    parameters: list[SkillValues]
    sentences: list[str] = []


class Fitted(BaseModel, arbitrary_types_allowed=True):
    """The three models."""

    bkt: tracing.Tracer
    afm: afm.Curves
    elo: elo.Rated
    seconds: dict[str, float]


def fit_all(practice: Practice, seed: int = 1, forgets: bool = False) -> Fitted:
    """Fit all three, timed each."""
    began = time.perf_counter()
    traced = tracing.fit(practice, seed, forgets)
    then = time.perf_counter()
    curves = afm.fit(practice)
    later = time.perf_counter()
    rated = elo.fit(practice)
    seconds = {"bkt": then - began, "afm": later - then, "elo": time.perf_counter() - later}
    return Fitted(bkt=traced, afm=curves, elo=rated, seconds=seconds)


def predictions(fitted: Fitted, practice: Practice) -> dict[str, Floats]:
    """P(right) of each answer of learners that were not fitted, by model."""
    return {
        "bkt": practice.per_answer(tracing.predict(fitted.bkt, practice)),
        "afm": afm.predict(fitted.afm, practice),
        "elo": practice.per_answer(elo.predict(fitted.elo, practice)),
    }


def compare(
    practice: Practice,
    test: Practice | None = None,
    seed: int = 1,
    forgets: bool = False,
    tell: Told = lambda _: None,
    fitted: Fitted | None = None,
    groups: int = FOLDS,
) -> Comparison:
    """Fit on `practice` and predict `test`; without one, learners in FOLDS groups by models fitted on the others.

    `fitted` saves fitting again what was fitted to `practice`; `groups` is how many of the groups are predicted.
    """
    tell("fitting")
    fitted = fitted or fit_all(practice, seed, forgets)
    sentences = _lacks(practice)
    if test is not None:
        tell("predicting the test file")
        right, predicted, how = test.outcomes, predictions(fitted, test), "the test file"
        if strange := sum(one not in set(practice.skills) for one in test.skills):
            sentences.append(f"{strange} skills of the test file are not in the first: they get what is usual here.")
    elif len(practice.learners) > 1:
        right, predicted = _in_turn(practice, seed, forgets, tell, groups)
        how = f"held back: {_folds(practice)} groups of learners in turn, each predicted by models of the others"
        if groups < _folds(practice):
            how = f"held back: one group of {_folds(practice)} of the learners, predicted by models of the others"
    else:
        right, predicted, how = np.zeros(0, np.int64), {one: np.zeros(0) for one in MODELS}, "nothing was held back"
        sentences.append("One learner alone leaves nobody to hold back: there are no held-back figures.")
    if len(right) and right.min() == right.max():
        same = "right" if right[0] else "wrong"
        sentences.append(f"All answers that were held back are {same}: there is no area under a curve.")
    return Comparison(
        how=how,
        answers=len(practice.outcomes),
        learners=len(np.unique(practice.learner)),
        skills=len(np.unique(practice.skill)),
        models={one: Figures(**score(right, predicted[one]).model_dump(), fit_s=fitted.seconds[one]) for one in MODELS},
        parameters=parameters(practice, fitted),
        sentences=sentences,
    )


def _lacks(practice: Practice) -> list[str]:
    """What this practice is too small for, in sentences."""
    said, outcomes = [], practice.outcomes
    if not len(outcomes):
        return ["Nobody has answered anything yet: all parameters are what is usual elsewhere."]
    if outcomes.min() == outcomes.max():
        same = "right" if outcomes[0] else "wrong"
        said.append(f"All answers are {same}: skills cannot be told apart, and parameters rest on what is usual.")
    few = int((np.bincount(practice.skill) < 30).sum())
    if few:
        said.append(f"{few} of {len(practice.skills)} skills have fewer than 30 answers: theirs lean on what is usual.")
    return said


def _folds(practice: Practice) -> int:
    return min(FOLDS, len(practice.learners))


def _in_turn(practice: Practice, seed: int, forgets: bool, tell: Told, groups: int) -> tuple[Ints, dict[str, Floats]]:
    """Outcomes, and what each model said of learners that it was not fitted on."""
    count = _folds(practice)
    group = np.zeros(len(practice.learners), np.int64)
    group[_by_answers(practice)] = np.random.default_rng(seed).permutation(len(practice.learners)) % count
    right: list[Ints] = []
    found: dict[str, list[Floats]] = {one: [] for one in MODELS}
    for at in range(min(count, groups)):
        tell(f"holding back group {at + 1} of {count}")
        held = group[practice.learner] == at
        test = practice.of(held)
        right.append(test.outcomes)
        for name, values in predictions(fit_all(practice.of(~held), seed, forgets), test).items():
            found[name].append(values)
    return np.concatenate(right), {name: np.concatenate(parts) for name, parts in found.items()}


def _by_answers(practice: Practice) -> Ints:
    """Learners by their own answers, so that groups are the same where a release has moved their times apart."""
    order = np.argsort(practice.learner, kind="stable")
    ends = np.cumsum(np.bincount(practice.learner, minlength=len(practice.learners)))
    told = np.split((2 * practice.skill + practice.right)[order], ends[:-1])
    return np.array(sorted(range(len(told)), key=lambda who: told[who].tolist()), dtype=np.int64)


def parameters(practice: Practice, fitted: Fitted) -> list[SkillValues]:
    """Each skill's parameters, by name. Errors of probabilities come from those of their logits (delta method)."""
    values = fitted.bkt.values
    errors = np.sqrt(np.diagonal(fitted.bkt.covariance, axis1=1, axis2=2)) * values * (1 - values)
    found = []
    for at in np.unique(practice.skill):
        row, error = values[at], errors[at]
        found.append(
            SkillValues(
                skill=practice.skills[at],
                answers=int(fitted.bkt.answers[at]),
                prior=row[0],
                learn=row[1],
                guess=row[2],
                slip=row[3],
                forget=row[4],
                prior_se=error[0],
                learn_se=error[1],
                guess_se=error[2],
                slip_se=error[3],
                ease=fitted.afm.ease[at],
                ease_se=fitted.afm.ease_error[at],
                slope=fitted.afm.slope[at],
                slope_se=fitted.afm.slope_error[at],
            )
        )
    return sorted(found, key=lambda one: one.skill)
