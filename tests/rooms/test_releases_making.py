"""Making releases: who is in them, what they say and do not say, and what happens when the making breaks off."""

import json
import re
import threading
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from parts import Services
from releasing import CANARY, TABLES, Field, allow, append, ask, everything, made, make_field, page, rows, said
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.analysis.logs.codes import ACTIVITIES, FLANDERS
from app.analysis.logs.lines import Lines
from app.analysis.logs.reading import course_lines
from app.analysis.logs.released import released
from app.analysis.talk.floor import answering
from app.base.db import get_engine, now, unit_of_work
from app.classroom import service as classroom
from app.classroom.models import ClassSession, EventRow
from app.classroom.schema import Kind, TutorAction, Verdict, Voice
from app.records import service as records
from app.records.privacy.consent import declare
from app.records.privacy.schema import Purpose
from app.records.release import making, tables
from app.records.release import service as releases
from app.records.release.making import folder_of
from app.records.release.models import Release, ReleaseFile, ReleasePerson
from app.records.release.schema import KeyFate, Manifest, Status


@pytest.fixture
def field(db: Services) -> Field:
    return make_field()


def release(release_id: UUID) -> Release:
    with unit_of_work() as session:
        return session.get_one(Release, release_id)


def test_a_release_holds_those_who_allow_it_and_no_name_or_word_of_anybody(field: Field) -> None:
    folder = made(field.spec())
    found = everything(folder)
    assert CANARY not in found.lower()
    people = [*field.willing, *field.unwilling, field.made.instructor]
    assert not [who.id for who in people if str(who.id) in found]
    assert len(rows(folder / "learners.parquet")) == len(field.willing)
    classes = rows(folder / "classes.parquet")
    assert len(classes) == len(field.willing) + 1
    with unit_of_work() as session:
        ids = {str(one) for one in session.scalars(select(ClassSession.id).union(select(EventRow.id)))}
    assert not ids & set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", found))


def test_every_file_is_in_the_manifest_with_its_hash(field: Field) -> None:
    folder = made(field.spec())
    manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
    listed = {one.name: one for one in manifest.files}
    assert {path.name for path in folder.iterdir()} == {*listed, "manifest.json", "release.tar"}
    for name, entry in listed.items():
        assert making.sha256_of(folder / name) == entry.sha256
    assert manifest.learners == len(field.willing)
    assert manifest.consent_texts == {1: len(field.willing)}
    assert manifest.rows["learners"] == len(field.willing)
    assert manifest.rows["statements"] == len((folder / "statements.jsonl").read_text().splitlines())
    book = json.loads((folder / "codebook.json").read_text())
    assert {one["name"] for one in book["tables"]} == set(manifest.rows)
    assert all(column["meaning"] for one in book["tables"] for column in one["columns"])
    assert str(manifest.release) in (folder / "CITATION.txt").read_text()


def test_a_shared_class_tells_nothing_of_who_says_no(field: Field) -> None:
    folder = made(field.spec(words=True))
    shared = next(one["class_id"] for one in rows(folder / "classes.parquet") if one["is_shared"])
    events = [one for one in rows(folder / "events.parquet") if one["class_id"] == shared]
    assert {one["actor"] for one in events} - {None} == {
        next(one["actor"] for one in events if one["kind"] == Kind.ASKED)
    }
    withheld = [one for one in events if one["reply_withheld"]]
    assert [one["kind"] for one in withheld] == [Kind.SAID]
    assert {withheld[0][name] for name in ("text", "verdict", "characters", "words", "reply_to")} == {None}
    assert not {Kind.WHISPER, Kind.CONCERN} & {one["kind"] for one in events}
    told = [one["text"] for one in events if one["text"]]
    assert told == ["What is a canary cell?"]  # no agent's words, and none that name who says no


REPLY = "The thin skin that keeps the outside apart from the inside of it"


def answered_instructor(field: Field) -> int:
    """Another own class in which an instructor, who is not in the release, asks, the learner replies, an agent judges;
    returns the seq of the reply.
    """
    who, teacher = field.willing[1], field.made.instructor
    with unit_of_work() as session:
        session.execute(update(ClassSession).where(ClassSession.person_id == who.id).values(ended_at=now()))
        class_id = classroom.open_class(session, who, field.made.lesson_id, pace=0)
        classroom.join(session, teacher, class_id)
    append(class_id, page(1), said("What is a cell?", Voice.TEACHER, asks=True, action=2))
    with unit_of_work() as session:
        classroom.speak_as_teacher(session, teacher, class_id, "What is a membrane?")
    with unit_of_work() as session:
        seq = classroom.say(session, who, class_id, REPLY)
    append(class_id, said("It is.", answers=seq, verdict=Verdict.RIGHT, move=TutorAction.CONFIRM))
    records.project(class_id)
    return seq


def test_what_a_learner_replies_to_an_outsiders_question_is_told_as_theirs(field: Field) -> None:
    """Only what it points to is not, in any table; and it is coded as the reply that it is in the live class."""
    seq = answered_instructor(field)
    folder = made(field.spec(words=True, tables=[*TABLES, "sittings"]))
    [event] = [one for one in rows(folder / "events.parquet") if one["text"] == REPLY]
    [question] = [one for one in rows(folder / "questions.parquet") if one["text"] == REPLY]
    assert (event["seq"], event["verb"], event["reply_to"], event["reply_withheld"]) == (seq, "responded", None, True)
    assert question["question_id"] == event["event_id"]
    assert {name: question[name] for name in ("intent", "characters", "words", "text")} == {
        name: event[name] for name in ("intent", "characters", "words", "text")
    }
    assert (question["verdict"], question["answered_by"]) == ("right", "tutor")
    stated = next(one for one in rows(folder / "statements.parquet") if one["at"] == event["at"])
    assert (stated["verb"], stated["reply_to"], stated["reply_withheld"]) == ("responded", None, True)
    context = json.loads(stated["statement"])["context"]
    told = {name.rpartition("/")[2]: value for name, value in context["extensions"].items()}
    assert (told["intent"], told["kind"]) == (event["intent"], Kind.ASKED)
    assert ("answers" in told, "statement" in context) == (False, False)
    with unit_of_work() as session:
        live = course_lines(session, field.course_id)
    lines, _ = released(folder, "")
    assert coded(lines) == coded(live) == ("responding", "8-pupil-responds")
    names, counts = answering(lines)
    of_their_own = 2 * len(field.willing)  # two replies to the teacher in each of the others' classes
    assert (
        counts[names.index("student")].sum() == counts[names.index("student"), names.index("teacher")] == of_their_own
    )


def coded(lines: Lines) -> tuple[str, str]:
    """What the reply counts as."""
    [at] = np.flatnonzero(lines.messages & (lines["characters"] == len(REPLY)))
    return ACTIVITIES[lines["activity"][at]], FLANDERS[lines["flanders"][at]]


def test_words_are_told_only_where_asked_for_and_scrubbed(field: Field) -> None:
    assert "text" not in rows(made(field.spec()) / "events.parquet")[0]
    folder = made(field.spec(words=True))
    found = everything(folder)
    assert not re.search(r"canaryname|canarykin|canarymail|@canary|20 7946", found.lower())
    assert "Why? I am [name], [e-mail], call [number]." in found
    assert "canary whisper" not in found
    assert "canary concern" not in found
    assert "instructor" not in {one["role"] for one in rows(folder / "events.parquet")}


def test_no_two_releases_share_a_name_and_times_move_by_whole_weeks(field: Field) -> None:
    one, other = made(field.spec()), made(field.spec())
    first, second = rows(one / "events.parquet"), rows(other / "events.parquet")
    for name in ("event_id", "class_id", "actor", "turn_id"):
        assert not {row[name] for row in first} & {row[name] for row in second} - {None}
    with unit_of_work() as session:
        real = {at.strftime("%a %H:%M:%S.%f") for at in session.scalars(select(EventRow.at))}
    assert {row["at"].strftime("%a %H:%M:%S.%f") for row in first} <= real
    weeks = {round((row["at"] - now()) / timedelta(weeks=1)) for row in first}
    assert len(weeks) > 3
    assert max(map(abs, weeks)) <= 25
    of_one = {}
    for row in first:
        of_one.setdefault(row["class_id"], set()).add(round((row["at"] - now()) / timedelta(weeks=1)))
    assert all(len(found) == 1 for found in of_one.values())
    still = rows(made(field.spec(shift=False)) / "events.parquet")
    assert max(abs(row["at"] - now()) for row in still) < timedelta(hours=1)


def test_who_withdraws_between_asking_and_making_is_not_in_it(field: Field) -> None:
    release_id = ask(field.spec())
    allow(field.willing[0], False)
    releases.make(release_id)
    folder = folder_of(release_id)
    assert len(rows(folder / "learners.parquet")) == len(field.willing) - 1
    assert not [one for one in rows(folder / "classes.parquet") if one["is_shared"]]


def test_who_withdraws_while_it_is_made_is_taken_out_before_publication(field: Field, monkeypatch) -> None:
    release_id = ask(field.spec())
    write, seen = making._write_papers, []

    def and_one_leaves(claim):
        seen.append(len(rows(folder_of(release_id) / "learners.parquet")))
        if len(seen) == 1:
            allow(field.willing[3], False)
        return write(claim)

    monkeypatch.setattr(making, "_write_papers", and_one_leaves)
    releases.make(release_id)
    assert seen == [12, 11]
    folder = folder_of(release_id)
    assert release(release_id).status == Status.PUBLISHED
    learners = {one["learner"] for one in rows(folder / "learners.parquet")}
    assert len(learners) == 11
    assert {one["actor"] for one in rows(folder / "events.parquet")} - {None} == learners
    manifest = Manifest.model_validate(release(release_id).manifest)
    assert manifest.learners == 11


def test_a_person_who_is_erased_while_it_is_made_is_noticed(field: Field, monkeypatch) -> None:
    release_id, gone = ask(field.spec()), field.willing[5].id
    write, calls = making._write_papers, []

    def and_one_is_erased(claim):
        if not calls:
            with unit_of_work() as session:
                session.query(ReleasePerson).filter_by(person_id=gone).delete()
                session.execute(update(EventRow).where(EventRow.person_id == gone).values(person_id=None))
        calls.append(1)
        return write(claim)

    monkeypatch.setattr(making, "_write_papers", and_one_is_erased)
    releases.make(release_id)
    assert len(calls) == 2


def test_a_making_that_breaks_off_goes_on_with_the_table_it_was_at(field: Field) -> None:
    release_id = ask(field.spec())
    questions = tables.registry()["questions"]
    whole_rows, broken = questions.rows, RuntimeError("the lights went out")

    def breaks(scope):
        raise broken
        yield

    object.__setattr__(questions, "rows", breaks)
    try:
        with pytest.raises(RuntimeError, match="the lights went out"):
            releases.make(release_id)
    finally:
        object.__setattr__(questions, "rows", whole_rows)
    with unit_of_work() as session:
        whole = set(session.scalars(select(ReleaseFile.name).where(ReleaseFile.release_id == release_id)))
        session.get_one(Release, release_id).lease_until = now()
        assert releases.overdue(session) == [release_id]
    assert {"learners.parquet", "visits.csv"} <= whole
    assert "questions.csv" not in whole
    before = (folder_of(release_id) / "events.parquet").stat().st_mtime_ns
    releases.make(release_id)
    assert release(release_id).status == Status.PUBLISHED
    assert (folder_of(release_id) / "events.parquet").stat().st_mtime_ns == before
    assert CANARY not in everything(folder_of(release_id)).lower()


def test_what_was_called_off_leaves_no_file(field: Field, monkeypatch) -> None:
    release_id = ask(field.spec())
    write = making._write_papers

    def and_is_called_off(claim):
        with unit_of_work() as session:
            releases.cancel(session, field.made.instructor, release_id)
        return write(claim)

    monkeypatch.setattr(making, "_write_papers", and_is_called_off)
    releases.make(release_id)
    assert release(release_id).status == Status.CANCELLED
    assert not folder_of(release_id).exists()
    assert release(release_id).key is None


def test_the_key_is_gone_or_kept_locked(field: Field) -> None:
    gone, kept = ask(field.spec()), ask(field.spec(key=KeyFate.ESCROWED))
    releases.make(gone)
    releases.make(kept)
    assert release(gone).key is None
    assert len(release(kept).key or b"") == 80
    with unit_of_work() as session:
        assert all(row.bands == {} for row in session.query(ReleasePerson))


def test_too_few_people_make_no_release(db: Services) -> None:
    field = make_field(willing=4, unwilling=1)
    release_id = ask(field.spec())
    releases.make(release_id)
    row = release(release_id)
    assert row.status == Status.FAILED
    assert "too few" in row.problem
    assert not folder_of(release_id).exists()


def test_a_withdrawal_that_is_under_way_holds_the_publication_up(field: Field) -> None:
    release_id, leaver = ask(field.spec()), field.willing[4]
    making_it = threading.Thread(target=releases.make, args=(release_id,))
    with Session(get_engine()) as session:
        declare(session, leaver.id, Purpose.RESEARCH, False, 1)
        session.flush()
        making_it.start()
        making_it.join(timeout=6)
        assert making_it.is_alive()
        assert release(release_id).status == Status.MAKING
        session.commit()
    making_it.join(timeout=60)
    assert release(release_id).status == Status.PUBLISHED
    assert len(rows(folder_of(release_id) / "learners.parquet")) == len(field.willing) - 1
