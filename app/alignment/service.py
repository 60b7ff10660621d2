"""The verbs of alignment, for the doors."""

from app.alignment.datasets import service as datasets
from app.alignment.datasets.schema import SetManifest

__all__ = ["build_set"]


def build_set(recipe: str) -> SetManifest:
    """Make the set of a recipe (a name, or a file's path). Raises Invalid where it cannot be made."""
    return datasets.build(datasets.load_recipe(recipe))
