"""What each column of each table holds of people: the ground of the data register, of the download and of erasing.

A column says it where it is declared, `mapped_column(info=holds(Personal.WORDS))`. Only plain ones need not: a foreign
key to a person is a link by rule, other keys hold nothing, and numbers, times and yes-or-no are behaviour in a table
that has a link, else nothing. Text, JSON, ids that are no key and unusual types must always say it.
"""

from enum import StrEnum

from sqlalchemy import Boolean, Column, Date, DateTime, Float, Integer, Interval, Numeric, Table, Uuid


class Personal(StrEnum):
    """What a column may hold of a person."""

    NONE = "none"
    IDENTITY = "identity"
    CONTACT = "contact"
    SECRET = "secret"
    WORDS = "words"
    BEHAVIOUR = "behaviour"
    LINK = "link"


MEANINGS = {
    Personal.NONE: "nothing about a person",
    Personal.IDENTITY: "who somebody is",
    Personal.CONTACT: "how to reach somebody",
    Personal.SECRET: "what proves who somebody is; never handed out",
    Personal.WORDS: "words written by a person or about one",
    Personal.BEHAVIOUR: "what a person did, when, how often",
    Personal.LINK: "which person it is about or from",
}
GOES_WITH_PERSON = {"goes_with_person": True}
"""The `info` of a table whose rows go when the account they name is erased: `__table_args__ = {"info": ...}`."""
_KEY = "personal"
_PLAIN = (Integer, Numeric, Float, Boolean, DateTime, Date, Interval)


def holds(kind: Personal) -> dict[str, Personal]:
    """The `info` of a column that holds this."""
    return {_KEY: kind}


def links_to_person(column: "Column[object]") -> bool:
    """Whether a column is a foreign key to a person."""
    return any(key.target_fullname == "person.id" for key in column.foreign_keys)


def said_of(column: "Column[object]") -> Personal | None:
    """What a column was declared or is by rule to hold, None where it should have said it and does not."""
    declared = column.info.get(_KEY)
    if isinstance(declared, Personal):
        return declared
    if links_to_person(column):
        return Personal.LINK
    if isinstance(column.type, Uuid):
        return Personal.NONE if column.primary_key or column.foreign_keys else None
    if column.foreign_keys:
        return Personal.NONE
    if isinstance(column.type, _PLAIN):
        return Personal.BEHAVIOUR if _has_link(column.table) else Personal.NONE
    return None


def _has_link(table: object) -> bool:
    columns = table.columns if isinstance(table, Table) else ()
    return any(one.info.get(_KEY) is Personal.LINK or links_to_person(one) for one in columns)


def links(table: Table) -> list["Column[object]"]:
    """The columns of a table that name a person."""
    return [one for one in table.columns if said_of(one) is Personal.LINK]


def goes_with_person(table: Table) -> bool:
    """Whether a table's rows go with the account that they name."""
    return bool(table.info.get("goes_with_person"))


def personal_columns(table: Table) -> dict[str, Personal]:
    """What a table holds of people, by column; columns that hold nothing are left out."""
    found = {one.name: said_of(one) for one in table.columns}
    return {name: kind for name, kind in found.items() if kind and kind is not Personal.NONE}
