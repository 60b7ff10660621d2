"""Decks that commands upload are read when they go on, whoever reads them."""

import threading
import time
from pathlib import Path
from uuid import UUID

import pytest
from making import make_person
from parts import Services

from app.accounts.schema import SiteRole, Who
from app.base.db import unit_of_work
from app.base.errors import AppError
from app.cli import deck_reading
from app.cli.demo_deck import build_demo_deck
from app.courses import service as courses
from app.courses.schema import MaterialStatus


def uploaded(instructor: Who, deck: Path) -> UUID:
    with unit_of_work() as session, deck.open("rb") as upload:
        course_id = courses.create_course(session, instructor, "Demo")
        return courses.add_material(session, instructor, course_id, deck.name, upload)


def test_a_worker_that_was_faster_is_waited_for(db: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instructor = make_person("ines@school.test", SiteRole.INSTRUCTOR)
    build_demo_deck(tmp_path / "demo.pptx")
    material_id = uploaded(instructor, tmp_path / "demo.pptx")
    read = courses.read_deck

    def elsewhere(material_id: UUID) -> None:
        time.sleep(0.5)
        read(material_id)

    worker = threading.Thread(target=elsewhere, args=(material_id,))
    monkeypatch.setattr(courses, "read_deck", lambda _: worker.start())
    deck_reading.read_here(instructor, material_id)
    with unit_of_work() as session:
        found = courses.access_material(session, instructor, material_id)
    worker.join()
    assert (found.status, found.page_count) == (MaterialStatus.READY, 10)


def test_a_deck_that_cannot_be_read_is_a_sentence(
    db: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instructor = make_person("ines@school.test", SiteRole.INSTRUCTOR)
    build_demo_deck(tmp_path / "demo.pptx")
    material_id = uploaded(instructor, tmp_path / "demo.pptx")
    monkeypatch.setattr(deck_reading, "READ_SECONDS", 0.5)
    monkeypatch.setattr(courses, "read_deck", lambda _: None)
    with pytest.raises(AppError, match="could not be read"):
        deck_reading.read_here(instructor, material_id)
