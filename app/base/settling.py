"""What a process has loaded when it begins to serve stays until its end."""

import gc

ROUND = 20_000
"""New objects after which a round is made over them: at Python's 700, a class's turn pays for several."""


def settle() -> None:
    """Have the garbage collector leave alone what was loaded: a third of a million objects, over which a full round
    stops every class of the process for a fifth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(ROUND)
