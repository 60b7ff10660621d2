"""Each role has its own gate: what a classmate or a teacher is refused for, and what only a tutor is."""

from datetime import UTC, datetime

import pytest

from app.alignment.evaluation import child
from app.alignment.evaluation import service as evaluation
from app.alignment.evaluation.planning import TINY
from app.alignment.evaluation.schema import AskedAnswer, ChildOutcome, ExamAnswer, Job, Report, ScoredAnswer, System
from app.alignment.evaluation.statistics import Comparison, Estimate
from app.alignment.evaluation.talks import Talk
from app.alignment.schema import Role
from app.alignment.serving import gate

LEARNT = {"pairs_raw": 0.8, "pairs_length_controlled": 0.8, "pairs_moved_length_controlled": 0.9, "pairs_moved_nats": 2}


def report(role: Role, **change: float) -> Report:
    """A candidate that has learnt, and by which these figures differ from the incumbent's."""
    mine = {name: estimate(value) for name, value in LEARNT.items()} | {name: estimate(0.5) for name in change}
    known = {"tell_gap": estimate(1.0)}
    against = {
        name: Comparison(value=v, low=v - 0.1, high=v + 0.1, n=200, p=0.001, test="") for name, v in change.items()
    }
    figures = {"incumbent": {"tell_gap": estimate(0.0)}, "candidate": known | mine}
    return Report(
        made_at=datetime.now(UTC), title="", role=role, base="b", figures=figures, against={"candidate": against}
    )


def estimate(value: float) -> Estimate:
    return Estimate(value=value, low=value - 0.1, high=value + 0.1, n=200, groups=200)


def refused(role: Role, **change: float) -> list[str]:
    found = gate.judge(report(role, **change), "candidate", "incumbent", role)
    return [check.name for check in found.checks if not check.ok]


@pytest.mark.parametrize(
    ("role", "change", "wanted"),
    [
        (Role.CLASSMATE, {"right_answers": 0.4}, ["right_answers"]),
        (Role.CLASSMATE, {"right_answers": -0.4}, []),
        (Role.CLASSMATE, {"plausible_mistakes": -0.4}, ["plausible_mistakes"]),
        (Role.CLASSMATE, {"leak_plain": 0.4, "transfer": -0.4}, []),
        (Role.TEACHER, {"explained": -0.4}, ["explained"]),
        (Role.TEACHER, {"explained": 0.4, "leak_plain": 0.4}, []),
        (Role.TUTOR, {"leak_plain": 0.4}, ["leak_plain"]),
        (Role.TUTOR, {"transfer": -0.4, "right_answers": 0.4}, ["transfer"]),
    ],
)
def test_a_role_is_refused_for_what_matters_in_it(role: Role, change: dict[str, float], wanted: list[str]) -> None:
    assert refused(role, **change) == wanted


@pytest.mark.parametrize("role", list(Role))
def test_what_is_lost_or_not_learnt_counts_in_every_role(role: Role) -> None:
    assert refused(role, retained_choice=-0.4) == ["retained_choice"]
    found = report(role)
    found.figures["candidate"]["pairs_length_controlled"] = estimate(0.45)  # it moved, as noise would
    assert [one.name for one in gate.judge(found, "candidate", "incumbent", role).checks if not one.ok] == ["learnt"]


def answered(job: Job, *_: object) -> tuple[list[child.Answer], ChildOutcome]:
    """Systems that find all equally likely and always say the same."""
    found: list[child.Answer] = []
    for name in (one.name for one in job.systems):
        found += [ScoredAnswer(system=name, id=one.id, total=-1.0, tokens=1) for one in job.scored]
        found += [AskedAnswer(system=name, id=one.id, text="What do you know?") for one in job.asked]
        found += [ExamAnswer(system=name, id=one.id, mark=0.5) for one in job.exams]
        for talk in map(Talk, job.talks):
            while not talk.over:
                talk.hear("What do you know?")
            found.append(talk.answer(name))
    return found, ChildOutcome(done=True)


@pytest.mark.parametrize("role", list(Role))
def test_the_bank_alone_gives_all_that_must_be_looked_at(role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a line of any set; and what was asked for in no size is missed."""
    monkeypatch.setattr(child, "answers", answered)
    systems = [System(name="incumbent"), System(name="candidate")]
    nothing = TINY.model_copy(update=dict.fromkeys(("gaps", "leaks", "attacked", "learners", "retained"), 0))
    missed = []
    for sizes in (TINY, nothing):
        wish = evaluation.Wish(title="", role=role, base="b", systems=systems, sizes=sizes)
        verdict = gate.judge(evaluation.evaluate(wish, evaluation.Material()), "candidate", "incumbent", role)
        missed.append(gate.unmeasured(role, verdict.checks))
    assert missed == [[], list(gate.FROM_BANK[role])]
