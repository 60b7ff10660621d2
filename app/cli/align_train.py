"""`./lyceum align train`: carries out the runs of a recipe on a frozen set."""

import argparse
from pathlib import Path
from uuid import UUID

from app.alignment.runs import service as runs
from app.alignment.runs.files import manifest_of
from app.alignment.runs.schema import Method, Order, Recipe
from app.alignment.runs.together import carry_together
from app.alignment.schema import alignment_folder
from app.base.console import say, say_progress, write_figures
from app.base.errors import AppError, Invalid
from app.cli.align_import import use_data


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb."""
    parser = verbs.add_parser("train", help="train adapters and a reward model on a frozen set")
    shipped = ", ".join(runs.recipe_names())
    parser.add_argument("--recipe", metavar="NAME", help=f"one of {shipped}, or a TOML file")
    parser.add_argument("--set", metavar="HASH", help="the frozen set")
    parser.add_argument("--method", nargs="+", choices=[one.value for one in Method], help="only these of the recipe")
    parser.add_argument("--parent", type=UUID, metavar="RUN", help="the run whose adapter preferences go on from")
    parser.add_argument("--base", default="", help="another base model than the recipe's")
    parser.add_argument("--resume", metavar="RUN", help="go on with this run, or do it again from its folder")
    parser.add_argument("--json", type=Path, help="write the manifests here")
    parser.add_argument("--data", type=Path, help="the data folder of the platform")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Train, telling how far it is; every run's folder holds what is needed to repeat it."""
    use_data(chosen.data)
    orders = [_kept(chosen.resume)] if chosen.resume else _new(chosen)
    for order in orders:
        say(f"{order.method.value:<7} {order.id}")
    outcome = carry_together(orders, say_progress)
    made = [one for order in orders if (one := manifest_of(order.folder)) is not None]
    for one in made:
        each = f", {one.seconds_per_example:.2f} s an example" if one.seconds_per_example else ""
        say(f"{one.method.value:<7} {sum(one.seconds.values()):8.1f} s, {one.examples} examples{each}")
    if chosen.json:
        write_figures(chosen.json, "align train", {one.method.value: one.model_dump(mode="json") for one in made})
    if outcome.state != "done":
        raise AppError(f"{outcome.sentence} Go on with: ./lyceum align train --resume RUN")
    return 0


def _new(chosen: argparse.Namespace) -> list[Order]:
    if not chosen.recipe or not chosen.set:
        raise Invalid("Say --recipe NAME and --set HASH (./lyceum align build makes sets), or --resume RUN.")
    recipe = runs.load_recipe(chosen.recipe)
    if chosen.method:
        recipe = Recipe.model_validate({**recipe.model_dump(), "methods": chosen.method})
    return runs.orders_of(runs.apart(recipe), chosen.set, chosen.parent, chosen.base)


def _kept(word: str) -> Order:
    """The order of a run; the beginning of its id is enough."""
    found = [one for one in alignment_folder("runs").glob(f"{word}*/recipe.json") if word.replace("-", "").isalnum()]
    if len(found) != 1:
        raise Invalid(f"There is no single run {word!r} in the data folder.")
    return Order.model_validate_json(found[0].read_bytes())
