"""Alembic's environment: one linear history over the tables of all rooms, under an advisory lock."""

from alembic import context
from sqlalchemy import text

from app.base.db import Base, CleanText, get_engine
from app.cli.privacy import load_tables

LOCK = 7_421_337
"""Two migrations started at once wait for each other instead of racing."""


def render_item(kind: str, item: object, _context: object) -> str | bool:
    """Cleaned text is plain text to Postgres: a migration must not depend on today's Python classes."""
    return "sa.Text()" if kind == "type" and isinstance(item, CleanText) else False


load_tables()

with get_engine().connect() as connection:
    connection.detach()  # no request gets a connection that waits without end
    connection.execute(text("SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0"))
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK})
    connection.commit()
    context.configure(connection=connection, target_metadata=Base.metadata, compare_type=True, render_item=render_item)
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})
    connection.commit()
