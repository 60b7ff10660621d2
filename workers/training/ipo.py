"""Identity preference optimisation (arXiv 2310.12036): DPO with a squared loss, which does not push a pair for ever."""

from workers.training import dpo
from workers.training.run import Run


def train(run: Run) -> None:
    """Carry out an order of method "ipo"; beta is the paper's tau."""
    dpo.train(run, loss="ipo")
