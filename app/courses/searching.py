"""Finding the passages of a deck that answer a question: by word (Postgres full text) and by meaning (vectors).

A deck has at most a few thousand passages, so that all are scored exactly and no approximate index is needed.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.db import run_sql
from app.base.languages import language_of
from app.base.scripts import is_unspaced
from app.base.text import clean_text
from app.courses.grounding import nearness
from app.courses.models import PassageRow
from app.courses.pages import passage_view
from app.courses.schema import Passage
from app.courses.stemming import beginnings, forms, in_base_form
from app.inference.service import embed

RELEVANT = 0.2
"""From this score on, a passage has something to do with the question (figures: tests/benchmarks/retrieval)."""

QUERY_CHARS = 1000
RANK_OFFSET = 20
"""Of reciprocal rank fusion: the larger, the less a first place counts over a second."""
NEAR, SAME = 0.10, 0.50
"""Cosines of the embedder's vectors: at the first two texts have nothing in common, at the second nearly all."""
WORD_SHARE = 0.5

_SCORED = """
    with asked as (
        select to_tsvector('english', %(query)s) as words,
               replace(plainto_tsquery('english', %(query)s)::text, '&', '|')::tsquery as any_word,
               websearch_to_tsquery('english', %(query)s) as all_words
    )
    select passage.id, passage.page_number,
           coalesce(nullif(1 - (passage.embedding <=> cast(%(vector)s as vector)), 'NaN'), 0) as nearness,
           ts_rank_cd(passage.words, asked.any_word, 1) + (passage.words @@ asked.all_words)::int as word_rank,
           array(select unnest(tsvector_to_array(passage.words))
                 intersect select unnest(tsvector_to_array(asked.words))) as matched,
           tsvector_to_array(asked.words) as wanted
    from passage, asked
    where passage.material_id = %(material)s
    order by passage.page_number, passage.position
"""

_TEXTS = "select id, text from passage where material_id = %(material)s"


@dataclass
class Match:
    """How well one passage answers: cosine of meaning, Postgres's rank of words, the question's words it has."""

    id: UUID
    page: int
    nearness: float
    word_rank: float
    matched: list[str]
    cover: float = 0.0
    is_abroad: bool = False

    @property
    def score(self) -> float:
        """0 to 1: the share of the question's words, weighed by rarity, blended with nearness of meaning. In other
        languages than English that share alone: the vectors know too little of their words.
        """
        if self.is_abroad:
            return self.cover
        near = min(1.0, max(0.0, (self.nearness - NEAR) / (SAME - NEAR)))
        return WORD_SHARE * self.cover + (1 - WORD_SHARE) * near


def search(session: Session, material_id: UUID, query: str, limit: int = 4) -> list[Passage]:
    """The passages of a deck that answer `query` best, best first, with scores from 0 to 1."""
    found = by_score(matches(session, material_id, query))[:limit]
    rows = session.scalars(select(PassageRow).where(PassageRow.id.in_([one.id for one in found])))
    by_id = {row.id: row for row in rows}
    return [passage_view(by_id[one.id], round(one.score, 4)) for one in found]


def search_in(
    session: Session, material_id: UUID, passages: Iterable[Passage], query: str, limit: int = 4, language: str = ""
) -> list[Passage]:
    """`search` for who has the deck's passages at hand already, and knows the code of the query's language."""
    known = {one.id: one for one in passages}
    found = [one for one in by_score(matches(session, material_id, query, language)) if one.id in known][:limit]
    return [known[one.id].model_copy(update={"score": round(one.score, 4)}) for one in found]


def search_among(passages: Sequence[Passage], query: str, limit: int = 4, language: str = "") -> list[Passage]:
    """`search` among passages that no deck has, such as the lines of a script, all in the language with this code: by
    the same scores, without the database.
    """
    query = clean_text(query)[:QUERY_CHARS]
    wanted = forms(query, language)
    found = [_match(one, query, wanted, language) for one in passages]
    _weigh_words(found, sorted(wanted))
    scored = sorted(zip(found, passages, strict=True), key=lambda pair: -pair[0].score)[:limit]
    return [one.model_copy(update={"score": round(match.score, 4)}) for match, one in scored if match.score > 0]


def _match(passage: Passage, query: str, wanted: frozenset[str], language: str) -> Match:
    matched, is_abroad = sorted(wanted & forms(passage.text, language)), language not in ("", "en")
    near = 0.0 if is_abroad else nearness(passage.text, query)
    return Match(passage.id, passage.page, near, 0.0, matched, is_abroad=is_abroad)


def matches(session: Session, material_id: UUID, query: str, language: str = "") -> list[Match]:
    """Every passage of the deck, weighed against the query, in page order: as it is, or with its irregular pasts put
    back ("slept"), whichever of the two the passage answers better.
    """
    query = clean_text(query)[:QUERY_CHARS]
    language = language or language_of(query)
    if is_unspaced(query) or language not in ("", "en"):
        return _weighed(session, material_id, query, language)
    found, base = _weighed(session, material_id, query), in_base_form(query)
    if base == query:
        return found
    both = zip(found, _weighed(session, material_id, base), strict=True)
    return [max(pair, key=lambda one: one.score) for pair in both]


def _weighed(session: Session, material_id: UUID, query: str, abroad: str = "") -> list[Match]:
    vector = orjson.dumps(embed([query])[0]).decode()  # Python's own way takes twenty times as long for 256 floats
    told = {"query": query, "vector": vector, "material": material_id}
    rows = run_sql(session, _SCORED, told).fetchall()
    found = [Match(*values) for *values, _ in rows]
    wanted = rows[0][-1] if rows else []
    if abroad or is_unspaced(query):
        wanted = _match_beginnings(session, material_id, query, abroad, found)
    _weigh_words(found, wanted)
    return found


def _match_beginnings(session: Session, material_id: UUID, query: str, language: str, found: list[Match]) -> list[str]:
    """Put the beginnings of words, or the pairs of signs, that each passage shares with the query in place of words by
    the rules of English; returns those of the query.
    """
    wanted = beginnings(query, language)
    texts: dict[UUID, str] = dict(run_sql(session, _TEXTS, {"material": material_id}).fetchall())
    for one in found:
        one.matched, one.is_abroad = sorted(wanted & beginnings(texts[one.id])), True
    return sorted(wanted)


def by_words(found: list[Match]) -> list[Match]:
    """Those that share a word with the query, best first."""
    return sorted((one for one in found if one.cover > 0), key=lambda one: (-one.cover, -one.word_rank))


def by_meaning(found: list[Match]) -> list[Match]:
    """Those whose meaning is near the query's, nearest first."""
    return sorted((one for one in found if one.nearness > 0), key=lambda one: -one.nearness)


def by_rank(found: list[Match]) -> list[Match]:
    """Reciprocal rank fusion of the two orders; kept for comparison, as `by_score` finds a little more."""
    votes: dict[UUID, float] = defaultdict(float)
    for order in (by_words(found), by_meaning(found)):
        for place, one in enumerate(order):
            votes[one.id] += 1 / (RANK_OFFSET + place)
    return sorted((one for one in found if one.id in votes), key=lambda one: (-votes[one.id], -one.score))


def by_score(found: list[Match]) -> list[Match]:
    """Words and meaning blended, best first; what has neither is left out."""
    return sorted((one for one in found if one.score > 0), key=lambda one: (-one.score, -one.word_rank))


def _weigh_words(found: list[Match], wanted: list[str]) -> None:
    """A word that stands in few passages says more than one that stands in all; one in none counts as rare."""
    holders = Counter(word for one in found for word in one.matched)
    weight = {word: math.log(1 + len(found) / (holders[word] or 0.5)) for word in wanted}
    whole = sum(weight.values())
    for one in found:
        one.cover = sum(weight[word] for word in one.matched) / whole if whole else 0.0
