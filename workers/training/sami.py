"""SAMI (arXiv 2404.14313): what the model says is to tell which written principle it was given, without preferences.

For each context the model answers under several principles. The log-probability a token of every answer under every
principle makes a table, and the loss is the symmetric InfoNCE over it: each answer is to be likeliest under its own
principle, and under each principle its own answer. The loss's complement to log(principles) is a lower bound of the
mutual information between principle and answer, given the context. Means a token, as sums prefer short answers under
any principle; `beta` divides them, as differences a token are small.
"""

import tomllib
from collections.abc import Sequence
from statistics import fmean
from typing import Any, TypedDict

import torch
from datasets import Dataset
from pydantic import BaseModel
from transformers import Trainer, TrainingArguments

from app.alignment.runs import recipes, schema
from app.alignment.schema import HELD, SFT, Line, Message, SftLine, read_lines, set_folder, written_lines
from app.base.errors import Invalid
from workers.training.bases import Base
from workers.training.common import arguments, carry_through, policy
from workers.training.data import fit, prompt_text, some
from workers.training.run import Run
from workers.training.sample import speak

LEAST = 2


class Answers(Line):
    """What the model said on one context under each of these principles."""

    held: bool
    principles: list[str]
    answers: list[str]


class Row(TypedDict):
    """Token ids of every answer after every principle: `ids`, answer by answer, and `sizes`, the answers' tokens. There
    are `side` principles."""

    ids: list[list[int]]
    sizes: list[int]
    side: int


def train(run: Run) -> None:
    """Carry out an order of method "sami"."""
    principles = principles_of(run)
    given = policy(run)
    with run.timed("answer"):
        told = _answers(run, given, principles)
    with run.timed("data"):
        rows = [_row(run, given, one) for one in told if not one.held]
        held = [_row(run, given, one) for one in told if one.held]
        run.examples = len(rows)
        trainer = Contrast(
            run.training.beta,
            model=given.model,
            args=TrainingArguments(remove_unused_columns=False, **arguments(run, given)),
            train_dataset=Dataset.from_list(rows),
            eval_dataset=Dataset.from_list(held) if held else None,
            data_collator=lambda part: together(part, given.tokenizer.pad_token_id),
        )
    if held:
        with run.timed("before"):
            run.found = {f"before_{name}": float(value) for name, value in trainer.evaluate().items()}
    carry_through(run, trainer, given)


def principles_of(run: Run) -> list[str]:
    """The recipe's principles, or those of the role."""
    role = run.order.role.value
    found = list(run.training.principles) or tomllib.loads(recipes.PRINCIPLES.read_text("utf-8"))[role]
    if len(set(found)) < LEAST:
        raise Invalid("Answers can only be told apart by two principles or more; write them into the recipe.")
    return list(dict.fromkeys(found))


def under(prompt: Sequence[Message], principle: str) -> list[Message]:
    """The prompt with a principle at the end of the system's words."""
    head = prompt[0].content if prompt[0].role == "system" else ""
    rest = list(prompt[1:] if head else prompt)
    return [Message(role="system", content=f"{head}\n{principle}".strip()), *rest]


def _answers(run: Run, given: Base, principles: list[str]) -> list[Answers]:
    """Each context's answers, by the model as it is now; kept in the run's folder for a run that is resumed."""
    path = run.folder / schema.ANSWERS
    kept = {(one.id, one.held): one for one in written_lines(path, Answers, cut=True)}
    lines = [(one, held) for held in (False, True) for one in _contexts(run, held)]
    given.model.eval()
    for at, (line, held) in enumerate(lines):
        if (line.id, held) in kept:
            continue
        torch.manual_seed(run.training.seed + at)
        turn = at % len(principles)
        chosen = (principles[turn:] + principles[:turn])[: run.training.group]
        said = speak(run, given, [under(line.prompt, one) for one in chosen])
        head = line.model_dump(include={"id", "conversation", "source", "role", "prompt"})
        found = Answers.model_validate({**head, "held": held, "principles": chosen, "answers": said})
        with path.open("a", encoding="utf-8") as out:
            out.write(found.model_dump_json() + "\n")
        kept[line.id, held] = found
    done = [kept[line.id, held] for line, held in lines]
    whole = [one for one in done if len(set(one.answers)) >= LEAST and all(one.answers)]
    for _ in range(len(done) - len(whole)):
        run.leave_out("answers that are empty or alike")
    if not any(not one.held for one in whole):
        raise Invalid("The model says the same under every principle, or nothing; raise `temperature` in the recipe.")
    return whole


def _contexts(run: Run, held: bool) -> list[SftLine]:
    lines = list(read_lines(set_folder(run.order.set) / ((HELD if held else "") + SFT), SftLine))
    return some(run, lines, held)


def _row(run: Run, given: Base, one: Answers) -> Row:
    tokenizer, ids, sizes = given.tokenizer, [], []
    for text in one.answers:
        said = tokenizer(text, add_special_tokens=False)["input_ids"][: run.training.answer]
        for principle in one.principles:
            room = run.training.tokens - len(said)
            asked = fit(under(one.prompt, principle), [()], tokenizer, room) or under(one.prompt[-1:], principle)
            before = tokenizer(prompt_text(asked, tokenizer), add_special_tokens=False)["input_ids"]
            ids.append(before + said)
            sizes.append(len(said))
    return {"ids": ids, "sizes": sizes, "side": len(one.principles)}


def together(part: Sequence[Row], pad: int) -> dict[str, torch.Tensor]:
    """A batch: all sequences of some contexts, filled up on the left, so that all answers end together. `answer` marks
    the tokens to be scored, from the right; `sides` are the principles of each context."""
    ids = [row for one in part for row in one["ids"]]
    sizes = [size for one in part for size in one["sizes"]]
    width, longest = max(len(row) for row in ids), max(sizes)
    return {
        "input_ids": torch.tensor([[pad] * (width - len(row)) + row for row in ids]),
        "attention_mask": torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in ids]),
        "answer": torch.tensor([[0] * (longest - size) + [1] * size for size in sizes]),
        "sides": torch.tensor([one["side"] for one in part]),
    }


class Figures(BaseModel):
    """What the newest batches came to: how often an answer is likeliest under its own principle, the bound in nats, and
    by how many nats a token its own principle is ahead of the others."""

    accuracy: list[float] = []
    bound: list[float] = []
    margin: list[float] = []


class Contrast(Trainer):
    """A trainer whose loss is the symmetric InfoNCE between principles and answers."""

    def __init__(self, beta: float, **given: Any) -> None:
        super().__init__(**given)
        self.beta = beta
        self.loss_is_scaled_for_ga = False
        self.seen = {True: Figures(), False: Figures()}

    def compute_loss(
        self, model: Any, inputs: dict[str, torch.Tensor], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """Mean loss over the contexts of a batch."""
        each = logps(model, inputs)
        losses, at = [], 0
        for side in inputs["sides"].tolist():
            table = each[at : at + side * side].view(side, side)
            at += side * side
            losses.append(info_nce(table / self.beta))
            self._note(table.detach(), float(losses[-1].detach()), bool(model.training))
        loss = torch.stack(losses).mean()
        return (loss, {"loss": loss.detach()}) if return_outputs else loss

    def prediction_step(self, model: Any, inputs: Any, prediction_loss_only: bool, ignore_keys: Any = None) -> Any:
        """The loss alone; there is nothing to predict."""
        with torch.no_grad():
            loss = self.compute_loss(model, self._prepare_inputs(inputs))
        return loss.detach(), None, None

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """The figures beside the loss."""
        for prefix, training in (("", True), ("eval_", False)):
            seen = self.seen[training]
            if f"{prefix}loss" in logs and seen.bound:
                logs[f"{prefix}accuracy"] = fmean(seen.accuracy)
                logs[f"{prefix}bound"] = fmean(seen.bound)
                logs[f"{prefix}margin"] = fmean(seen.margin)
                self.seen[training] = Figures()
        super().log(logs, start_time)

    def _note(self, table: torch.Tensor, loss: float, training: bool) -> None:
        side, own = table.shape[0], table.diagonal()
        seen = self.seen[training]
        seen.accuracy.append(float((table.argmax(dim=1) == torch.arange(side, device=table.device)).float().mean()))
        seen.bound.append(float(torch.tensor(float(side)).log()) - loss)
        seen.margin.append(float(own.mean() - (table.sum() - own.sum()) / (side * side - side)))


def logps(model: Any, inputs: dict[str, torch.Tensor]) -> torch.Tensor:
    """Mean log-probability a token of each answer, one for each sequence; logits are worked out for answers only."""
    answer = inputs["answer"]
    wide = answer.shape[1]
    out = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], logits_to_keep=wide + 1)
    chances = torch.log_softmax(out.logits[:, -wide - 1 : -1].float(), dim=-1)
    said = chances.gather(2, inputs["input_ids"][:, -wide:, None]).squeeze(2)
    means: torch.Tensor = (said * answer).sum(dim=1) / answer.sum(dim=1)
    return means


def info_nce(table: torch.Tensor) -> torch.Tensor:
    """Rows are answers, columns principles: own against others, both ways."""
    own = torch.arange(table.shape[0], device=table.device)
    rows, columns = torch.nn.functional.cross_entropy(table, own), torch.nn.functional.cross_entropy(table.T, own)
    loss: torch.Tensor = (rows + columns) / 2
    return loss
