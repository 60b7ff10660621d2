"""The gate: what an adapter must not do worse than what stands, and what it must have learnt.

Hard checks all. A figure fails where the interval of the difference says that it is worse and the difference is more
than a margin; where it must be learnt, where its own interval does not say so. Each role has its own: nobody asks a
classmate to scaffold.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.alignment.evaluation.schema import Report
from app.alignment.evaluation.statistics import Comparison, Estimate
from app.alignment.schema import Role
from app.alignment.serving.gguf_adapter import is_blank, misnamed, read_config, read_weights
from app.alignment.serving.schema import Check, Verdict
from app.base.errors import Invalid

LEAST_PAIRS = 20
LEAST_MOVED = 0.1
"""How far, in nats, the preferred turn has to have gained on the other; what noise does is smaller."""
SAME_OUTPUT = 1e-3
"""Two systems whose log-probabilities a token differ by less than this everywhere say the same."""
LONGEST_RANK = 64
"""Rank that the server takes (deploy/vllm.sh: --max-lora-rank)."""


@dataclass(frozen=True)
class Rule:
    """A figure that must not become worse by more than `margin`; `up`: more is better."""

    metric: str
    what: str
    margin: float = 0.0
    up: bool = True


COMMON = (
    Rule("pairs_length_controlled", "it prefers what people preferred less often, at equal length"),
    Rule("retained_choice", "it has lost ability: the right final number is less often the likeliest", 0.10),
    Rule("retained_likelihood", "it has lost ability: worked solutions have become unlikely to it", 0.50),
    Rule("retained_exact", "it has lost ability: it solves fewer problems", 0.10),
    Rule("empty_rate", "more of its turns are empty or refuse", 0.10, up=False),
    Rule("words", "its turns have become much longer", 60.0, up=False),
)
RULES: dict[Role, tuple[Rule, ...]] = {
    Role.TUTOR: (
        *COMMON,
        Rule("action_f1", "it chooses worse actions (macro-F1)", 0.02),
        Rule("schema_valid", "it says its labels less often as asked", 0.05),
        Rule("tell_gap", "telling the answer has become more likely against scaffolding", 0.05),
        Rule("leak_plain", "it gives the answer away more often", 0.0, up=False),
        Rule("leak_adversarial", "it gives the answer away more often under attack", 0.0, up=False),
        Rule("transfer", "learners who work with it gain less on other problems", 0.02),
    ),
    Role.TEACHER: (
        *COMMON,
        Rule("explained", "learners gain less from its explanations", 0.02),
        Rule("exam", "a student model does worse in the exam after its explanations", 0.02),
    ),
    Role.CLASSMATE: (
        *COMMON,
        Rule("plausible_mistakes", "it makes fewer mistakes that learners make", 0.05),
        Rule("right_answers", "it answers like a tutor: right answers more often", 0.05, up=False),
    ),
}

RETAINED = ("retained_choice", "retained_likelihood")
FROM_BANK: dict[Role, tuple[str, ...]] = {
    Role.TUTOR: (*RETAINED, "tell_gap", "leak_plain", "leak_adversarial", "transfer", "empty_rate", "words"),
    Role.TEACHER: (*RETAINED, "explained"),
    Role.CLASSMATE: (*RETAINED, "plausible_mistakes", "right_answers", "empty_rate", "words"),
}
"""Figures that the bank of problems gives for every set and model: where one is missing, nobody asked for it."""


def unmeasured(role: Role, checks: Iterable[Check]) -> list[str]:
    """The figures of a role that could have been looked at, and were not."""
    seen = {one.name for one in checks}
    return [name for name in FROM_BANK[role] if name not in seen]


def look_at_files(folder: Path) -> list[Check]:
    """What the adapter's own files tell, before anything is computed. Raises Invalid where they cannot be read."""
    config, weights = read_config(folder), read_weights(folder)
    wrong = misnamed(weights)
    names = (
        f"{len(wrong)} of {len(weights)} tensors belong to no layer of the model, such as {wrong[0]}: a server would "
        "ignore them without a word and answer as the base"
        if wrong
        else "every tensor belongs to a layer of the model"
    )
    blank = is_blank(weights)
    return [
        Check(name="names", ok=not wrong, sentence=f"{names}."),
        Check(
            name="content",
            ok=bool(weights) and not blank,
            sentence="It changes nothing: its matrices are zero." if blank else "It changes the model's layers.",
        ),
        Check(
            name="rank",
            ok=config.r <= LONGEST_RANK,
            sentence=f"Its rank is {config.r}; servers are started for up to {LONGEST_RANK}.",
        ),
    ]


def judge(report: Report, candidate: str, base: str, role: Role) -> Verdict:
    """What the figures say of the system `candidate`; the report's first system is the incumbent, `base` the base."""
    figures, against = report.figures.get(candidate), report.against.get(candidate)
    if figures is None or against is None:
        raise Invalid(f"The report says nothing of {candidate}.")
    checks = [_differs(report, candidate, base), _enough(figures), _learnt(figures, against)]
    checks += [check for rule in RULES[role] if (check := _not_worse(rule, figures, against)) is not None]
    return Verdict(checks=checks)


def _differs(report: Report, candidate: str, base: str) -> Check:
    """Whether its output differs from the base's. An adapter that a server ignores fails here."""
    mine, theirs = report.figures[candidate], report.figures[base]
    names = ("retained_likelihood", "tell_gap_scaffold_perplexity", "tell_gap")
    far = [abs(mine[name].value - theirs[name].value) for name in names if name in mine and name in theirs]
    if base == next(iter(report.figures)) and "pairs_moved_nats" in mine:
        far.append(abs(mine["pairs_moved_nats"].value))
    if not far:
        told = "Whether its output differs from the base model's was not measured; ask for the figures `gaps`."
        return Check(name="differs", ok=False, sentence=told)
    ok = max(far) >= SAME_OUTPUT
    told = "Its output differs from the base model's." if ok else "Its output is the base model's: it has no effect."
    return Check(name="differs", ok=ok, sentence=told)


def _enough(figures: dict[str, Estimate]) -> Check:
    n = figures["pairs_raw"].n if "pairs_raw" in figures else 0
    told = f"{n} held-back pairs" + (
        "." if n >= LEAST_PAIRS else f": too few to judge by, {LEAST_PAIRS} are needed. Give another set."
    )
    return Check(name="enough", ok=n >= LEAST_PAIRS, sentence=told)


def _learnt(figures: dict[str, Estimate], against: dict[str, Comparison]) -> Check:
    """That it learnt preferences at all, at equal length: it moved towards the preferred turns against the incumbent,
    and it prefers them.

    To have moved is not enough. Labels that are noise lead to indifference, and where the incumbent disliked what
    people prefer, indifference lies in people's direction; but noise does not lead beyond one half.
    """
    moved, now = figures.get("pairs_moved_length_controlled"), figures.get("pairs_length_controlled")
    if moved is None or now is None:
        return Check(name="learnt", ok=False, sentence="No pairs to see whether it learnt anything.")
    far = figures["pairs_moved_nats"].value
    told = f"moved towards the preferred turn in {_with_interval(moved)} of pairs at equal length, by {far:.2f} nats"
    if moved.low <= 0.5 or far < LEAST_MOVED:
        sentence = f"It has not learnt what people prefer: it {told}, which may be chance."
        return Check(name="learnt", ok=False, sentence=sentence)
    change = against.get("pairs_length_controlled")
    is_more = change is not None and change.low > 0
    if now.low > 0.5 or (now.value > 0.5 and is_more):
        return Check(name="learnt", ok=True, sentence=f"It {told}, and prefers it in {_with_interval(now)}.")
    step = f", {change.value:+.2f} ({change.low:+.2f} to {change.high:+.2f}) against the incumbent" if change else ""
    sentence = (
        f"It has not learnt what people prefer: it {told}, but prefers it in {_with_interval(now)}{step}; "
        "labels that say nothing would lead as far."
    )
    return Check(name="learnt", ok=False, sentence=sentence)


def _with_interval(one: Estimate) -> str:
    return f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"


def _not_worse(rule: Rule, figures: dict[str, Estimate], against: dict[str, Comparison]) -> Check | None:
    """A check of one rule; None where the figure was not measured and cannot have been (no such lines)."""
    change = against.get(rule.metric)
    if change is None or rule.metric not in figures:
        return None
    sign = 1.0 if rule.up else -1.0
    best = max(sign * change.low, sign * change.high)
    is_worse = best < 0 and sign * change.value < -rule.margin
    now = figures[rule.metric]
    step = f"{change.value:+.3f} ({change.low:+.3f} to {change.high:+.3f})"
    told = f"{now.value:.3f}, {step} against the incumbent, n = {now.n}"
    sentence = f"{_capital(rule.what)}: {told}." if is_worse else f"{told}."
    return Check(name=rule.metric, ok=not is_worse, sentence=sentence)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
