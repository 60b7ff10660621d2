"""The verbs of evaluation: systems side by side, and a reward model against people."""

import json
import random
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from app.alignment.datasets.importing import read_files
from app.alignment.datasets.schema import PROBLEMS, Dropped, Format, Problem
from app.alignment.evaluation import child
from app.alignment.evaluation.measuring import Said, comparisons, estimates, measured
from app.alignment.evaluation.planning import Plan, Sizes, plan
from app.alignment.evaluation.schema import Report, RewardJob, RewardPair, System, Turns
from app.alignment.evaluation.statistics import Estimate, estimate, length_controlled, mean_of
from app.alignment.evaluation.systems import run_facts
from app.alignment.schema import HELD, PAIRS, SFT, PairLine, Role, SftLine, read_lines, set_folder
from app.base.db import now
from app.base.errors import Invalid

SEEN, LABELLED = 12, 6
"""How many contexts are kept in a report with what each system said: of turns asked freely, and of turns with labels,
so that where no label is right one sees what was said in their place."""


class Material(BaseModel):
    """What systems are measured on. `set` is the hash of the frozen set it was held back from, "" for a file."""

    pairs: list[PairLine] = []
    sft: list[SftLine] = []
    problems: list[Problem] = []
    set: str = ""
    dropped: list[Dropped] = []


def held_back(set_hash: str) -> Material:
    """The held-back part of a frozen set. Raises Invalid where there is no such set or nothing was held back."""
    folder = set_folder(set_hash)
    if not (folder / SFT).exists():
        raise Invalid(f"There is no frozen set {set_hash[:12]} with its files here.")
    problems = folder / (HELD + PROBLEMS)
    found = Material(
        pairs=list(read_lines(folder / (HELD + PAIRS), PairLine)),
        sft=list(read_lines(folder / (HELD + SFT), SftLine)),
        problems=[Problem.model_validate_json(one) for one in _lines(problems)],
        set=set_hash,
    )
    if not (found.pairs or found.sft):
        raise Invalid(f"Nothing was held back of the set {set_hash[:12]}; build one with a held_share.")
    return found


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def from_file(form: Format, paths: list[Path]) -> Material:
    """A file in an importer's format, all of it. Raises Invalid."""
    found = read_files(form, paths, licence="own")
    return Material(pairs=found.pairs, sft=found.sft, problems=found.problems, dropped=found.source.dropped)


class Wish(BaseModel):
    """What is to be compared, on what, and how much of it."""

    title: str
    role: Role = Role.TUTOR
    base: str
    systems: list[System]
    sizes: Sizes = Sizes()
    threads: int = 0
    command: str = ""


def evaluate(
    wish: Wish, material: Material, progress: Callable[[str], None] = lambda _: None, folder: Path | None = None
) -> Report:
    """Ask every system the same and put the figures side by side; the first system is what the others are held to.

    In a `folder` of its own, one that was cut off goes on after the last system that was heard to its end.
    """
    asked = plan(wish.sizes, wish.role, material.pairs, material.sft, material.problems)
    answers, outcome = child.answers(asked.job(wish.base, wish.systems, wish.threads), progress, folder, material.set)
    said = {system.name: Said.of(system, answers) for system in wish.systems}
    first = said[wish.systems[0].name]
    figures = {name: measured(asked, one, first) for name, one in said.items()}
    reference = figures[wish.systems[0].name]
    others = [system.name for system in wish.systems[1:]]
    return Report(
        made_at=now(),
        title=wish.title,
        role=wish.role,
        base=wish.base,
        base_sha256=outcome.base_sha256,
        set=material.set,
        command=wish.command,
        figures={name: estimates(one) for name, one in figures.items()},
        against={name: comparisons(reference, figures[name]) for name in others},
        turns=_turns(asked, said),
        notes=_notes(asked, material),
        seconds=outcome.seconds,
    )


def as_json(report: Report) -> bytes:
    """The report as a file: `systems` -> metric -> value, low, high, n; and what else is known."""
    told = report.model_dump(mode="json", exclude={"figures"})
    return json.dumps({"systems": report.model_dump(mode="json")["figures"], **told}, indent=1).encode()


def read_json(content: bytes) -> Report:
    """A report that `as_json` wrote."""
    told = json.loads(content)
    return Report.model_validate({**told, "figures": told.pop("systems")})


def _turns(asked: Plan, said: dict[str, Said]) -> list[Turns]:
    """Contexts with what each system said on them."""
    shown = [(f"style-{at}", line) for at, line in enumerate(asked.styled[:SEEN])]
    shown += [(f"label-{at}", line) for at, line in enumerate(asked.labelled[:LABELLED])]
    found = []
    for key, line in shown:
        words = {name: one.asked[key] for name, one in said.items()}
        found.append(Turns(context=line.prompt[-4:], said=words, wanted=line.completion[-1].content))
    for wish in [one for one in asked.talks if one.kind == "learner"][:3]:
        words = {name: _dialogue(one, wish.id) for name, one in said.items()}
        opening = next(iter(said.values())).talks[wish.id].lines[:2]
        found.append(Turns(context=opening, said=words))
    return found


def _dialogue(said: Said, name: str) -> str:
    speakers = {"assistant": "Tutor", "user": "Learner"}
    return "\n".join(f"{speakers[one.role]}: {one.content}" for one in said.talks[name].lines[2:])


def _notes(asked: Plan, material: Material) -> list[str]:
    found = [f"left out: {one.reason} ({one.count})" for one in material.dropped]
    if 0 < len(asked.pairs) < 200:
        found.append(f"{len(asked.pairs)} pairs: fewer than 200, so differences of a few points are noise")
    if not material.problems and asked.problems:
        found.append("retained_* on the bank's own problems: the material has none")
    return found


# ------------------------------------------------------------------------------------------------------ reward models


class RewardReport(BaseModel):
    """A reward model against people's preferences."""

    run: str
    base: str
    file: str
    figures: dict[str, Estimate]
    dropped: list[Dropped] = []
    seconds: dict[str, float] = {}


def evaluate_reward(
    run: str, path: Path, most: int = 0, threads: int = 0, progress: Callable[[str], None] = lambda _: None
) -> RewardReport:
    """A reward run on a CSV of pairs: conversation_history, response_a, response_b, label. Raises Invalid.

    Rows that cannot be used are left out and told. With `most`, a seeded choice of so many pairs.
    """
    folder, facts = run_facts(run)
    if facts.method != "reward":
        raise Invalid(f"The run {folder.name[:8]} made no reward model, its method is {facts.method}.")
    found = from_file(Format.MRBENCH, [path])
    lines = found.pairs if not most or len(found.pairs) <= most else random.Random(7).sample(found.pairs, most)
    pairs = [_reward_pair(one) for one in lines]
    job = RewardJob(base=facts.base.name, adapter=folder / "adapter", pairs=pairs, threads=threads)
    answers, outcome = child.rewards(job, progress)
    given = {one.id: one for one in answers}
    return RewardReport(
        run=folder.name,
        base=facts.base.name,
        file=path.name,
        figures=_reward_figures(pairs, [given[one.id].chosen - given[one.id].rejected for one in pairs]),
        dropped=found.dropped,
        seconds=outcome.seconds,
    )


def _reward_pair(line: PairLine) -> RewardPair:
    chosen, rejected = line.chosen[-1].content, line.rejected[-1].content
    return RewardPair(id=line.id, conversation=line.conversation, prompt=line.prompt, chosen=chosen, rejected=rejected)


def _reward_figures(pairs: list[RewardPair], margins: list[float]) -> dict[str, Estimate]:
    """Accuracy (a tie is half right), the same where length tells nothing, and what preferring the longer turn gets."""
    groups = [one.conversation for one in pairs]
    lengths = [float(len(one.chosen) - len(one.rejected)) for one in pairs]
    figures = {
        "accuracy": mean_of([_half(margin) for margin in margins]),
        "accuracy_length_controlled": length_controlled([margin > 0 for margin in margins], lengths),
        "longer_is_better": mean_of([_half(length) for length in lengths]),
    }
    found = {name: estimate(groups, figure) for name, figure in figures.items()}
    return {name: one for name, one in found.items() if one is not None}


def _half(number: float) -> float:
    return 1.0 if number > 0 else 0.5 if number == 0 else 0.0
