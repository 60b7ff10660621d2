"""The data register (GDPR, Article 30): what each column of each table holds of people, from the columns themselves."""

from sqlalchemy import Table

from app.base.db import Base
from app.base.personal import Personal, said_of
from app.records.privacy.schema import ColumnLine


def tables() -> list[Table]:
    """Every table, by name."""
    return sorted(Base.metadata.tables.values(), key=lambda table: table.name)


def register(all_columns: bool = False) -> list[ColumnLine]:
    """The columns that hold something of people; with `all_columns` the others as well."""
    lines = [
        ColumnLine(table=table.name, column=column.name, kind=kind.value if kind else "undecided")
        for table in tables()
        for column in table.columns
        for kind in [said_of(column)]
    ]
    return [line for line in lines if all_columns or line.kind != Personal.NONE.value]
