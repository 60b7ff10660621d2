"""Only where an answer stands is its words' likelihood worked out.

TRL (1.16) does so where Triton runs, and elsewhere takes every position, prompt and padding too, since accelerators
that compile for a shape would compile anew for each batch. A CPU does not compile. There the vocabulary is most of the
work of a small model with many words (Qwen2.5: 151,936), and most positions belong to no answer.
"""

import torch
from trl.trainer import utils

SWITCH = "_use_triton"
"""What TRL's forward pass asks whether to leave positions out; its kernels ask a name of their own, which stays."""


def answers_alone() -> None:
    """Leave out what is no answer from now on, also on a CPU. What comes out is the same."""
    if not hasattr(utils, SWITCH):
        raise RuntimeError(f"TRL has no {SWITCH} any more; see whether it still scores whole prompts on a CPU.")
    setattr(utils, SWITCH, _leaves_out)


def _leaves_out(device: torch.device) -> bool:
    return device.type in ("cpu", "cuda")
