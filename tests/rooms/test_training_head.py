"""Likelihoods of answers, without the work for what is no answer."""

import pytest
import torch
from trl.trainer import utils

from workers.training.bases import base
from workers.training.head import SWITCH, answers_alone


def test_only_where_an_answer_stands_is_its_likelihood_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(utils, SWITCH, lambda _: False)  # as TRL has it on a CPU; and put back after this test
    model = base("tiny").model
    ids = torch.arange(5, 45).reshape(2, 20)
    labels = ids.clone()
    labels[0, :15] = labels[1, :9] = labels[1, 18:] = -100
    utils.add_fused_lm_head(model, outputs=("is_top1",))
    rows: list[int] = []
    function = utils._ChunkedLogProbFunction
    apply = function.apply
    monkeypatch.setattr(function, "apply", lambda states, *rest: [rows.append(len(states)), apply(states, *rest)][1])

    def scored() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        words = model.get_input_embeddings()(ids).detach().requires_grad_()
        out = model(inputs_embeds=words, labels=labels, fused_lm_head=True)
        out.loss.backward()
        assert words.grad is not None
        return out.log_probs.detach(), out.is_top1, words.grad

    whole = scored()
    answers_alone()
    alone = scored()
    assert rows == [2 * 19, 5 + 9]
    for one, other in zip(whole, alone, strict=True):
        assert torch.allclose(one.float(), other.float(), atol=1e-6)
    with torch.no_grad():
        likely = torch.log_softmax(model(input_ids=ids).logits.float(), dim=-1)[0, 18, ids[0, 19]]
    assert alone[0][0, 18] == pytest.approx(float(likely), abs=1e-4)


def test_a_trl_without_the_switch_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(utils, SWITCH)
    with pytest.raises(RuntimeError, match="whole prompts on a CPU"):
        answers_alone()
