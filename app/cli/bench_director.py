"""`bench director`: how well the director decides on labelled class states, by rules alone and with a model."""

import argparse
from collections import defaultdict
from pathlib import Path

from pydantic import BaseModel

from app.base.console import say, say_progress, say_table, write_figures
from app.base.errors import Invalid
from app.classroom.directing.choosing import choose_by_model
from app.classroom.directing.director import Move, decide
from app.cli.director_cases import Case, Play, name_of, read_cases
from app.inference import service as inference
from app.inference.schema import Role

CASES = Path(__file__).parents[2] / "tests" / "benchmarks" / "director" / "cases.jsonl"


class KindFigures(BaseModel):
    """Shares of one kind of case, or of all. Failures are shares of the cases in which they could happen."""

    cases: int
    acceptable_share: float
    unacceptable_share: float
    premature_end_share: float
    ignored_student_share: float
    repetition_share: float
    role_confusion_share: float


class Report(KindFigures):
    """The director's figures; `decisions` maps a case's id to the move that was made."""

    by_kind: dict[str, KindFigures]
    model_calls: int
    model_calls_per_case: float
    decisions: dict[str, str]


class DirectorFigures(Report):
    """What `--json` writes: the director as it runs, and the same by rules alone."""

    model: str
    rules_alone: KindFigures


class Made(BaseModel):
    """A case and what was decided."""

    case: Case
    move: str

    @property
    def last(self) -> str:
        """Who was heard last."""
        return self.case.transcript[-1].who if self.case.transcript else ""

    @property
    def waits(self) -> bool:
        """Whether the labels want a student to be answered: nothing but the staff or a named agent will do."""
        return not {"script", "wait", "end"} & set(self.case.acceptable)

    @property
    def is_confused(self) -> bool:
        """Whether an agent was made to speak whose role it is not."""
        return self.move not in ("script", "wait", "end") and self.move in self.case.unacceptable and self.waits


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `bench director`."""
    parser = parts.add_parser("director", help="the director on labelled class states, by rules and with a model")
    parser.add_argument("--cases", type=Path, default=CASES, help="JSON lines of labelled states (default: ours)")
    parser.add_argument("--rules-only", action="store_true", help="do not ask a model where rules leave a choice")
    parser.add_argument("--json", type=Path, help="write the figures there")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Decide every case and report."""
    cases = read_cases(arguments.cases)
    rules = [Made(case=case, move=name_of(_by_rules(case))) for case in cases]
    model = (
        "" if arguments.rules_only or not inference.available(Role.DIRECTOR) else inference.model_name(Role.DIRECTOR)
    )
    made, calls = _with_model(cases) if model and model != "no model" else (rules, 0)
    figures = DirectorFigures(
        **_figures(made).model_dump(),
        by_kind=_by_kind(made),
        model_calls=calls,
        model_calls_per_case=calls / len(cases),
        decisions={one.case.id: one.move for one in made},
        model=model,
        rules_alone=_figures(rules),
    )
    if arguments.json:
        write_figures(arguments.json, "bench director", figures.model_dump(mode="json"))
    _tell(figures)
    return 0


def _by_rules(case: Case) -> Move:
    play = Play(case)
    return decide(play.state, play.script, play.moment)


def _with_model(cases: list[Case]) -> tuple[list[Made], int]:
    made, calls = [], 0
    for done, case in enumerate(cases, 1):
        play = Play(case)
        move = decide(play.state, play.script, play.moment)
        if move.choices:
            calls += 1
            move = choose_by_model(move, play.state, about=None).move
        made.append(Made(case=case, move=name_of(move)))
        say_progress(f"case {done} of {len(cases)}")
    return made, calls


def _by_kind(made: list[Made]) -> dict[str, KindFigures]:
    groups: dict[str, list[Made]] = defaultdict(list)
    for one in made:
        groups[one.case.kind].append(one)
    return {kind: _figures(group) for kind, group in sorted(groups.items())}


def _figures(made: list[Made]) -> KindFigures:
    if not made:
        raise Invalid("There are no cases.")
    return KindFigures(
        cases=len(made),
        acceptable_share=_share([one.move in one.case.acceptable for one in made]),
        unacceptable_share=_share([one.move in one.case.unacceptable for one in made]),
        premature_end_share=_share([one.move == "end" for one in made if "end" not in one.case.acceptable]),
        ignored_student_share=_share([one.move in ("script", "wait", "end") for one in made if one.waits]),
        repetition_share=_share([one.move == one.last for one in made]),
        role_confusion_share=_share([one.is_confused for one in made if one.waits]),
    )


def _share(hits: list[bool]) -> float:
    return round(sum(hits) / len(hits), 4) if hits else 0.0


def _tell(figures: DirectorFigures) -> None:
    head = ("kind", "cases", "acceptable", "unacceptable", "early end", "ignored", "repeats", "role")
    rows = [*figures.by_kind.items(), ("all", figures), ("all, by rules alone", figures.rules_alone)]
    say_table(
        [
            (
                name,
                one.cases,
                f"{one.acceptable_share:.1%}",
                f"{one.unacceptable_share:.1%}",
                f"{one.premature_end_share:.1%}",
                f"{one.ignored_student_share:.1%}",
                f"{one.repetition_share:.1%}",
                f"{one.role_confusion_share:.1%}",
            )
            for name, one in rows
        ],
        head,
    )
    spoke = f"{figures.model} was asked {figures.model_calls} times" if figures.model else "no model was asked"
    say(f"{figures.cases} cases; {spoke}.")
