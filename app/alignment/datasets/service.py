"""The verbs of data sets."""

from app.alignment.datasets.building import FromClasses, build
from app.alignment.datasets.drafting import from_drafts
from app.alignment.datasets.freezing import Part, load, manifest_of
from app.alignment.datasets.importing import forget_source, import_files, imported, read_files, sources
from app.alignment.datasets.recipes import SHIPPED, load_recipe, recipe_names
from app.alignment.datasets.sampling import from_samples
from app.alignment.datasets.splitting import shared_texts
from app.alignment.datasets.statistics import is_matched, lengths

__all__ = [
    "SHIPPED",
    "FromClasses",
    "Part",
    "build",
    "forget_source",
    "from_drafts",
    "from_samples",
    "import_files",
    "imported",
    "is_matched",
    "lengths",
    "load",
    "load_recipe",
    "manifest_of",
    "read_files",
    "recipe_names",
    "shared_texts",
    "sources",
]
