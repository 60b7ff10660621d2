"""A model's own turns on the contexts of a set, held-back ones too: what pairs by label disagreement are made from."""

from collections.abc import Sequence
from typing import Any

import torch

from app.alignment.runs import schema
from app.alignment.runs.schema import Outcome, Progress, Sample
from app.alignment.schema import HELD, SFT, Message, SftLine, read_lines, set_folder
from app.base.db import now
from app.base.errors import Invalid
from app.base.files import write_whole
from workers.training.bases import Base, base, with_merged
from workers.training.common import DTYPES
from workers.training.data import fit, prompt_text, some
from workers.training.run import Run


def train(run: Run) -> None:
    """Carry out an order of method "sample": the parent run's model (or the base) speaks once on each labelled line."""
    with run.timed("load"):
        given = base(run.order.base, dtype=DTYPES[run.training.precision])
        if run.order.parent is not None:
            given = with_merged(given, schema.run_folder(run.order.parent) / schema.ADAPTER)
        given.model.eval()
    lines = [*_lines(run, SFT), *_lines(run, HELD + SFT)]
    if not lines:
        raise Invalid(f"The data set {run.order.set[:12]} has no labelled turns whose labels could be told apart.")
    done: list[Sample] = []
    for at in range(0, len(lines), run.training.batch):
        if run.is_cancelled:
            run.end(Outcome(state="cancelled", sentence=f"Stopped after {at} turns on request."))
            return
        part = lines[at : at + run.training.batch]
        with run.timed("sample"):
            replies = speak(run, given, [one.prompt for one in part])
            done += [Sample(id=one.id, reply=said) for one, said in zip(part, replies, strict=True)]
        run.tell(Progress(step=len(done), steps=len(lines), at=now()))
    text = "".join(one.model_dump_json() + "\n" for one in done)
    write_whole(run.folder / schema.SAMPLES, text.encode())
    run.examples = len(done)
    run.write_manifest(given, len(done), {})
    run.end(Outcome(state="done"))


def _lines(run: Run, name: str) -> list[SftLine]:
    found = read_lines(set_folder(run.order.set) / name, SftLine)
    labelled = [one for one in found if one.labels.is_whole]
    return some(run, labelled, held=name.startswith(HELD))


def speak(run: Run, given: Base, prompts: Sequence[Sequence[Message]]) -> list[str]:
    """One turn on each prompt, the same for the same seed."""
    wanted, tokenizer = run.training, given.tokenizer
    room = wanted.tokens - wanted.answer
    texts = [prompt_text(fit(one, [()], tokenizer, room) or one[-1:], tokenizer) for one in prompts]
    tokenizer.padding_side = "left"
    asked: Any = tokenizer(texts, return_tensors="pt", padding=True, add_special_tokens=False).to(given.model.device)
    warm = wanted.temperature > 0
    heat = {"temperature": wanted.temperature, "top_k": 0} if warm else {}
    with torch.no_grad():
        said = given.model.generate(
            input_ids=asked["input_ids"],
            attention_mask=asked["attention_mask"],
            max_new_tokens=wanted.answer,
            do_sample=warm,
            pad_token_id=tokenizer.pad_token_id,
            **heat,
        )
    width = asked["input_ids"].shape[1]
    return [str(one).strip() for one in tokenizer.batch_decode(said[:, width:], skip_special_tokens=True)]
