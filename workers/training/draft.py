"""A model's own explanations, and what students are worth after reading each: what pairs by learning are made from.

The parent run's model (or the base) writes several texts on each context. Students read one and sit an exam on other
questions (`app/alignment/evaluation/reading.py`): learners that follow rules, the base model, other models. Learning by
teaching (arXiv 2406.14629) ranks explanations so, ARTE (arXiv 2406.19227) words for lessons; both then train on pairs.
"""

from collections.abc import Sequence
from itertools import combinations
from statistics import fmean

import torch

from app.alignment.evaluation.reading import Reading, explanation, learners_mark, lesson
from app.alignment.runs import schema
from app.alignment.runs.schema import BASE_STUDENT, LEARNERS, Outcome, Progress
from app.alignment.schema import Draft, Drafts, written_lines
from app.base.db import now
from workers.training.bases import Base, base, with_adapter
from workers.training.common import DTYPES
from workers.training.run import Run
from workers.training.sample import speak
from workers.training.scoring import Voice
from workers.training.students import marks, without_adapter

FIRST, FIRST_HELD = 20_000, 40_000
"""Seeds of the problems that texts are drafted on; evaluation asks about others."""
CONTEXTS = 40
LONGEST = 1024
"""Tokens that a student reads."""


def train(run: Run) -> None:
    """Carry out an order of method "draft". One that was cut off goes on after its last whole batch of contexts."""
    given = _teacher(run)
    students = _students(run, given)
    wanted = [(one, False) for one in _readings(run, FIRST, run.training.examples or CONTEXTS)]
    wanted += [(one, True) for one in _readings(run, FIRST_HELD, run.training.held)]
    path = run.folder / schema.DRAFTS
    done = written_lines(path, Drafts, cut=True)
    for at in range(len(done), len(wanted), run.training.batch):
        if run.is_cancelled:
            run.end(Outcome(state="cancelled", sentence=f"Stopped after {at} contexts on request."))
            return
        torch.manual_seed(run.training.seed + at)
        made = _batch(run, given, students, wanted[at : at + run.training.batch])
        with path.open("a", encoding="utf-8") as out:
            out.write("".join(one.model_dump_json() + "\n" for one in made))
        done += made
        run.tell(Progress(step=len(done), steps=len(wanted), at=now(), reward=fmean(_best(one) for one in done)))
    run.examples = len(done)
    run.write_manifest(given, len(done), _figures(done))
    run.end(Outcome(state="done"))


def _teacher(run: Run) -> Base:
    with run.timed("load"):
        given = base(run.order.base, dtype=DTYPES[run.training.precision])
        if run.order.parent is not None:
            given = with_adapter(given, schema.run_folder(run.order.parent) / schema.ADAPTER)
        given.model.eval()
    return given


def _students(run: Run, given: Base) -> dict[str, Voice]:
    """The students that are models, by name; the base is the teacher's own, without what it has learnt."""
    names = [one for one in run.training.students if one != LEARNERS]
    with run.timed("load"):
        bases = {name: given if name in (BASE_STUDENT, given.name) else base(name) for name in names}
    return {name: Voice(one, run.training.batch, LONGEST) for name, one in bases.items()}


def _readings(run: Run, first: int, count: int) -> list[Reading]:
    make = explanation if run.training.drafts == "explanation" else lesson
    start = first + 100 * (run.training.seed % 100)
    return [make(start + at, run.training.exam) for at in range(count)]


def _batch(run: Run, given: Base, students: dict[str, Voice], part: list[tuple[Reading, bool]]) -> list[Drafts]:
    """Texts on some contexts, marked by every student; a text that was written twice counts once."""
    with run.timed("write"):
        said = speak(run, given, [reading.prompt for reading, _ in part for _ in range(run.training.group)])
    size = run.training.group
    texts = [list(dict.fromkeys(one for one in said[k * size : (k + 1) * size] if one)) for k in range(len(part))]
    with run.timed("exam"):
        flat = [(reading, text) for (reading, _), own in zip(part, texts, strict=True) for text in ["", *own]]
        found = {name: _marks(students.get(name), flat) for name in run.training.students}
    drafts, at = [], 0
    for (reading, held), own in zip(part, texts, strict=True):
        rows = [{name: found[name][at + k] for name in found} for k in range(len(own) + 1)]
        at += len(rows)
        drafts.append(
            Drafts(
                id=f"drafts:{reading.id}",
                conversation=f"drafts:{reading.id}",
                source="drafts",
                role=run.order.role,
                prompt=list(reading.prompt),
                held=held,
                before=rows[0],
                drafts=[Draft(text=text, marks=row) for text, row in zip(own, rows[1:], strict=True)],
            )
        )
    return drafts


def _marks(voice: Voice | None, read: Sequence[tuple[Reading, str]]) -> list[float]:
    if voice is None:
        return [learners_mark(text, reading.exam) for reading, text in read]
    with without_adapter(voice.model):
        return marks(voice, [(reading.prompt, text, reading.exam) for reading, text in read])


def _best(one: Drafts) -> float:
    return max((draft.score for draft in one.drafts), default=fmean(one.before.values()))


def _figures(done: list[Drafts]) -> dict[str, float]:
    """Mean marks before reading, after any text and after the best; for each student; and how often two students agree
    which of two texts is better."""
    found: dict[str, float] = {}
    for prefix, part in (("train", [one for one in done if not one.held]), ("eval", [one for one in done if one.held])):
        some = [one for one in part if one.drafts]
        if not some:
            continue
        found[f"{prefix}_before"] = fmean(fmean(one.before.values()) for one in some)
        found[f"{prefix}_mark"] = fmean(draft.score for one in some for draft in one.drafts)
        found[f"{prefix}_best_mark"] = fmean(_best(one) for one in some)
        for name in some[0].before:
            found[f"{prefix}_before_{name}"] = fmean(one.before[name] for one in some)
            found[f"{prefix}_mark_{name}"] = fmean(draft.marks[name] for one in some for draft in one.drafts)
    return found | _agreement(done)


def _agreement(done: list[Drafts]) -> dict[str, float]:
    """Of two texts on one context that two students rank, the share that they rank alike."""
    alike: list[bool] = []
    for one in done:
        for first, second in combinations(one.drafts, 2):
            gaps = [first.marks[name] - second.marks[name] for name in one.before]
            alike += [a * b > 0 for a, b in combinations(gaps, 2) if a * b]
    return {"students_agree": fmean(alike)} if alike else {}
