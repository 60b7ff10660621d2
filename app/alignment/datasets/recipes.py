"""Recipes of data sets: TOML files, those shipped in `recipes/` by name, others by path."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from app.alignment.datasets.schema import Recipe
from app.base.errors import Invalid

SHIPPED = Path(__file__).parent / "recipes"
MOST_BYTES = 100_000


def recipe_names() -> list[str]:
    """The recipes that come with the platform."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load_recipe(word: str) -> Recipe:
    """The recipe of this name, or in this file. Raises Invalid where there is none, or it is not right."""
    path = SHIPPED / f"{word}.toml" if word in recipe_names() else Path(word)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Invalid(f"{path.name} is too large for a recipe.")
        return Recipe.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise Invalid(f"There is no recipe “{word}”. There are {', '.join(recipe_names())}, or name a file.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(f"{path.name} is no TOML: {error}.") from error
    except ValidationError as error:
        problem = error.errors()[0]
        raise Invalid(f"{path.name}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}.") from error
