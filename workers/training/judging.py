"""What a reward model gives both turns of pairs: the part of its evaluation that needs torch.

    python -m workers.training.judging FOLDER

reads FOLDER/job.json (`app.alignment.evaluation.schema.RewardJob`) and answers as `scoring` does.
"""

import sys
import time
from pathlib import Path

import torch

from app.alignment.evaluation.schema import ANSWERS, JOB, ChildOutcome, RewardAnswer, RewardJob
from app.alignment.schema import Message
from workers.training.reward import reward_model
from workers.training.scoring import Voice, main, use_threads


def carry_out(folder: Path) -> ChildOutcome:
    """Score both turns of each pair with a reward model."""
    job = RewardJob.model_validate_json((folder / JOB).read_bytes())
    use_threads(job.threads)
    began = time.perf_counter()
    given = reward_model(job.base, job.adapter)
    voice = Voice(given, job.batch, job.longest)
    with (folder / ANSWERS).open("w", encoding="utf-8") as out:
        for at in range(0, len(job.pairs), max(1, job.batch // 2)):
            part = job.pairs[at : at + max(1, job.batch // 2)]
            found = _values(voice, [(one.prompt, side) for one in part for side in (one.chosen, one.rejected)])
            for place, one in enumerate(part):
                answer = RewardAnswer(id=one.id, chosen=found[2 * place], rejected=found[2 * place + 1])
                out.write(answer.model_dump_json() + "\n")
    seconds = {"reward": round(time.perf_counter() - began, 1)}
    return ChildOutcome(done=True, seconds=seconds, base_sha256=given.sha256)


def _values(voice: Voice, turns: list[tuple[list[Message], str]]) -> list[float]:
    """The model's number for each turn on its context, written as the trainer wrote it: the whole chat, closed."""
    rows = []
    for prompt, side in turns:
        chat = [*(one.model_dump() for one in prompt), {"role": "assistant", "content": side}]
        text = voice.tokenizer.apply_chat_template(chat, tokenize=False)
        rows.append(voice.tokenizer(text, add_special_tokens=False)["input_ids"][-voice.longest :])
    width = max(len(one) for one in rows)
    ids = torch.tensor([one + [voice.pad] * (width - len(one)) for one in rows])
    mask = torch.tensor([[1] * len(one) + [0] * (width - len(one)) for one in rows])
    with torch.inference_mode():
        logits = voice.model(input_ids=ids.to(voice.device), attention_mask=mask.to(voice.device)).logits
    return [float(one) for one in logits[:, 0].float()]


if __name__ == "__main__":
    sys.exit(main(carry_out))
