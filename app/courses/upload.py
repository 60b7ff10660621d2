"""An uploaded deck becomes a file in the data folder, a row, and a doorbell for the reader."""

import hashlib
import re
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.base.db import new_id
from app.base.errors import Conflict, NotFound
from app.base.files import place, write_whole
from app.base.queue import ring_after_commit
from app.base.settings import get_settings
from app.base.text import clean_text
from app.courses.limits import check_deck, too_large
from app.courses.models import Material
from app.courses.schema import DeckKind, MaterialStatus

NAME_LENGTH = 120
DOORBELL = "records.deck"

_ODD = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def add_material(session: Session, who: Who, course_id: UUID, filename: str, upload: BinaryIO) -> UUID:
    """Keep an instructor's deck and ring for its reading. Raises Invalid for what cannot be a deck."""
    accounts.require(session, who, course_id, CourseRole.INSTRUCTOR)
    content = _all_bytes(upload)
    kind = check_deck(content, filename)
    material = Material(
        id=new_id(),
        course_id=course_id,
        uploaded_by=who.id,
        filename=plain_name(filename),
        kind=kind.value,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    write_whole(deck_path(material.id, kind), content)
    session.add(material)
    session.flush()
    ring_after_commit(session, DOORBELL, material.id)
    return material.id


def read_again(session: Session, material_id: UUID) -> None:
    """Have a deck read anew; its pages keep their ids. Conflict while it is being read."""
    material = session.get(Material, material_id, with_for_update=True)
    if material is None:
        raise NotFound
    if material.status == MaterialStatus.READING:
        raise Conflict("The deck is being read at the moment.")
    material.status, material.problem, material.attempts = MaterialStatus.WAITING.value, "", 0
    ring_after_commit(session, DOORBELL, material_id)


def deck_path(material_id: UUID, kind: DeckKind) -> Path:
    """Where the uploaded bytes lie. The ending is by what they are: converters go by it."""
    return place("materials", str(material_id), f"deck.{kind.value}")


def pictures_folder(material_id: UUID) -> Path:
    """Where the pictures of the pages lie."""
    return place("materials", str(material_id), "pages")


def plain_name(filename: str) -> str:
    """What a person called the file, fit to be shown: one line of 120 characters without folders or odd signs."""
    last = re.split(r"[/\\]", clean_text(filename))[-1]
    name = " ".join(_ODD.sub("", last).split()).lstrip(".")
    if len(name) > NAME_LENGTH:
        stem, dot, ending = name.rpartition(".")
        tail = dot + ending if stem and len(ending) <= 5 else ""
        name = name[: NAME_LENGTH - len(tail) - 1].rstrip() + "…" + tail
    return name or "deck"


def _all_bytes(upload: BinaryIO) -> bytes:
    """The whole upload, reading no further than one byte past the limit."""
    limit = get_settings().upload_bytes
    content = upload.read(limit + 1)
    if len(content) > limit:
        raise too_large(limit)
    return content
