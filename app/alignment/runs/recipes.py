"""Recipes of training: TOML files, some shipped. `[shared]` holds for every method, `[training.NAME]` for one."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from app.alignment.runs.schema import Recipe
from app.base.errors import Invalid

FOLDER = Path(__file__).parent / "recipes"


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
