"""The set of teaching actions in words and as a JSON schema, made from their documents; ACTIONS.md holds the words."""

import inspect

from pydantic import JsonValue

from app.lessons.schema import (
    ACTIONS,
    SCHEMA_VERSION,
    Action,
    Ask,
    Board,
    Discuss,
    Pause,
    Say,
    Show,
    Spotlight,
    Summarise,
)

KINDS: tuple[type[Action], ...] = (Show, Say, Spotlight, Ask, Discuss, Board, Pause, Summarise)
HEAD = """# Teaching actions

A lesson script is an ordered list of these; words and actions are one stream. The set is closed: a document of another
kind is refused. This is version {version}; a script says which version it was written in, and older ones are read as
they were meant. Every action has its `page` (from 1) and the `passages` it rests on. Made by `./lyceum actions`.

| kind | what it does | its own fields |
|---|---|---|
"""


def in_words() -> str:
    """The set as Markdown."""
    rows = [f"| `{_kind(one)}` | {_purpose(one)} | {_fields(one)} |" for one in KINDS]
    return HEAD.format(version=SCHEMA_VERSION) + "\n".join(rows) + "\n"


def as_schema() -> dict[str, JsonValue]:
    """The JSON schema of a page's actions."""
    return ACTIONS.json_schema()


def _kind(action: type[Action]) -> str:
    return str(action.model_fields["kind"].default.value)


def _purpose(action: type[Action]) -> str:
    return " ".join((inspect.getdoc(action) or "").split())


def _fields(action: type[Action]) -> str:
    own = [name for name in action.model_fields if name not in ("kind", *Action.model_fields)]
    return ", ".join(f"`{name}`" for name in own) or "none"
