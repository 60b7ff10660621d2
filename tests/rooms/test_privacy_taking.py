"""Everything about a person in one zip: a word planted in each of their columns is found, and nobody else's."""

import io
import json
import zipfile

import pytest
from parts import Services
from private import NAME, OTHERS, OWN, World, make_world, plant

from app.base.db import unit_of_work
from app.records.privacy import service as privacy
from app.records.privacy.releases import SOURCES
from app.records.privacy.schema import ReleaseLine


@pytest.fixture
def world(db: Services) -> World:
    return make_world()


def taken(world: World) -> dict[str, str]:
    """The files of Zelda's zip, read."""
    with unit_of_work() as session:
        whole = b"".join(privacy.everything(session, world.zelda.id))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_word_in_every_column_of_a_person_is_found(world: World) -> None:
    with unit_of_work() as session:
        planted = plant(session, world.zelda.id)
    assert {"person.name", "class_note.text", "turn_prompt.words", "statement.document", "audit.details"} <= set(
        planted
    )
    files = taken(world)
    missing = [where for where, word in planted.items() if word not in files[f"tables/{where.split('.')[0]}.json"]]
    assert missing == []
    for text in (text for name, text in files.items() if name.endswith(".json")):
        json.loads(text)


def test_what_others_said_and_are_called_is_left_out(world: World) -> None:
    files = taken(world)
    for name, text in files.items():
        assert OTHERS not in text, name
        assert "Kim" not in text, name
        assert str(world.kim.id) not in text, name
        assert str(world.made.instructor.id) not in text, name
    talk = files[f"classes/{world.shared}.html"]
    assert OWN in talk
    assert "participant" in talk
    assert NAME in files["start.html"]


def test_answers_can_be_read_and_what_programs_wrote_names_nobody_else(world: World) -> None:
    files = taken(world)
    answers = json.loads(files["answers.json"])
    assert [one["response_text"] for one in answers] == [OWN, OWN]
    assert [one["raw"] for one in answers] == [0.0, 2.0]
    assert "Zelda wrote" in files["tables/grade.json"]
    assert "too late" in files["tables/answer_save.json"]
    assert f"{OWN}, in a file" in files["tables/attachment.json"]
    assert len(json.loads(files["tables/lrs_document.json"])) == 2
    assert len(json.loads(files["tables/coding_code.json"])) == 1
    assert "notebook" in files["tables/desk_token.json"]
    assert "token_hash" not in files["tables/desk_token.json"]
    outside = [one for one in json.loads(files["tables/statement.json"]) if one["verb"] == "https://lms.test/wrote"]
    assert len(outside) == 2, "by address and by account"
    assert "What people ask" in files["start.html"]


def test_secrets_stay_here(world: World) -> None:
    with unit_of_work() as session:
        from app.accounts import service as accounts

        accounts.open_sign_in(session, world.zelda.id)
    files = taken(world)
    assert "argon2" not in "".join(files.values())
    assert "csrf" not in files["tables/sign_in.json"]


def test_sets_of_research_data_are_listed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.base.db import now

    monkeypatch.setattr(
        "app.records.privacy.releases.SOURCES",
        [*SOURCES, lambda session, one: [ReleaseLine(made_at=now(), title="Autumn set")]],
    )
    assert "Autumn set" in taken(world)["start.html"]
