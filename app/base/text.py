"""Text that Postgres accepts: no NUL, no lone surrogates."""

import json
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def clean_text(text: str) -> str:
    """Drop NUL and put U+FFFD for lone surrogates, both of which Postgres refuses in text and jsonb."""
    return _UNSTORABLE.sub(lambda found: "" if found[0] == "\x00" else "\ufffd", text)


Storable = Annotated[str, BeforeValidator(lambda value: clean_text(value) if isinstance(value, str) else value)]
"""A string of a document that comes out of the database just as it went in."""


def clean_tree(value: Any) -> Any:
    """`clean_text` on every string, key and value, of a JSON tree."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_tree(key): clean_tree(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean_tree(item) for item in value]
    return value


def dump_json(value: Any) -> str:
    """JSON for jsonb columns and streams, with every string storable."""
    return json.dumps(clean_tree(value), ensure_ascii=False, separators=(",", ":"))


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a word, with an ellipsis where something was cut."""
    text = " ".join(text.split())
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    head, _, _ = cut.rpartition(" ")
    return (head if len(head) > limit // 2 else cut).rstrip(",;:. ") + "…"


def normal(text: str) -> str:
    """Words without case, punctuation and space, for comparing."""
    return re.sub(r"[\W_]+", "", text.casefold())


def words_in(text: str) -> frozenset[str]:
    """The words of a list that is written as one text."""
    return frozenset(text.split())
