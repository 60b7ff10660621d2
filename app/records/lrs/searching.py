"""The SQL of a page of statements: times and ids, along one index. Written out, for building it from parts that know
tables costs more than running it.

A page is read from the links of an agent or activity where one is asked for, or else from the statements themselves.
Statements about other statements are found by what they are about, too: they are looked up apart and mixed in. What
people send is only ever bound, never written into the words.
"""

from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import TextClause, text


class Asked(NamedTuple):
    """Which conditions a search has; their values are bound by the same names. `agent` and `activity` are "", "direct"
    or "related".
    """

    agent: str
    activity: str
    authority: bool
    verb: bool
    registration: bool
    since: bool
    until: bool
    after: bool
    ascending: bool
    course: bool
    mine: bool

    @property
    def filters(self) -> bool:
        """Whether anything is asked of what a statement says."""
        return bool(self.agent or self.activity or self.authority or self.verb or self.registration)


VOIDED = "({row}.voids IS NULL AND (SELECT true FROM statement AS v WHERE v.voids = {row}.id LIMIT 1) IS NOT NULL)"
"""Another statement voids it; one that itself voids cannot be voided. Not EXISTS: where there are no statistics yet,
Postgres answers that by reading all statements at once.
"""
LINKS = """(SELECT stored_at, statement_id FROM statement_link
WHERE key = :{name} AND {which} ORDER BY stored_at {way}, statement_id {way})"""
"""In order, so that Postgres merges the direct ones and the others from their index, however many there are."""
DIRECT, RELATED = ("direct",), ("direct", "NOT direct")
TOLD = """
SELECT own.id, own.stored_at, own.document::text AS document, c.name, c.key
FROM {page} JOIN statement AS own ON own.id = page.id LEFT JOIN lrs_credential AS c ON c.id = own.credential_id
ORDER BY own.stored_at {way}, own.id {way}
"""


@lru_cache(maxsize=500)
def page(asked: Asked) -> TextClause:
    """A page of statements with what is needed to tell them; `:limit` is one more than a page has."""
    way = "ASC" if asked.ascending else "DESC"
    found = _ordered(asked, _matching(asked))
    if asked.filters:
        about = _ordered(asked, _about_matching(asked))
        found = f"SELECT stored_at, id FROM (({found}) UNION ({about})) AS mixed ORDER BY 1 {way}, 2 {way} LIMIT :limit"
    return text(TOLD.format(page=f"({found}) AS page", way=way))


@lru_cache(maxsize=50)
def single(voided: bool, course: bool, mine: bool) -> TextClause:
    """One statement by its id."""
    asked = Asked("", "", False, False, False, False, False, False, False, course, mine)
    hidden = VOIDED.format(row="s")
    conditions = ["s.id = :id", hidden if voided else f"NOT {hidden}", *_visible(asked, "s")]
    found = f"(SELECT s.id FROM statement AS s WHERE {' AND '.join(conditions)}) AS page"
    return text(TOLD.format(page=found, way="DESC"))


class _Search(NamedTuple):
    """A SELECT without its order: tables, conditions, and the columns that give time and id."""

    tables: str
    conditions: list[str]
    time: str
    id: str


def _matching(asked: Asked) -> _Search:
    """Statements that match by themselves."""
    conditions = [*_said(asked, "s"), f"NOT {VOIDED.format(row='s')}", *_visible(asked, "s")]
    links = _links(asked)
    if not links:
        return _Search("statement AS s", conditions, "s.stored_at", "s.id")
    (name, halves), *others = links
    way = "ASC" if asked.ascending else "DESC"
    first = " UNION ALL ".join(LINKS.format(name=name, which=half, way=way) for half in halves)
    tables = f"({first}) AS l JOIN statement AS s ON s.id = l.statement_id"
    return _Search(tables, [*conditions, *_linked(others, "s")], "l.stored_at", "l.statement_id")


def _about_matching(asked: Asked) -> _Search:
    """Statements whose object is one that matches, itself voided or not, or so on from one to the next.

    OFFSET keeps Postgres from turning this round and looking at everything that matches: few statements are about
    others.
    """
    met = ["r.statement_id = s.id", *_said(asked, "t"), *_visible(asked, "t"), *_linked(_links(asked), "t")]
    tables = "statement_reference AS r JOIN statement AS t ON t.id = r.target_id"
    reached = f"EXISTS (SELECT 1 FROM {tables} WHERE {' AND '.join(met)} OFFSET 0)"
    conditions = ["s.target IS NOT NULL", reached, f"NOT {VOIDED.format(row='s')}", *_visible(asked, "s")]
    return _Search("statement AS s", conditions, "s.stored_at", "s.id")


def _links(asked: Asked) -> list[tuple[str, tuple[str, ...]]]:
    """The keys that a statement must be linked to, and how."""
    both = (("agent", asked.agent), ("activity", asked.activity))
    return [(name, RELATED if how == "related" else DIRECT) for name, how in both if how]


def _linked(links: list[tuple[str, tuple[str, ...]]], row: str) -> list[str]:
    """Conditions: a statement is linked so."""
    place = f"l.stored_at = {row}.stored_at AND l.statement_id = {row}.id"
    return [
        f"EXISTS (SELECT 1 FROM statement_link AS l WHERE l.key = :{name} AND {which} AND {place})"
        for name, halves in links
        for which in ["l.direct" if halves == DIRECT else "l.direct IN (true, false)"]
    ]


def _said(asked: Asked, row: str) -> list[str]:
    names = {"verb": asked.verb, "registration": asked.registration, "credential_id": asked.authority}
    bound = {"credential_id": "authority"}
    return [f"{row}.{column} = :{bound.get(column, column)}" for column, is_asked in names.items() if is_asked]


def _visible(asked: Asked, row: str) -> list[str]:
    """What a client may see: of its course where it is bound to one, and of its own hand where it may see no more."""
    conditions = [f"{row}.course_id = :course"] if asked.course else []
    return conditions + ([f"{row}.credential_id = :client"] if asked.mine else [])


def _ordered(asked: Asked, search: _Search) -> str:
    conditions = list(search.conditions)
    if asked.since:
        conditions.append(f"{search.time} > :since")
    if asked.until:
        conditions.append(f"{search.time} <= :until")
    if asked.after:
        beyond = ">" if asked.ascending else "<"
        conditions.append(f"({search.time}, {search.id}) {beyond} (:after_time, :after_id)")
    way = "ASC" if asked.ascending else "DESC"
    return (
        f"SELECT {search.time} AS stored_at, {search.id} AS id FROM {search.tables} "
        f"WHERE {' AND '.join(conditions)} ORDER BY 1 {way}, 2 {way} LIMIT :limit"
    )
