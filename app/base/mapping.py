"""New ids for old ones, where documents with ids are brought in from elsewhere."""

from uuid import UUID

from pydantic import JsonValue

from app.base.db import new_id


class NewIds:
    """The same old id always gets the same new one, and no old one stays: it might name a row of somebody else."""

    def __init__(self) -> None:
        self._known: dict[UUID, UUID] = {}

    def of(self, old: UUID) -> UUID:
        """The new id in place of an old one."""
        return self._known.setdefault(old, new_id())

    def known(self, old: UUID) -> bool:
        """Whether an old id was met before."""
        return old in self._known

    def tree(self, value: JsonValue) -> JsonValue:
        """A JSON tree in which every string that is an id is a new one."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self.tree(one) for one in value]
        if isinstance(value, dict):
            return {key: self.tree(one) for key, one in value.items()}
        return value

    def _text(self, text: str) -> str:
        if len(text) != 36:
            return text
        try:
            return str(self.of(UUID(text)))
        except ValueError:
            return text
