"""Small data sets and orders for tests of training, as files under the data folder."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.alignment.datasets.schema import Leakage, Recipe, SetManifest
from app.alignment.runs.schema import Method, Order, Training, write_order
from app.alignment.schema import HELD, MANIFEST, PAIRS, SFT, UNPAIRED, Role, set_folder
from app.base.embedded.address import use_environment

HASH = "5" * 64
QUICK = Training(rate=2e-3, epochs=1.0, batch=4, tokens=128, precision="float32", save_every=2, held=8)


@contextmanager
def data_folder(folder: Path) -> Iterator[Path]:
    """`folder` is the data folder meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LYCEUM_DATA", str(folder))
        use_environment({})
        yield folder
    use_environment({})


def write_set(name: str = HASH, lines: int = 16) -> Path:
    """A set in which the turn to imitate asks and the turn that is refused tells."""
    folder, rng = set_folder(name), random.Random(3)
    folder.mkdir(parents=True, exist_ok=True)
    for part, count in (("", lines), (HELD, 8)):
        files: dict[str, list[str]] = {SFT: [], PAIRS: [], UNPAIRED: []}
        for at in range(count):
            first, second = rng.randint(2, 9), rng.randint(2, 9)
            words = f"What is {first} times {second}? I think {first + second}."
            good = "Not quite. What happens when you take it several times?"
            common = {"id": f"{part}{at}", "conversation": f"{part}c{at}", "source": "own", "role": "tutor"}
            prompt = [{"role": "system", "content": "You are a tutor."}, {"role": "user", "content": words}]
            chosen, rejected = _said(good), _said(f"The answer is {first * second}.")
            labels = {"evaluation": "a", "action": "1", "state": "x"}
            lines_of = {
                SFT: {"completion": chosen, **labels},
                PAIRS: {"chosen": chosen, "rejected": rejected},
                UNPAIRED: {"completion": chosen if at % 2 else rejected, "label": bool(at % 2)},
            }
            for file, more in lines_of.items():
                files[file].append(json.dumps({**common, "prompt": prompt, **more}))
        for file, told in files.items():
            (folder / f"{part}{file}").write_text("\n".join(told) + "\n", "utf-8")
    (folder / MANIFEST).write_text(_manifest(name), "utf-8")
    return folder


def _said(words: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": words}]


def put_order(method: Method, parent: UUID | None = None, **settings: object) -> Order:
    """An order on the small set, written into its folder."""
    training = Training.model_validate({**QUICK.model_dump(), **settings})
    order = Order(id=uuid4(), method=method, base="tiny", set=HASH, parent=parent, threads=1, training=training)
    write_order(order)
    return order


def _manifest(name: str) -> str:
    recipe = Recipe(name="own", title="A small set of the tests")
    made = SetManifest(
        hash=name,
        name="own",
        title=recipe.title,
        role=Role.TUTOR,
        recipe=recipe,
        counts={},
        conversations={},
        sources=[],
        lengths={},
        leakage=Leakage(),
    )
    return made.model_dump_json()
