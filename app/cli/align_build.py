"""`./lyceum align build`: a frozen data set from a recipe."""

import argparse
from pathlib import Path

from app.alignment import service as alignment
from app.alignment.datasets import service as datasets
from app.alignment.datasets.schema import SetManifest
from app.alignment.schema import CARD, set_folder
from app.base.console import say, say_table
from app.base.errors import Invalid
from app.cli.align_import import use_data


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb."""
    parser = verbs.add_parser("build", help="make a frozen data set from a recipe")
    shipped = ", ".join(datasets.recipe_names())
    parser.add_argument("--recipe", metavar="NAME", help=f"one of {shipped}, or a TOML file")
    parser.add_argument("--of", metavar="HASH", help="with --samples or --drafts: the set that these came of")
    parser.add_argument("--samples", type=Path, metavar="FILE", help="turns sampled from the model trained on that set")
    parser.add_argument("--drafts", type=Path, metavar="FILE", help="drafts with what students learnt of them")
    parser.add_argument("--margin", type=float, default=0.02, help="by how much drafts must differ (default: 0.02)")
    parser.add_argument("--data", type=Path, help="the data folder of the platform")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Build, and print the card."""
    use_data(chosen.data)
    given = [one for one in (chosen.recipe, chosen.samples, chosen.drafts) if one]
    if len(given) != 1 or bool(chosen.of) == bool(chosen.recipe):
        raise Invalid("Say either --recipe NAME, or --of HASH with --samples FILE or --drafts FILE.")
    made = _made(chosen)
    folder = set_folder(made.hash)
    say((folder / CARD).read_text("utf-8"))
    if made.dropped:
        rows = [[one.reason, one.count, ", ".join(one.places)] for one in made.dropped]
        say_table(rows, ("left out because", "lines", "first at"))
    say(f"Set {made.hash[:12]}, in {folder}.")
    return 0


def _made(chosen: argparse.Namespace) -> SetManifest:
    if chosen.samples:
        return datasets.from_samples(chosen.of, chosen.samples)
    if chosen.drafts:
        return datasets.from_drafts(chosen.of, chosen.drafts, chosen.margin)
    return alignment.build_set(chosen.recipe)
