"""Recipes of training: TOML files, some shipped. `[shared]` holds for every method, `[training.NAME]` for one."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from app.alignment.runs.schema import Method, Recipe, Training
from app.base.errors import Invalid

FOLDER = Path(__file__).parent / "recipes"
PRINCIPLES = Path(__file__).parent / "principles.toml"


def recipe_names() -> list[str]:
    """The shipped recipes."""
    return sorted(one.stem for one in FOLDER.glob("*.toml"))


def load_recipe(word: str) -> Recipe:
    """The recipe of that name, or of the file at that path. Raises Invalid with the place of what is wrong."""
    path = FOLDER / f"{word}.toml" if word in recipe_names() else Path(word)
    if not path.is_file():
        raise Invalid(f"There is no training recipe {word!r}; there are {', '.join(recipe_names())}, or give a file.")
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        shared = found.pop("shared", {})
        sections = {name: {**shared, **given} for name, given in found.pop("training", {}).items()}
        return Recipe.model_validate({"name": path.stem, **found, "training": sections})
    except ValidationError as error:
        problem = error.errors()[0]
        where = ".".join(str(one) for one in problem["loc"])
        raise Invalid(f"The recipe {path.name}: {where}: {problem['msg']}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError, TypeError) as error:
        raise Invalid(f"The recipe {path.name} is no recipe in TOML: {error}.") from error


def narrowed(
    recipe: Recipe, methods: Sequence[Method] = (), share: float = 1.0, sizes: dict[str, int] | None = None
) -> Recipe:
    """The recipe with some of its methods only, a share of its budget of examples, other sizes. Raises Invalid."""
    if not 0 < share <= 1:
        raise Invalid("A share of the budget lies above 0 and is at most 1.")
    changed = {
        "methods": tuple(methods) or recipe.methods,
        "training": {name: _less(one, share) for name, one in recipe.training.items()},
        "sizes": {**recipe.sizes, **sizes} if sizes and recipe.sizes != "tiny" else sizes or recipe.sizes,
    }
    try:
        return Recipe.model_validate(recipe.model_dump() | changed)
    except ValidationError as error:
        raise Invalid(f"The recipe {recipe.name}: {error.errors()[0]['msg']}.") from error


def _less(given: Training, share: float) -> Training:
    """Its budget of examples, one at least, as 0 says all; one that takes all examples has none."""
    return given.model_copy(update={"examples": max(1, round(given.examples * share))}) if given.examples else given
