"""Jinja templates as all of Lyceum's are read: a name that was not given is an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined


def templates(*folders: Path, escapes: bool = True) -> Environment:
    """The templates of these folders, the first that has a name first; what is filled in is escaped as HTML unless they
    make plain text. An environment of its own at each call: keep it.
    """
    return Environment(
        loader=FileSystemLoader(folders),
        autoescape=escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
