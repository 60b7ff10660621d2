"""What a run will take, said before it starts: the guesses of its steps, corrected by what steps took before."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.base.settings import get_settings
from app.lessons.runs.kinds import Planned, StepKind
from app.lessons.runs.models import GenerationStep
from app.lessons.runs.schema import Estimate, StepState

REMEMBERED = 200
"""How many of the newest steps of a kind experience rests on."""
SECONDS_PER_TOKEN = 0.05
"""Of a step, for each token that was guessed to be said, before there is experience: 20 tokens a second."""


@dataclass(frozen=True)
class Experience:
    """For each token that was guessed how many came, and how many seconds and calls a step took for it."""

    read: float = 1.0
    said: float = 1.0
    seconds: float = SECONDS_PER_TOKEN
    calls: float = 1.0


def estimate_of(session: Session, planned: list[tuple[StepKind, Planned]]) -> Estimate:
    """Pages, steps, calls, tokens, seconds on the clock and money of steps that are planned."""
    settings = get_settings()
    known = {name: _experience(session, name) for name in {kind.name for kind, _ in planned}}
    each = [(known[kind.name], one) for kind, one in planned]
    tokens_in = round(sum(one.guess_in * by.read for by, one in each))
    tokens_out = round(sum(one.guess_out * by.said for by, one in each))
    work = sum(one.guess_out * by.seconds for by, one in each)
    return Estimate(
        pages=len({one.number for _, one in planned if one.number}),
        steps=len(planned),
        calls=round(sum(by.calls for by, one in each if one.guess_out)),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        seconds=work / max(1, min(settings.author_window, len(planned))),
        money=(tokens_in * settings.price_in + tokens_out * settings.price_out) / 1e6,
        currency=settings.price_currency,
    )


def _experience(session: Session, kind: str) -> Experience:
    """What the newest steps of a kind took that asked the model and had no trouble."""
    step = GenerationStep
    newest = (
        select(step.guess_in, step.guess_out, step.tokens_in, step.tokens_out, step.seconds, step.calls)
        .where(step.kind == kind, step.state == StepState.DONE.value, step.attempts == 1)
        .where(step.calls > 0, step.hits == 0)
        .order_by(step.ended_at.desc())
        .limit(REMEMBERED)
        .subquery()
    )
    columns = [func.coalesce(func.sum(column), 0) for column in newest.c]
    *sums, count = session.execute(select(*columns, func.count())).one()
    guess_in, guess_out, tokens_in, tokens_out, seconds, calls = sums
    if not (guess_in and guess_out and tokens_out):
        return Experience()
    return Experience(tokens_in / guess_in, tokens_out / guess_out, seconds / guess_out, calls / count)
