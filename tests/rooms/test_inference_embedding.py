"""Vectors from the wheel's own weights."""

import logging
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from app.base.settings import ROOT
from app.inference.service import embed


def closeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_like_texts_are_near_and_all_have_unit_length() -> None:
    asked, near, far = embed(
        ["How do plants make food?", "Photosynthesis: plants turn light into sugar", "The tax year"]
    )
    assert len(asked) == 256
    assert math.isclose(closeness(asked, asked), 1, abs_tol=1e-5)
    assert closeness(asked, near) > closeness(asked, far)


def test_texts_without_words() -> None:
    assert embed([]) == []
    assert all(
        math.isfinite(number)
        for vector in embed(["", "   ", "\ufffd" * 9, "\ud800\x00", "word " * 50_000])
        for number in vector
    )


def test_threads_share_one_model() -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda n: embed([f"text number {n % 2}"])[0], range(40)))
    assert results[0] == results[2] == results[38]


def test_a_vector_is_the_mean_over_the_tokens_at_unit_length() -> None:
    one, other, both = embed(["plants", "sugar", "plants sugar"])
    summed = [a + b for a, b in zip(one, other, strict=True)]
    assert closeness(both, summed) / math.hypot(*summed) > 0.9  # the two words are not of the same length


def test_loading_the_weights_leaves_the_log_of_the_process_alone() -> None:
    look = "import logging; from app.inference.service import embed; embed(['x']); print(logging.getLogger().level)"
    told = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(told.stdout) == logging.WARNING
