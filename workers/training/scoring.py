"""Log-probabilities, greedy answers and conversations of several systems: the part of evaluation that needs torch.

    python -m workers.training.scoring FOLDER

reads FOLDER/job.json (`app.alignment.evaluation.schema.Job`), writes a line per answer to
FOLDER/answers.jsonl, and says in FOLDER/outcome.json how it ended. Everything is greedy: two runs say the same.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel

from app.alignment.evaluation.reading import explanation
from app.alignment.evaluation.schema import (
    ANSWERS,
    HEARD,
    JOB,
    OUTCOME,
    PARENT,
    Asked,
    AskedAnswer,
    ChildOutcome,
    ExamAnswer,
    Job,
    Scored,
    ScoredAnswer,
    System,
)
from app.alignment.evaluation.talks import Talk, visible
from app.alignment.schema import Message
from app.base.errors import AppError
from app.base.files import write_whole
from workers.training.bases import Base, base, with_adapter
from workers.training.students import marks, without_adapter

LOOK_SECONDS = 1.0


class Voice:
    """One system: the model with its tokenizer, asked in batches."""

    def __init__(self, given: Base, batch: int, longest: int) -> None:
        self.model: Any = given.model.eval()
        self.tokenizer: Any = given.tokenizer
        self.batch, self.longest = batch, longest
        self.device = next(self.model.parameters()).device
        self.pad = self.tokenizer.pad_token_id if self.tokenizer.pad_token_id is not None else 0

    def ids_of(self, prompt: list[Message], room: int) -> list[int]:
        """A prompt's tokens up to where the answer begins; the oldest go where it is too long for `room` after it."""
        turns = [one.model_dump() for one in prompt]
        text = self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        ids: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids[-max(16, self.longest - room) :]

    def scores(self, wanted: list[Scored]) -> Iterator[tuple[Scored, float, int]]:
        """Each completion's summed log-probability and its tokens; long ones together, so that little is padded."""
        read = []
        for one in wanted:
            answer = self.tokenizer(one.completion, add_special_tokens=False)["input_ids"][: self.longest // 2]
            answer = answer or [self.pad]
            read.append((one, self.ids_of(one.prompt, len(answer)), answer))
        read.sort(key=lambda one: len(one[1]) + len(one[2]))
        for at in range(0, len(read), self.batch):
            yield from self._scores(read[at : at + self.batch])

    def _scores(self, part: list[tuple[Scored, list[int], list[int]]]) -> Iterator[tuple[Scored, float, int]]:
        width = max(len(prompt) + len(answer) for _, prompt, answer in part)
        rows = torch.full((len(part), width), self.pad, device=self.device)
        mask = torch.zeros_like(rows)
        for at, (_, prompt, answer) in enumerate(part):
            size = len(prompt) + len(answer)
            rows[at, :size] = torch.tensor([*prompt, *answer])
            mask[at, :size] = 1
        inner = self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model
        with torch.inference_mode():
            hidden = inner.model(input_ids=rows, attention_mask=mask).last_hidden_state
            for at, (one, prompt, answer) in enumerate(part):
                states = hidden[at, len(prompt) - 1 : len(prompt) + len(answer) - 1]
                chances = torch.log_softmax(inner.lm_head(states).float(), dim=-1)
                said = torch.tensor(answer, device=self.device)
                yield one, float(chances.gather(1, said[:, None]).sum()), len(answer)

    def answers(self, prompts: list[list[Message]], tokens: int) -> list[str]:
        """Greedy answers, in the order of the prompts."""
        found: dict[int, str] = {}
        read = sorted(((self.ids_of(one, tokens), at) for at, one in enumerate(prompts)), key=lambda one: len(one[0]))
        for start in range(0, len(read), self.batch):
            part = read[start : start + self.batch]
            found.update(zip([at for _, at in part], self._answers([ids for ids, _ in part], tokens), strict=True))
        return [found[at] for at in range(len(prompts))]

    def _answers(self, rows: list[list[int]], tokens: int) -> list[str]:
        width = max(len(one) for one in rows)
        padded = torch.tensor([[self.pad] * (width - len(one)) + one for one in rows], device=self.device)
        mask = torch.tensor([[0] * (width - len(one)) + [1] * len(one) for one in rows], device=self.device)
        with torch.inference_mode():
            out = self.model.generate(
                input_ids=padded,
                attention_mask=mask,
                max_new_tokens=tokens,
                do_sample=False,
                num_beams=1,
                temperature=None,
                top_p=None,
                top_k=None,
                pad_token_id=self.pad,
            )
        return [str(self.tokenizer.decode(one, skip_special_tokens=True)).strip() for one in out[:, width:]]


def voice_of(job: Job, system: System) -> tuple[Voice, str]:
    """The system's voice, and the SHA-256 of the base under it."""
    torch.manual_seed(0)
    given = base(job.base)
    if torch.cuda.is_available():
        given.model.to("cuda")
    if system.adapter is not None:
        given = with_adapter(given, system.adapter)
    return Voice(given, job.batch, job.longest), given.sha256


def answers_of(job: Job, system: System, voice: Voice) -> Iterator[BaseModel]:
    """All that the job asks of one system."""
    for one, total, tokens in voice.scores(job.scored):
        yield ScoredAnswer(system=system.name, id=one.id, total=total, tokens=tokens)
    by_length: dict[int, list[Asked]] = {}
    for wish in job.asked:
        by_length.setdefault(wish.tokens, []).append(wish)
    heard: dict[str, Asked] = {}
    words: dict[str, str] = {}
    for tokens, wishes in by_length.items():
        said = voice.answers([one.prompt for one in wishes], tokens)
        for one_wish, text in zip(wishes, said, strict=True):
            heard[one_wish.id], words[one_wish.id] = one_wish, text
            yield AskedAnswer(system=system.name, id=one_wish.id, text=text)
    yield from _exams(job, system, voice, heard, words)
    yield from _talks(job, system, voice)


def _exams(
    job: Job, system: System, voice: Voice, heard: dict[str, Asked], words: dict[str, str]
) -> Iterator[BaseModel]:
    """What the base model, as a student, makes of the explanations; it is the same student for all systems."""
    if not job.exams:
        return
    read = [
        (heard[one.of].prompt, visible(words[one.of]), explanation(one.seed, one.questions).exam) for one in job.exams
    ]
    with without_adapter(voice.model):
        found = marks(voice, read)
    for exam, mark in zip(job.exams, found, strict=True):
        yield ExamAnswer(system=system.name, id=exam.id, mark=mark)


def _talks(job: Job, system: System, voice: Voice) -> Iterator[BaseModel]:
    """The conversations, all a turn further at a time."""
    talks = [Talk(wish) for wish in job.talks]
    while going := [talk for talk in talks if not talk.over]:
        tokens = going[0].wish.tokens
        same = [talk for talk in going if talk.wish.tokens == tokens]
        for talk, text in zip(same, voice.answers([talk.prompt for talk in same], tokens), strict=True):
            talk.hear(text)
    for talk in talks:
        yield talk.answer(system.name)


def carry_out(folder: Path) -> ChildOutcome:
    """Do the job of a folder."""
    content = (folder / JOB).read_bytes()
    job = Job.model_validate_json(content)
    use_threads(job.threads)
    heard = _heard(folder)
    with (folder / ANSWERS).open("a", encoding="utf-8") as out:
        for system in job.systems:
            if system.name in heard.seconds:
                continue
            began = time.perf_counter()
            voice, heard.base_sha256 = voice_of(job, system)
            for answer in answers_of(job, system, voice):
                out.write(answer.model_dump_json() + "\n")
                out.flush()
            heard.seconds[system.name] = round(time.perf_counter() - began, 1)
            write_whole(folder / HEARD, heard.model_dump_json().encode())
    return heard.model_copy(update={"done": True})


class _Said(BaseModel):
    system: str


def _heard(folder: Path) -> ChildOutcome:
    """The systems that an earlier process heard to their end; half of what another said is taken out."""
    path = folder / ANSWERS
    if not (folder / HEARD).exists():
        path.unlink(missing_ok=True)
        return ChildOutcome(done=False)
    heard = ChildOutcome.model_validate_json((folder / HEARD).read_bytes())
    lines = path.read_bytes().splitlines(keepends=True)
    kept = [one for one in lines if one.endswith(b"\n") and _Said.model_validate_json(one).system in heard.seconds]
    write_whole(path, b"".join(kept))
    return heard


def use_threads(wanted: int) -> None:
    """Use so many processor threads; 0: as many as torch likes."""
    if wanted:
        torch.set_num_threads(wanted)


def _end_with(parent: int) -> None:
    """Nobody reads the answers of a child whose parent is gone."""
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os._exit(1)


def main(work: Callable[[Path], ChildOutcome] = carry_out) -> int:
    """Carry out the job of the folder named on the command line."""
    folder = Path(sys.argv[1])
    threading.Thread(target=_end_with, args=(int(os.environ.get(PARENT, os.getppid())),), daemon=True).start()
    try:
        outcome = work(folder)
    except AppError as error:
        outcome = ChildOutcome(done=False, sentence=error.sentence)
    write_whole(folder / OUTCOME, outcome.model_dump_json().encode())
    return 0 if outcome.done else 1


if __name__ == "__main__":
    sys.exit(main())
