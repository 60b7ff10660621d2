"""What people are called on the desk: a name made with the installation's secret, for one reader in one course.

The same person has another name in another course and for another reader, so that nothing can be put together from
what two of them were shown. Whoever has the secret, or changes it, can or must make the names anew.
"""

from functools import lru_cache
from hmac import digest as hmac
from pathlib import Path
from uuid import UUID

from app.base.embedded.folder import DataFolder
from app.base.settings import get_settings


class Pseudonyms:
    """The names of one course's people for one reader."""

    def __init__(self, course_id: UUID, reader_id: UUID) -> None:
        self._key = hmac(_secret(), f"desk/{course_id}/{reader_id}".encode(), "sha256")

    def of(self, person_id: UUID | None) -> str:
        """A person's pseudonym, "person-" and 16 hexadecimal digits; "" for nobody."""
        return f"person-{hmac(self._key, person_id.bytes, 'sha256').hex()[:16]}" if person_id else ""


def _secret() -> bytes:
    settings = get_settings()
    return (settings.pseudonym_secret or _kept(settings.data)).encode()


@lru_cache
def _kept(data: Path) -> str:
    return DataFolder(data).secret("pseudonyms")
