"""The kinds of steps a run has: what there is to do for a lesson, and how one step is done.

A new kind is a `StepKind` that its own file adds with `add_kind` and that `app.lessons.service` imports; runs, retries,
the estimate, the cache and the pages then know it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Planned:
    """A step that a lesson needs. `about` is the id of the row it is about, once per kind; `number` its page, or 0.

    `needs` are the `about` of steps that must be over before, done or failed, where they are part of the run at all.
    `guess_in` and `guess_out` are the tokens the model will read and say, roughly, both 0 where it is not asked;
    experience corrects them.
    """

    about: UUID
    number: int
    guess_in: int
    guess_out: int
    needs: list[UUID] = field(default_factory=list)


@dataclass(frozen=True)
class Step:
    """A step as its worker has it."""

    id: UUID
    run_id: UUID
    lesson_id: UUID
    about: UUID
    number: int
    attempt: int
    is_fresh: bool = False


@dataclass(frozen=True)
class Done:
    """What came of a step: `keep` stores it, in the transaction that ends the step and only if the claim still stands.

    With a `problem` the step has failed, and what is kept makes shift until it is done again.
    """

    keep: Callable[[Session], None]
    problem: str = ""


def nothing(_: Session) -> None:
    """Stores nothing."""


def no_rows(_: Session, __: list[UUID]) -> None:
    """Has nothing to say to rows."""


def all_of(_: Session, abouts: list[UUID]) -> set[UUID]:
    """All of them."""
    return set(abouts)


@dataclass(frozen=True)
class StepKind:
    """A kind of step.

    `plan` lists what a lesson still needs of it. `work` does one outside any transaction; it may raise
    ModelUnavailable, and is then called again later, or another AppError, with which the step fails. `give_up` says
    what is kept of a step that failed for good, without a model. `again` tells the rows that steps are about that they
    wait once more, `rest` that nobody works on them any more; `unsettled` says to which of them it still matters that
    their step failed. `order` settles who is first on the same page. `reuse`:
    identical requests are answered from the cache; not for what holds learners' words.
    """

    name: str
    words: str
    order: int
    plan: Callable[[Session, UUID], list[Planned]]
    work: Callable[[Step], Done]
    give_up: Callable[[Step, str], Done]
    again: Callable[[Session, list[UUID]], None] = no_rows
    rest: Callable[[Session, list[UUID]], None] = no_rows
    unsettled: Callable[[Session, list[UUID]], set[UUID]] = all_of
    reuse: bool = True

    def what(self, number: int) -> str:
        """A step in words, such as "Write page 3"."""
        return self.words.format(number=number)


KINDS: dict[str, StepKind] = {}


def add_kind(kind: StepKind) -> None:
    """Make a kind known."""
    KINDS[kind.name] = kind
