"""The tables a release may have: a module each, with `TABLES`. A new module here is a new table, and nothing else."""

import importlib
import pkgutil
from functools import lru_cache

from app.records.release.columns import Table


@lru_cache
def registry() -> dict[str, Table]:
    """All tables by name, in the order of their `place`."""
    modules = (importlib.import_module(f"{__name__}.{one.name}") for one in pkgutil.iter_modules(__path__))
    found: list[Table] = [table for module in modules for table in module.TABLES]
    return {table.name: table for table in sorted(found, key=lambda one: (one.place, one.name))}
