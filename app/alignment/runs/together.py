"""Several runs one after the other in one process, for commands: with rows where there is a database, else without."""

from collections.abc import Callable, Sequence

from app.alignment.runs.carrying import carry
from app.alignment.runs.files import newest, outcome_of
from app.alignment.runs.job import ENDED, Claim, Overtaken, adopt, beat, conclude, held
from app.alignment.runs.schema import Order, Outcome, write_order
from app.base.settings import get_settings


def carry_together(orders: Sequence[Order], progress: Callable[[str], None] = lambda _: None) -> Outcome:
    """Carry out orders; those that are done are passed over. Returns how the first that did not get done ended."""
    for order in orders:
        write_order(order)
    claims = [adopt(order) for order in orders] if get_settings().database_url else []
    try:
        outcome = carry([order.folder for order in orders], lambda: _beat(claims, orders, progress))
    except KeyboardInterrupt:
        for claim in claims:
            _conclude(claim, Outcome(state="cancelled", sentence=ENDED))
        raise
    for claim in claims:
        _conclude(claim, outcome)
    return outcome


def _beat(claims: Sequence[Claim], orders: Sequence[Order], progress: Callable[[str], None]) -> bool:
    for order in orders:
        if outcome_of(order.folder) is None and (found := newest(order.folder)) is not None:
            loss = f", loss {found.loss:.3f}" if found.loss is not None else ""
            progress(f"{order.method.value}: step {found.step} of {found.steps}{loss}")
    asked = [beat(claim) for claim in claims]  # each needs its sign of life, also after one that was asked to stop
    return any(asked)


def _conclude(claim: Claim, outcome: Outcome) -> None:
    """A run that came after one that failed was never begun."""
    mine = outcome_of(claim.folder)
    if mine is None and newest(claim.folder) is None and outcome.state != "done":
        mine = Outcome(state="cancelled", sentence="Not begun: the run before it did not get done.")
    try:
        with held(claim) as row:
            conclude(row, claim.folder, mine or outcome)
    except Overtaken:
        return
