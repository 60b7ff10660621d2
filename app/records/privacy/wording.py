"""The texts under which consent is asked, a file a purpose and version. A change of words is a new file."""

import tomllib
from functools import lru_cache
from pathlib import Path

from app.records.privacy.schema import Purpose, Wording

TEXTS = Path(__file__).parent / "texts" / "english"


@lru_cache
def wordings() -> dict[Purpose, list[Wording]]:
    """All versions of each purpose's text, oldest first."""
    return {purpose: _versions(purpose) for purpose in Purpose}


def _versions(purpose: Purpose) -> list[Wording]:
    numbers = sorted(int(path.name.split(".")[1]) for path in TEXTS.glob(f"{purpose.value}.*.toml"))
    return [_read(purpose, number) for number in numbers]


def _read(purpose: Purpose, version: int) -> Wording:
    told = tomllib.loads((TEXTS / f"{purpose.value}.{version}.toml").read_text("utf-8"))
    return Wording.model_validate({"purpose": purpose, "version": version, **told})


def newest(purpose: Purpose) -> Wording:
    """The text that is asked under now."""
    return wordings()[purpose][-1]
