"""The verbs of alignment, for the doors."""

from app.alignment.datasets import service as datasets
from app.alignment.datasets.freezing import take_words_away
from app.alignment.datasets.schema import SetManifest
from app.alignment.listing import set_view, sets
from app.alignment.signals.counting import gathered
from app.alignment.signals.gathering import gather
from app.alignment.signals.keeping import collected, follow, is_withdrawn, register_set
from app.alignment.signals.saying import choose, mine, thumb
from app.base.db import unit_of_work
from app.base.embedded.address import need_stores
from app.base.errors import Conflict

__all__ = ["build_set", "choose", "follow", "gather", "gathered", "is_withdrawn", "mine", "set_view", "sets", "thumb"]


def build_set(recipe: str) -> SetManifest:
    """Make the set of a recipe (a name, or a file's path); one that takes examples from classes gathers them first and
    leaves out who does not allow it any more. Raises Invalid where it cannot be made.
    """
    read = datasets.load_recipe(recipe)
    if not read.takes_classes:
        return datasets.build(read)
    need_stores()
    follow()
    with unit_of_work() as session:
        gather(session)
        classes = collected(session, read.role)
    made = datasets.build(read, classes)
    try:
        with unit_of_work() as session:
            register_set(session, made)
    except Conflict:
        take_words_away(made.hash)
        raise
    return made
