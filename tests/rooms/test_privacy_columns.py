"""Every column says what it holds of people, and for every table it is known whose its rows are."""

import subprocess
import sys

import pytest
from sqlalchemy import Table

from app.base.db import Base
from app.base.personal import Personal, holds, links, links_to_person, said_of
from app.base.settings import ROOT
from app.cli.privacy import load_tables
from app.records.privacy.belonging import is_known
from app.records.privacy.register import register

load_tables()
TABLES = sorted(Base.metadata.tables.values(), key=lambda table: table.name)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_says_what_it_holds(table: Table) -> None:
    undecided = [column.name for column in table.columns if said_of(column) is None]
    assert undecided == [], "say it with mapped_column(info=holds(Personal.…))"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_it_is_known_whose_a_tables_rows_are(table: Table) -> None:
    assert is_known(table), "add a link to a person, or a finder in app/records/privacy/belonging.py"
    assert {column.name for column in table.columns if links_to_person(column)} <= {one.name for one in links(table)}


def test_text_has_no_default_and_a_link_makes_numbers_behaviour() -> None:
    from sqlalchemy import Column, Integer, MetaData, Text, Uuid

    table = Table(
        "t",
        MetaData(),
        Column("id", Uuid, primary_key=True),
        Column("who", Uuid),
        Column("whom", Uuid, info=holds(Personal.LINK)),
        Column("words", Text),
        Column("times", Integer),
    )
    said = {column.name: said_of(column) for column in table.columns}
    assert said == {
        "id": Personal.NONE,
        "who": None,
        "whom": Personal.LINK,
        "words": None,
        "times": Personal.BEHAVIOUR,
    }


def test_the_register_lists_them() -> None:
    lines = {(line.table, line.column): line.kind for line in register(all_columns=True)}
    assert len(lines) == sum(len(table.columns) for table in TABLES)
    assert lines["person", "email"] == "contact"
    assert lines["class_event", "body"] == "words"
    assert ("page", "width") not in {(line.table, line.column) for line in register()}


def test_the_web_server_knows_every_table() -> None:
    """What is downloaded comes from the tables that the process knows."""
    program = (
        "import app.main; from app.base.db import Base; known = set(Base.metadata.tables); "
        "from app.cli.privacy import load_tables; load_tables(); print(set(Base.metadata.tables) - known)"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
