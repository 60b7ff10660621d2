"""Answers in a release: items, sittings, attempts, DataShop's opportunities, statements, and nothing of who is who."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from examining import MATCH, NUMERIC, ORDER, SINGLE
from parts import Services, empty_stores
from releasing import (
    ANSWER_TABLES,
    COMPONENTS,
    ITEMS,
    TELEPHONE,
    Field,
    allow,
    everything,
    made,
    make_answers,
    make_field,
    rows,
)
from sqlalchemy import func, select, update

from app.assessment import service as assessment
from app.assessment.models import Attempt, Grade, Sitting
from app.assessment.schema import ChoiceItem, MatchItem, NumericItem, OrderItem, Response
from app.base.db import now, unit_of_work
from app.records import service as records
from app.records.profile import EXTENSION
from app.records.release import answers as reading
from app.records.release import service as releases
from app.records.release.answers import number, positions
from app.records.release.schema import Manifest
from app.records.release.verifying import verify
from app.records.schema import Statement


@pytest.fixture(scope="module")
def field(services: Services) -> Iterator[Field]:
    empty_stores()
    found = make_field()
    make_answers(found)
    yield found
    empty_stores()


@pytest.fixture(scope="module")
def folder(field: Field) -> Path:
    return made(field.spec(tables=ANSWER_TABLES))


def tab(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def test_answers_are_told_by_place_and_number_and_never_in_words(folder: Path, field: Field) -> None:
    told = rows(folder / "attempts.parquet")
    assert len(told) == 12 * 2 * len(ITEMS)
    learners = {row["learner"] for row in rows(folder / "learners.parquet")}
    assert {row["learner"] for row in told} == learners
    assert len(learners) == len(field.willing)
    one = [row for row in told if row["learner"] == told[0]["learner"]]
    seen = [(row["kind"], row["chosen"], row["number"], row["raw"], row["success"], row["attempt"]) for row in one]
    assert seen == [
        ("single", "1", None, 1.0, True, 1),
        ("multiple", "1 2", None, 1.0, True, 1),
        ("numeric", None, 1609.0, 1.0, True, 1),
        ("text", None, None, 1.0, True, 1),
        ("order", "1 2 3", None, 1.0, True, 1),
        ("match", "1-1 2-3", None, 0.5, False, 1),
        ("single", "2", None, 0.0, False, 2),
        ("multiple", "1 2", None, 1.0, True, 2),
        ("numeric", None, 442079000000.0, 0.0, False, 2),
        ("text", None, None, 0.0, False, 2),
        ("order", "3 2 1", None, 0.0, False, 2),
        ("match", "1-1 2-3", None, 0.5, False, 2),
    ]
    assert {row["graded_by"] for row in told} == {"code"}
    found = everything(folder).lower()
    assert not [one for one in ("canary", TELEPHONE, "organelle", "mitochondrion", "20 7946") if one in found]
    with unit_of_work() as session:
        ids = {str(one) for table in (Attempt, Sitting, Grade) for one in session.scalars(select(table.id))}
    assert not [one for one in ids if one in found]


def test_tables_join_and_times_move_with_the_learner(folder: Path, field: Field) -> None:
    told = rows(folder / "attempts.parquet")
    items = {(row["item_id"], row["version"]): row for row in rows(folder / "items.parquet")}
    sittings = {row["sitting_id"]: row for row in rows(folder / "sittings.parquet")}
    assert len(items) == len(ITEMS)
    assert sorted(row["components"] for row in items.values()) == sorted("; ".join(one) for one in COMPONENTS)
    assert {row["purposes"] for row in items.values()} == {"practice"}
    assert "stem" not in next(iter(items.values()))
    assert len(sittings) == 2 * len(field.willing)
    for row in told:
        assert items[row["item_id"], row["version"]]["components"] == row["components"]
        assert sittings[row["sitting_id"]]["learner"] == row["learner"]
        assert row["answered_at"] > sittings[row["sitting_id"]]["began_at"]
    assert {(row["questions"], row["answers"], row["graded"], row["points"]) for row in sittings.values()} == {
        (6, 6, 6, 6.0)
    }
    assert sorted({row["raw"] for row in sittings.values()}) == [1.5, 5.5]
    by_learner = defaultdict(list)
    for row in told:
        by_learner[row["learner"]].append(row["answered_at"])
    assert all(a < b for times in by_learner.values() for a, b in pairwise(times))
    weeks = {round((times[-1] - now()) / timedelta(weeks=1)) for times in by_learner.values()}
    assert len(weeks) > 3
    assert list(by_learner) == sorted(by_learner)


def test_words_are_told_scrubbed_where_asked_for(field: Field) -> None:
    folder = made(field.spec(tables=ANSWER_TABLES, words=True))
    texts = {row["text"] for row in rows(folder / "attempts.parquet")}
    assert texts == {None, "membrane", "I am [name], [e-mail], [number]"}
    assert "How long is a mile?" in {row["stem"] for row in rows(folder / "items.parquet")}
    found = everything(folder).lower()
    assert not [one for one in ("canaryname", "canarymail", TELEPHONE, "20 7946", "never asked") if one in found]
    lines = [json.loads(line) for line in (folder / "statements.jsonl").read_text().splitlines()]
    said = {one.get("result", {}).get("response") for one in lines}
    assert said == {None, "membrane", "I am [name], [e-mail], [number]"}
    assert [one for one in verify(folder) if not one.is_good] == []


def test_statements_of_answers_are_xapi_in_both_formats(folder: Path, field: Field) -> None:
    lines = (folder / "statements.jsonl").read_text().splitlines()
    table = rows(folder / "statements.parquet")
    assert lines == [row["statement"] for row in table]
    told = [row for row in table if row["class_id"] is None]
    verbs = [row["verb"] for row in told]
    assert verbs.count("answered") == 12 * 2 * len(ITEMS)
    assert {row["sitting_id"] for row in told} == {row["sitting_id"] for row in rows(folder / "sittings.parquet")}
    marks = {row["attempt_id"]: row for row in rows(folder / "attempts.parquet")}
    scores = sorted(row["scaled"] for row in told if row["verb"] == "answered")
    assert scores == sorted(row["scaled"] for row in marks.values())
    found = [Statement.model_validate_json(row["statement"]) for row in told]
    assert all(str(one.context.registration) == row["sitting_id"] for one, row in zip(found, told, strict=True))
    assert not [one for one in found if one.result and one.result.response]
    answered = next(one for one in found if one.verb.id.endswith("/answered"))
    extensions = {name.removeprefix(EXTENSION) for name in answered.context.extensions}
    assert extensions == {"role", "components", "purpose", "item-version", "graded-by"}
    assert answered.result
    assert answered.result.duration == "PT30.50S"
    items = {row["item_id"] for row in rows(folder / "items.parquet")}
    assert answered.object.id.rsplit("/", 1)[-1] in items


def test_datashop_counts_opportunities_by_learner_and_component(folder: Path, field: Field) -> None:
    tries = [row for row in tab(folder / "datashop-transactions.txt") if row["CF (Purpose)"]]
    assert len(tries) == 12 * 2 * len(ITEMS)
    attempts = {row["attempt_id"] for row in rows(folder / "attempts.parquet")}
    assert {row["CF (Event Id)"] for row in tries} == attempts
    steps = [row for row in tab(folder / "datashop-steps.txt") if row["KC (Default)"]]
    assert len(steps) == len(tries)
    one = [row for row in steps if row["Anon Student Id"] == steps[0]["Anon Student Id"]]
    one.sort(key=lambda row: row["First Transaction Time"])
    assert [(row["KC (Default)"], row["Opportunity (Default)"]) for row in one] == [
        ("Cells", "1"),
        ("Cells~~Energy", "2~~1"),
        ("Length", "1"),
        ("Cells", "3"),
        ("Length", "2"),
        ("Energy", "2"),
        ("Cells", "4"),
        ("Cells~~Energy", "5~~3"),
        ("Length", "3"),
        ("Cells", "6"),
        ("Length", "4"),
        ("Energy", "4"),
    ]
    assert all(not row["KC (Page)"] and not row["Opportunity (Page)"] for row in one)
    outcomes = [row["First Attempt"] for row in one]
    assert outcomes.count("correct") == 6
    in_class = [row for row in tab(folder / "datashop-steps.txt") if row["KC (Page)"]]
    assert len(in_class) == len(field.willing)


def test_who_says_no_meanwhile_is_not_among_the_answers(field: Field) -> None:
    allow(field.willing[3], False)
    try:
        folder = made(field.spec(tables=ANSWER_TABLES))
    finally:
        allow(field.willing[3], True)
    assert len({row["learner"] for row in rows(folder / "attempts.parquet")}) == len(field.willing) - 1
    assert len(rows(folder / "sittings.parquet")) == 2 * (len(field.willing) - 1)


def test_marks_given_after_the_moment_do_not_count_and_pages_join(
    field: Field, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = [(row["kind"], row["raw"], row["attempt"]) for row in rows(folder / "attempts.parquet")]
    monkeypatch.setattr(reading, "PAGE", 5)
    monkeypatch.setattr("app.records.release.answered.PAGE", 5)
    later = now() + timedelta(days=1)
    with unit_of_work() as session:
        first = session.scalars(select(Attempt.id).order_by(Attempt.change)).first()
        session.add(Grade(attempt_id=first, number=2, by="instructor", state="graded", raw=0.25, at=later))
        session.execute(update(Attempt).where(Attempt.id == first).values(raw=0.25))
    again = made(field.spec(tables=ANSWER_TABLES))
    assert sorted((row["kind"], row["raw"], row["attempt"]) for row in rows(again / "attempts.parquet")) == sorted(
        before
    )
    assert len((again / "statements.jsonl").read_text().splitlines()) == len(
        (folder / "statements.jsonl").read_text().splitlines()
    )


def test_the_manifest_counts_tests_and_scores_before_and_after(folder: Path, field: Field) -> None:
    manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
    measures = {one.name: one for one in manifest.suppression.measures}
    assert measures["tests"].mean_before == measures["tests"].mean_after == 2
    assert measures["score"].mean_after == pytest.approx(7 / 12, abs=1e-5)
    with unit_of_work() as session:
        preview = releases.preview(session, field.made.instructor, field.spec(tables=ANSWER_TABLES))
        answers = session.scalar(select(func.count()).select_from(Attempt))
    counts = {one.name: one.rows for one in preview.tables}
    assert (counts["attempts"], counts["items"]) == (answers, len(ITEMS) + 1)


def test_places_and_numbers_of_answers_that_do_not_fit_are_empty() -> None:
    assert isinstance(SINGLE, ChoiceItem)
    assert isinstance(ORDER, OrderItem)
    assert isinstance(MATCH, MatchItem)
    assert isinstance(NUMERIC, NumericItem)
    assert positions(SINGLE, Response(chosen=["gone"])) is None
    assert positions(ORDER, Response(chosen=["l", "gone", "s"])) == "3 1"
    assert positions(MATCH, Response(pairs={"a": "gone", "b": "y"})) == "2-2"
    assert positions(NUMERIC, Response(text="5")) is None
    assert [number(NUMERIC, Response(text=text)) for text in ("5 m", "1,234", "five", "1e999", "-0.5")] == [
        5.0,
        None,
        None,
        None,
        -0.5,
    ]


def test_a_withdrawn_item_has_no_marks_and_no_opportunity(field: Field) -> None:
    """The last test of the file, as it changes what the field holds."""
    with unit_of_work() as session:
        cards = assessment.items_of(session, field.course_id)
        single = next(one for one in cards if one.item.stem == SINGLE.stem)
        assessment.withdraw_item(session, field.made.instructor, single.id, "Unfair to canaries.")
    records.follow_answers()
    folder = made(field.spec(tables=ANSWER_TABLES))
    assert "canar" not in everything(folder).lower()
    gone = [row for row in rows(folder / "attempts.parquet") if row["kind"] == "single"]
    assert len(gone) == 2 * len(field.willing)
    assert {(row["standing"], row["graded_by"], row["raw"], row["success"]) for row in gone} == {
        ("withdrawn", "withdrawal", None, None)
    }
    assert {row["graded"] for row in rows(folder / "sittings.parquet")} == {5}
    told = {row["statement_id"]: row for row in rows(folder / "statements.parquet")}
    scored = [row for row in told.values() if row["verb"] == "scored" and not row["reply_withheld"]]
    assert len(scored) >= 2 * len(field.willing)
    assert {told[row["reply_to"]]["verb"] for row in scored} == {"answered"}
    assert all('/withdrawn":true' in row["statement"] for row in scored if "withdrawal" in row["statement"])
    tries = [row for row in tab(folder / "datashop-transactions.txt") if row["CF (Purpose)"]]
    assert [row["Outcome"] for row in tries].count("") == len(gone)
    steps = [row for row in tab(folder / "datashop-steps.txt") if row["KC (Default)"]]
    assert len(steps) == len(tries) - len(gone)
    assert max(int(row["Opportunity (Default)"]) for row in steps if row["KC (Default)"] == "Cells") == 4
