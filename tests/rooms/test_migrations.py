"""The migrations make the tables that the models describe."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from parts import Services
from sqlalchemy import text

from app.base.db import Base, get_engine
from app.base.errors import AppError
from app.cli.migrate import upgrade
from app.cli.privacy import load_tables


def test_migrations_and_models_agree(services: Services) -> None:
    load_tables()
    with get_engine().connect() as connection:
        told = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(told, Base.metadata) == []


def test_tables_of_a_newer_version_are_left_alone_and_told_of(services: Services) -> None:
    """Somebody went back to an older program with the data of a newer one."""
    with get_engine().begin() as connection:
        known = connection.scalar(text("SELECT version_num FROM alembic_version"))
    try:
        _pretend("9999_newer")
        with pytest.raises(AppError, match="made by a newer version of Lyceum"):
            upgrade()
    finally:
        _pretend(str(known))
    upgrade()


def _pretend(version: str) -> None:
    with get_engine().begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
