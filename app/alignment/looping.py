"""One turn of the cycle: import, build, train, sample, train on preferences, evaluate, gate. Every stage is kept, with
its time, so that a loop that was cut off goes on where it was.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ValidationError

from app.alignment.datasets import service as datasets
from app.alignment.datasets.schema import Format
from app.alignment.evaluation import drawing
from app.alignment.evaluation import service as evaluation
from app.alignment.evaluation.planning import TINY, Sizes
from app.alignment.evaluation.schema import Report
from app.alignment.evaluation.systems import systems_of
from app.alignment.runs.files import manifest_of, newest, outcome_of
from app.alignment.runs.recipes import load_recipe, narrowed
from app.alignment.runs.schema import DRAFTS, SAMPLES, Method, Order, Recipe
from app.alignment.runs.service import orders_of
from app.alignment.runs.together import carry_together
from app.alignment.schema import alignment_folder
from app.alignment.service import build_set
from app.alignment.serving.gate import judge
from app.base.errors import AppError, Invalid
from app.base.files import write_whole
from app.base.settings import get_settings

log = logging.getLogger(__name__)

FILES = {
    Format.BRIDGE: "bridge*.json",
    Format.MRBENCH: "mrbench*.csv",
    Format.CIMA: "cima*.json",
    Format.GSM8K: "gsm8k*.jsonl",
}
"""What files of published data are called."""
SPEAKING = (Method.SFT, Method.ILF, Method.SAMI, Method.DPO, Method.IPO, Method.KTO, Method.GRPO)
FIRST = (Method.SFT, Method.SAMPLE, Method.DRAFT)
"""What is done before there are pairs of the model's own turns."""
NEEDED = {
    Method.SFT: ("sft",),
    Method.SAMPLE: ("sft",),
    Method.SAMI: ("sft",),
    Method.ILF: ("pairs", "unpaired"),
    Method.DPO: ("pairs",),
    Method.IPO: ("pairs",),
    Method.KTO: ("unpaired", "pairs"),
    Method.REWARD: ("pairs",),
}
"""What a method trains on, any of these."""
SHOWN = {
    "eval_loss": "held loss",
    "eval_rewards/margins": "held rewards/margins",
    "eval_rewards/accuracies": "held rewards/accuracies",
    "before_eval_accuracy": "held accuracy before",
    "eval_accuracy": "held accuracy",
    "before_eval_bound": "held bound before",
    "eval_bound": "held bound",
    "train_reward": "train_reward",
    "eval_before": "held mark unread",
    "eval_mark": "after a draft",
    "eval_best_mark": "after the best",
    "students_agree": "students agree",
}
"""Figures of a manifest that are told, and what they are called."""
KEPT, ASIDE = "loop.json", "set_aside.json"
"""Where a loop stands, and where one stood that was given up."""
BEST = "pairs_moved_length_controlled"
"""The figure by which the best of those that pass the gate is chosen."""


class Stage(BaseModel):
    """A stage that is done: what came of it, and how long it took."""

    name: str
    seconds: float
    told: str = ""


class Loop(BaseModel):
    """Where a loop stands. `passed`: for each system whether the gate would let it through; `best`: the one to take."""

    recipe: str
    base: str
    given: Recipe | None = None
    """The recipe as it was when the loop began; every share is one of this."""
    cut: Recipe | None = None
    """What was made of it: of fewer methods, a share of its examples, other sizes."""
    set: str = ""
    pairs_set: str = ""
    orders: list[Order] = []
    stages: list[Stage] = []
    passed: dict[str, bool] = {}
    refused: dict[str, list[str]] = {}
    best: str = ""

    def run_of(self, method: Method) -> UUID | None:
        """The run of a method."""
        return next((one.id for one in self.orders if one.method is method), None)

    def run_named(self, system: str) -> UUID | None:
        """The run of a system's name, which is its method's."""
        return next((one.id for one in self.orders if one.method.value == system), None)

    def has(self, stage: str) -> bool:
        """Whether a stage is done."""
        return any(one.name == stage for one in self.stages)


class Turn:
    """One turn of the cycle, with what it tells people as it goes on."""

    def __init__(self, recipe: Recipe, base: str, say: Callable[[str], None], progress: Callable[[str], None]) -> None:
        self.recipe, self.say, self.progress = recipe, say, progress
        base = base or recipe.base
        self.folder = alignment_folder("loops", f"{recipe.name}-{base}")
        self.loop = Loop(recipe=recipe.name, base=base, given=recipe)

    def go(
        self,
        sources: Path | None,
        resume: bool,
        share: float | None = None,
        sizes: dict[str, int] | None = None,
        methods: Sequence[Method] = (),
    ) -> Loop:
        """Do what is still to be done. Raises AppError where a stage cannot; the loop can be resumed then.

        With `resume`, `methods`, `share` and `sizes` hold for what was not begun yet: a turn that turns out too long is
        cut short. A share is of the recipe as it was given first; None leaves what it was cut to.
        """
        if resume:
            self.loop = self._kept()
        self._cut(methods, share, sizes)
        if sources is not None:
            self._once("import", lambda: self._import(sources))
        self._once("build", self._build)
        first = [one for one in self.recipe.methods if one in FIRST]
        self._once("orders", self._order)
        self._train(first)
        if Method.SAMPLE in first:
            self._once("pairs", self._pairs)
        if Method.DRAFT in first:
            self._once("drafts", self._drafted)
        self._train([one for one in self.recipe.methods if one not in first])
        self._once("evaluate", self._evaluate)
        self._once("gate", self._gate)
        return self.loop

    @property
    def is_cut_off(self) -> bool:
        """Whether an earlier loop of this recipe did not come to its end."""
        return (self.folder / KEPT).exists() and not self._kept().has("gate")

    def report(self) -> Report:
        """The figures, side by side."""
        return evaluation.read_json((self.folder / "report.json").read_bytes())

    def set_aside(self) -> None:
        """Keep a loop that did not come to its end under another name, so that the next one begins anew."""
        path = self.folder / KEPT
        try:
            is_open = self.is_cut_off
        except Invalid:
            is_open = True
        if is_open and path.exists():
            path.replace(self.folder / ASIDE)

    def _cut(self, methods: Sequence[Method], share: float | None, sizes: dict[str, int] | None) -> None:
        """Make the recipe smaller, and the orders that were not begun."""
        whole = self.loop.given or self.recipe
        so_far = self.loop.cut or whole
        training = so_far.training if share is None else narrowed(whole, share=share).training
        self.recipe = narrowed(so_far.model_copy(update={"training": training}), methods, sizes=sizes)
        if self.loop.orders:
            self.loop.orders = self._kept_orders(methods)
            self.recipe = narrowed(self.recipe, [one.method for one in self.loop.orders])
        self.loop.given, self.loop.cut = whole, self.recipe

    def _kept_orders(self, methods: Sequence[Method]) -> list[Order]:
        """What was begun as it was ordered; of the rest what is wanted, as it is wanted now."""
        absent = set(methods) - {one.method for one in self.loop.orders}
        if absent:
            told = ", ".join(sorted(absent))
            raise Invalid(f"The loop that is gone on with has no runs of {told}; start without --resume.")
        begun = [one for one in self.loop.orders if newest(one.folder) or outcome_of(one.folder)]
        kept = [one for one in self.loop.orders if one in begun or not methods or one.method in methods]
        there = {one.id for one in kept} | {None}
        return [
            one
            if one in begun
            else one.model_copy(
                update={
                    "training": self.recipe.training[one.method],
                    "parent": one.parent if one.parent in there else None,
                }
            )
            for one in kept
        ]

    def _once(self, name: str, work: Callable[[], str]) -> None:
        if self.loop.has(name):
            return
        with self._timed(name) as told:
            told.append(work())

    @contextmanager
    def _timed(self, name: str) -> Iterator[list[str]]:
        began, told = time.monotonic(), list[str]()
        yield told
        self._note(name, time.monotonic() - began, "".join(told))

    def _note(self, name: str, seconds: float, told: str) -> None:
        self.loop.stages.append(Stage(name=name, seconds=round(seconds, 1), told=told))
        write_whole(self.folder / KEPT, self.loop.model_dump_json(indent=2).encode())
        self.say(f"{name:<14} {seconds:8.1f} s  {told}")

    def _kept(self) -> Loop:
        try:
            return Loop.model_validate_json((self.folder / KEPT).read_bytes())
        except FileNotFoundError:
            return self.loop
        except ValidationError as error:
            raise Invalid(f"{self.folder / KEPT} cannot be read; start without --resume.") from error

    def _import(self, sources: Path) -> str:
        found = {form: sorted(sources.glob(pattern)) for form, pattern in FILES.items()}
        if not any(found.values()):
            raise Invalid(f"{sources} has none of {', '.join(FILES.values())}.")
        made = [datasets.import_files(form, files) for form, files in found.items() if files]
        return ", ".join(f"{one.name} {sum(one.taken.values()):,}" for one in made)

    def _build(self) -> str:
        made = build_set(self.recipe.set)
        self.loop.set = self.loop.pairs_set = made.hash
        return f"set {made.hash[:12]}: " + ", ".join(f"{count:,} {name}" for name, count in made.counts.items())

    def _order(self) -> str:
        """An order for each method; what the set has nothing for is left out, as classes give now this and now that."""
        counts = datasets.manifest_of(self.loop.set).counts
        idle = [one for one in self.recipe.methods if self.recipe.pairs == "set" and not _has_lines(one, counts)]
        methods = tuple(one for one in self.recipe.methods if one not in idle)
        if not methods:
            raise Invalid(f"The set {self.loop.set[:12]} has nothing for {', '.join(idle)}.")
        recipe = self.recipe.model_copy(update={"methods": methods})
        self.loop.orders = orders_of(recipe, self.loop.set, base=self.loop.base)
        return f"left out, as the set has no such lines: {', '.join(idle)}" if idle else ""

    def _train(self, methods: Sequence[Method]) -> None:
        """The runs of these methods in one process, as loading torch takes longer than a small run."""
        orders = [one for one in self.loop.orders if one.method in methods and not self.loop.has(one.method.value)]
        if not orders:
            return
        if self.recipe.pairs == "set" or any(one not in FIRST for one in methods):
            evaluation.held_back(self.loop.pairs_set)  # what cannot be measured is not trained
        began = time.monotonic()
        outcome = carry_together(orders, self.progress)
        if outcome.state != "done":
            raise AppError(f"{outcome.sentence} Go on with --resume.")
        for order in orders:
            self._note(order.method.value, *_figures(order))
        spent = time.monotonic() - began - sum(one.seconds for one in self.loop.stages[-len(orders) :])
        self._note(f"loading {orders[0].method.value}", max(0.0, spent), "loading libraries, watching")

    def _pairs(self) -> str:
        """Pairs by label disagreement; where the model agrees with every turn, the set's own pairs stay."""
        run = self.loop.run_of(Method.SAMPLE)
        samples = alignment_folder("runs", str(run), SAMPLES)
        try:
            made = datasets.from_samples(self.loop.set, samples)
        except Invalid as refusal:
            return refusal.sentence
        if self.recipe.pairs != "disagreement":
            return f"set {made.hash[:12]} with {made.counts['pairs']} pairs by disagreement, beside"
        self._prefer_on(made.hash)
        return f"set {made.hash[:12]} with {made.counts['pairs']} pairs by disagreement"

    def _drafted(self) -> str:
        """Pairs of drafts, by what students learnt of them."""
        folder = alignment_folder("runs", str(self.loop.run_of(Method.DRAFT)))
        try:
            made = datasets.from_drafts(self.loop.set, folder / DRAFTS, self.recipe.margin)
        except Invalid as refusal:
            if self.recipe.pairs == "drafts":
                raise
            return refusal.sentence
        told = f"set {made.hash[:12]} with {made.counts['pairs']} pairs by what students learnt"
        if self.recipe.pairs != "drafts":
            return f"{told}, beside"
        self._prefer_on(made.hash)
        return told

    def _prefer_on(self, content_hash: str) -> None:
        """Preferences are trained and measured on this set from here on."""
        self.loop.pairs_set = content_hash
        preferring = (Method.DPO, Method.IPO, Method.KTO)
        self.loop.orders = [
            one.model_copy(update={"set": content_hash}) if one.method in preferring else one
            for one in self.loop.orders
        ]

    def _evaluate(self) -> str:
        """Base and every method on what was held back, with pairs by disagreement where those were used."""
        loop = self.loop
        words = ["base", *(f"{one.method.value}={one.id}" for one in loop.orders if one.method in SPEAKING)]
        systems, base = systems_of(words, loop.base)
        wish = evaluation.Wish(
            title=f"{self.recipe.name} on {loop.base}",
            role=self.recipe.role,
            base=base,
            systems=systems,
            sizes=TINY if self.recipe.sizes == "tiny" else Sizes.model_validate(self.recipe.sizes),
            threads=self.recipe.threads,
            command=f"./lyceum align loop --recipe {self.recipe.name}",
        )
        material = evaluation.held_back(loop.pairs_set)
        report = evaluation.evaluate(wish, material, self.progress, self.folder / "evaluation")
        write_whole(self.folder / "report.json", evaluation.as_json(report))
        write_whole(self.folder / "report.html", drawing.page(report).encode())
        return f"{len(systems)} systems; {self.folder / 'report.html'}"

    def _gate(self) -> str:
        """What the gate says of each system against the base, by the figures that are there."""
        report, loop = self.report(), self.loop
        for name in list(report.figures)[1:]:
            verdict = judge(report, name, "base", self.recipe.role)
            loop.passed[name] = all(check.ok for check in verdict.checks)
            loop.refused[name] = [check.sentence for check in verdict.checks if not check.ok]
        good = [name for name, ok in loop.passed.items() if ok]
        loop.best = max(good, key=lambda name: report.figures[name][BEST].value, default="")
        return f"passed: {', '.join(good) or 'none'}" + (f"; best: {loop.best}" if loop.best else "")


def _has_lines(method: Method, counts: dict[str, int]) -> bool:
    """Whether a set has lines for a method at all."""
    needed = NEEDED.get(method, ())
    return not needed or any(counts.get(one) for one in needed)


def go_round() -> None:
    """One turn with the recipe of the settings, if they name one. One whose process ended is gone on with; one that
    could not go on is set aside, as the next set may do what this one cannot.
    """
    recipe = get_settings().align_loop
    if not recipe:
        return
    turn = Turn(load_recipe(recipe), "", log.info, log.debug)
    try:
        done = turn.go(None, resume=turn.is_cut_off)
        log.info("the loop %s is done; best: %s", recipe, done.best or "none passed the gate")
    except AppError as trouble:
        log.warning("the loop %s: %s", recipe, trouble.sentence)
        turn.set_aside()


def _figures(order: Order) -> tuple[float, str]:
    """How long a run took, and its last figures."""
    manifest = manifest_of(order.folder)
    if manifest is None:
        raise AppError(f"The run {order.id} left no manifest.")
    each = f", {manifest.seconds_per_example:.2f} s each" if manifest.seconds_per_example else ""
    shown = {words: manifest.metrics[name] for name, words in SHOWN.items() if name in manifest.metrics}
    told = "".join(f", {words} {value:.3f}" for words, value in shown.items())
    return sum(manifest.seconds.values()), f"{manifest.examples} examples{each}{told}"
