"""`store` (module): a record store of its own credential, in this process, emptied when the module's tests are done."""

from collections.abc import Iterator

import pytest
from parts import Services
from sqlalchemy import text
from xapi_store import Store, open_store

from app.base.db import get_engine
from app.base.embedded.address import use_environment

TABLES = "statement, lrs_credential, statement_link, statement_reference, activity_definition, attachment, lrs_document"


@pytest.fixture(scope="module")
def store(services: Services) -> Iterator[Store]:
    """A client that may do all."""
    use_environment({})
    yield open_store()
    with get_engine().begin() as connection:
        connection.execute(text(f"TRUNCATE {TABLES} CASCADE"))
