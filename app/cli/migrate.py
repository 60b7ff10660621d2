"""`./lyceum migrate`: bring the tables up to date."""

import argparse
from pathlib import Path

from app.base.console import say
from app.base.embedded.address import need_stores
from app.base.errors import AppError
from app.base.settings import ROOT


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("migrate", help="bring the database's tables up to date")
    parser.add_argument("--data", type=Path, help="the data folder of the running platform")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Migrate the database of DATABASE_URL or of the running platform."""
    need_stores(arguments.data)
    upgrade()
    say("The tables are up to date.")
    return 0


def upgrade() -> None:
    """Apply every migration that is still missing. Two at once wait for each other.

    Raises AppError where the tables are of a version that this one does not know.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        if "locate revision" not in str(error):
            raise
        raise AppError(
            "These data were made by a newer version of Lyceum, whose tables are not known here. Nothing was changed: "
            "start the newer version again, or take a copy of the data from before it (--data or DATABASE_URL)."
        ) from error
