"""Which systems are compared: the base, runs by their id, adapters by their name or folder."""

from pathlib import Path

from pydantic import BaseModel, ValidationError

from app.alignment.evaluation.schema import BASE, System
from app.alignment.schema import Role, alignment_folder
from app.base.errors import Invalid

CONFIG = "adapter_config.json"


class BaseId(BaseModel):
    """The model a run stands on."""

    name: str
    sha256: str = ""


class RunFacts(BaseModel):
    """What of a run's manifest matters here."""

    run: str = ""
    method: str = ""
    role: Role = Role.TUTOR
    base: BaseId
    set: str = ""
    adapter: str = ""


def run_facts(run: str) -> tuple[Path, RunFacts]:
    """A run's folder and what its manifest says; the beginning of its id is enough. Raises Invalid."""
    folders = [one for one in alignment_folder("runs").glob(f"{_safe(run)}*") if one.is_dir()]
    if len(folders) != 1:
        raise Invalid(
            f"There is no single run “{run}” in the data folder." + (" Give more of its id." if folders else "")
        )
    path = folders[0] / "manifest.json"
    try:
        return folders[0], RunFacts.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise Invalid(f"The run {folders[0].name[:8]} has no manifest; it is not done.") from error


def _safe(word: str) -> str:
    if not word or not all(one.isalnum() or one == "-" for one in word):
        raise Invalid(f"“{word}” names no system: give base, a run's id, an adapter's name, or NAME=FOLDER.")
    return word


def system_of(word: str) -> tuple[System, str]:
    """The system that a word names, and its base's name ("" where the word does not tell): `base`, RUN, an adapter's
    name, NAME=RUN or NAME=FOLDER.
    """
    name, _, rest = word.partition("=")
    rest = rest or name
    if rest == BASE:
        return System(name=name), ""
    if (Path(rest) / CONFIG).is_file():
        return System(name=name if name != rest else Path(rest).name, adapter=Path(rest).resolve()), ""
    kept = alignment_folder("adapters", _safe(rest))
    if (kept / CONFIG).is_file():
        return System(name=name, adapter=kept), base_of(kept)
    folder, facts = run_facts(rest)
    label = name if name != rest else f"{facts.method}-{folder.name[:8]}"
    return System(name=label, adapter=folder / "adapter"), facts.base.name


class _Config(BaseModel):
    base_model_name_or_path: str = ""


def base_of(folder: Path) -> str:
    """The base that an adapter's config names; "" where it names none, or the file cannot be read."""
    try:
        return _Config.model_validate_json((folder / CONFIG).read_bytes()).base_model_name_or_path or ""
    except (OSError, ValidationError):
        return ""


def systems_of(words: list[str], base: str = "") -> tuple[list[System], str]:
    """All systems and the base they share. Raises Invalid where they do not, or where no base is named."""
    found = [system_of(word) for word in words]
    names = [system.name for system, _ in found]
    if len(set(names)) < len(names):
        raise Invalid("Two systems have the same name; tell them apart with NAME=RUN.")
    bases = {one for _, one in found if one} | ({base} if base else set())
    if len(bases) != 1:
        told = ", ".join(sorted(bases))
        raise Invalid(f"The systems stand on different bases: {told}." if bases else "Name the base: --base NAME.")
    return [system for system, _ in found], bases.pop()
