"""What the stub model says: sentences of the passages in a prompt, and instances of JSON schemas filled with them."""

import re
from typing import Any


def words_of(text: str) -> list[str]:
    """The tokens of a text: joined again they are the text."""
    return re.findall(r"\s*\S+", text)


def sentences_of(prompt: str) -> list[str]:
    """Sentences of the prompt's passages: what stands in tags or after a page mark; else its longest lines."""
    tagged = re.findall(r"<(page|passages?|slide|source)\b[^>]*>(.*?)</\1>", prompt, re.S | re.I)
    marked = re.findall(r"^\W{0,3}(?:page|slide|p\.) ?\d+[^\n:\])]*[:\])](.*)$", prompt, re.M | re.I)
    text = "\n".join(part for _, part in tagged) or "\n".join(marked)
    if not text.strip():
        text = "\n".join(sorted(prompt.splitlines(), key=len)[-3:])
    pieces = re.split(r"(?<=[.!?])\s+|\n+", text)
    found = [re.sub(r"^[\W_]+|\s+", " ", piece).strip() for piece in pieces]
    return [piece for piece in found if len(piece.split()) > 1] or ["Let us look at this page."]


def sentence(prompt: str, number: int) -> str:
    """The `number`th sentence of the prompt's passages, beginning again at their end."""
    known = sentences_of(prompt)
    chosen = known[number % len(known)]
    return chosen if chosen[-1] in ".!?" else chosen + "."


def fitting(prompt: str, turn: str) -> str:
    """The sentence that shares most words with the turn, and the one after it."""
    asked = set(re.findall(r"\w{4,}", turn.lower()))
    shared = [len(asked & set(re.findall(r"\w{4,}", one.lower()))) for one in sentences_of(prompt)]
    best = shared.index(max(shared))
    return " ".join(dict.fromkeys(sentence(prompt, best + n) for n in range(2)))


def instance(schema: dict[str, Any], prompt: str, name: str = "", defs: dict[str, Any] | None = None) -> Any:
    """The smallest sensible instance of a JSON schema, its strings filled with the prompt's sentences."""
    defs = schema.get("$defs", defs or {})
    if "$ref" in schema:
        return instance(defs[schema["$ref"].rsplit("/", 1)[-1]], prompt, name, defs)
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return instance(next(s for s in schema[key] if s.get("type") != "null"), prompt, name, defs)
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    return _of_type(schema, prompt, name, defs)


def _of_type(schema: dict[str, Any], prompt: str, name: str, defs: dict[str, Any]) -> Any:
    kind = schema.get("type", "object")
    if kind == "object":
        return {key: instance(part, prompt, key, defs) for key, part in schema.get("properties", {}).items()}
    if kind == "array":
        count = max(schema.get("minItems", 0), min(2, schema.get("maxItems", 2)))
        return [instance(schema.get("items", {}), prompt, f"{name}{n}", defs) for n in range(count)]
    if kind == "string":
        return _string(prompt, name)[: schema.get("maxLength", 10_000)]
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
    return False if kind == "boolean" else None


def _string(prompt: str, name: str) -> str:
    if re.search("ask|question", name):
        topic = " ".join(sentence(prompt, 0).rstrip(".!?").split()[:6])
        return f"What do you know about {topic}?"
    number = int(found[0]) if (found := re.search(r"\d+$", name)) else 0
    return sentence(prompt, number)
