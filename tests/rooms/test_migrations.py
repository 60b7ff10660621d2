"""The migrations make the tables that the models describe."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from parts import Services

from app.base.db import Base, get_engine
from app.cli.privacy import load_tables


def test_migrations_and_models_agree(services: Services) -> None:
    load_tables()
    with get_engine().connect() as connection:
        told = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(told, Base.metadata) == []
