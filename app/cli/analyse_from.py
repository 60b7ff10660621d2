"""`./lyceum analyse --from FILE [--test FILE]`: models of learners on a table of answers, and how well they predict."""

import argparse
import math
from pathlib import Path

import numpy as np
from pydantic import BaseModel

from app.analysis.learners import afm
from app.analysis.learners.comparing import Comparison, Figures, SkillValues, compare, fit_all
from app.analysis.learners.files import Answers, guessed_errors, practice_of, read
from app.analysis.learners.practice import Practice
from app.base.console import say, say_progress, say_table
from app.base.errors import Invalid
from app.base.files import write_whole

SHOWN = 30
NAMES = {"bkt": "knowledge tracing", "afm": "learning curves (AFM)", "elo": "Elo"}


class Agreement(BaseModel):
    """Our learning curves' error rates beside DataShop's own in its file, on the answers that have both."""

    n: int
    correlation: float | None
    mean_difference: float
    ours_rmse: float
    datashop_rmse: float


class Report(BaseModel):
    """What was read and found. `rows` are the file's lines, `answers` those used; `auc`, `rmse` and `fit_s` (seconds)
    are knowledge tracing's, `models` has all three.
    """

    file: str
    kind: str
    skill_column: str
    skill_columns: list[str]
    rows: int
    answers: int
    learners: int
    skills: int
    nameless: int
    left_out: dict[str, int]
    test_rows: int | None = None
    test_answers: int | None = None
    test_learners: int | None = None
    how: str
    auc: float | None
    rmse: float | None
    fit_s: float
    models: dict[str, Figures]
    parameters: list[SkillValues]
    datashop: Agreement | None = None
    sentences: list[str]
    seed: int


def run(arguments: argparse.Namespace) -> int:
    """Read, fit, predict and tell."""
    given: Path = arguments.given
    say_progress(f"reading {given.name}")
    answers = read(given, arguments.skill or "")
    tested = _read_test(arguments.test, answers) if arguments.test else None
    practice = practice_of(answers)
    test = practice_of(tested, practice.skills) if tested else None
    found = compare(practice, test, arguments.seed, arguments.forgets, say_progress)
    say_progress("")
    report = _report(given, answers, practice, found, arguments.seed)
    if tested and test:
        report.test_rows, report.test_answers, report.test_learners = tested.rows, len(tested.right), len(test.learners)
    if arguments.json:
        write_whole(arguments.json, report.model_dump_json(indent=1).encode())
    _tell(report)
    return 0


def _read_test(path: Path, answers: Answers) -> Answers:
    """The answers to be predicted, with the same column of skills where the file has it."""
    say_progress(f"reading {path.name}")
    try:
        return read(path, answers.skill_column)
    except Invalid as error:
        raise Invalid(f"The test file cannot be used. {error.sentence}") from error


def _report(path: Path, answers: Answers, practice: Practice, found: Comparison, seed: int) -> Report:
    sentences = [*_reading(answers), *found.sentences]
    traced = found.models["bkt"]
    return Report(
        file=path.name,
        kind=answers.layout.kind,
        skill_column=answers.skill_column,
        skill_columns=[answers.layout.head[at].strip() for at in answers.layout.skills],
        rows=answers.rows,
        answers=found.answers,
        learners=found.learners,
        skills=found.skills - (1 if answers.nameless and not answers.layout.kind.startswith("DataShop") else 0),
        nameless=answers.nameless,
        left_out=dict(answers.left_out),
        how=found.how,
        auc=traced.auc,
        rmse=traced.rmse,
        fit_s=traced.fit_s,
        models=found.models,
        parameters=found.parameters,
        datashop=_agreement(answers, practice),
        sentences=sentences,
        seed=seed,
    )


def _reading(answers: Answers) -> list[str]:
    said = [f"{count:,} rows {why} and were left out." for why, count in answers.left_out.items()]
    if answers.nameless and not answers.layout.kind.startswith("DataShop"):
        said.append(f"{answers.nameless:,} rows name no skill; they are taken as one, as pyBKT does.")
    if several := sum(len(one) > 1 for one in answers.skills):
        said.append(f"{several:,} answers are about several skills: each is traced, and their predictions averaged.")
    if len(answers.layout.skills) > 1:
        others = [answers.layout.head[at].strip() for at in answers.layout.skills if at != answers.layout.skill]
        said.append(f"Skills are those of {answers.skill_column}; the file also has {', '.join(others[:6])} (--skill).")
    return said


def _agreement(answers: Answers, practice: Practice) -> Agreement | None:
    """The learning curves on the answers they were fitted on, beside DataShop's own predictions of the same."""
    errors = guessed_errors(answers)
    told = np.isfinite(errors)
    if not told.any():
        return None
    ours = 1 - afm.within(fit_all(practice).afm, practice)[told]
    theirs, wrong = errors[told], 1 - practice.outcomes[told]
    varies = ours.std() > 0 and theirs.std() > 0
    return Agreement(
        n=int(told.sum()),
        correlation=float(np.corrcoef(ours, theirs)[0, 1]) if varies else None,
        mean_difference=float(np.abs(ours - theirs).mean()),
        ours_rmse=float(np.sqrt(((ours - wrong) ** 2).mean())),
        datashop_rmse=float(np.sqrt(((theirs - wrong) ** 2).mean())),
    )


def _tell(report: Report) -> None:
    say(
        f"{report.file}: {report.kind}, {report.rows:,} rows, {report.answers:,} answers of {report.learners:,} "
        f"learners about {report.skills:,} skills ({report.skill_column})."
    )
    for sentence in report.sentences:
        say(sentence)
    say()
    say(f"Predicted: {report.how}.")
    say_table(
        [
            (NAMES[name], f"{one.n:,}", _told(one.auc), _told(one.rmse), _told(one.off), f"{one.fit_s:.2f}")
            for name, one in report.models.items()
        ],
        ("model", "answers", "AUC", "RMSE", "calibration error", "fit, s"),
    )
    if report.datashop:
        one = report.datashop
        say()
        say(
            f"DataShop's own error rates of {one.n:,} answers: correlation with ours {_told(one.correlation)}, mean "
            f"difference {one.mean_difference:.3f}, RMSE {one.datashop_rmse:.3f} (ours {one.ours_rmse:.3f})."
        )
    say()
    say_table(
        [
            (one.skill[:40], one.answers, *(_pair(one, name) for name in ("prior", "learn", "guess", "slip", "slope")))
            for one in report.parameters[:SHOWN]
        ],
        ("skill", "answers", "prior ±", "learn ±", "guess ±", "slip ±", "slope ± (logits)"),
    )
    if len(report.parameters) > SHOWN:
        say(f"… and {len(report.parameters) - SHOWN:,} more; --json FILE has all.")


def _told(value: float | None) -> str:
    return "none" if value is None or math.isnan(value) else f"{value:.4f}"


def _pair(one: SkillValues, name: str) -> str:
    return f"{getattr(one, name):.2f} {getattr(one, f'{name}_se'):.2f}"
