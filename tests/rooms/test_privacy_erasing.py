"""An erased account: no word and no name of it is left, the logs still fold to their states, others are untouched."""

from uuid import UUID, uuid4

import pytest
from making import PASSWORD
from parts import Services
from private import NAME, OTHERS, OWN, World, client, everywhere, make_world, plant
from sqlalchemy import delete, func, select

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import SiteRole
from app.assessment.models import Attempt
from app.base.db import now, unit_of_work
from app.base.errors import AppError, Conflict
from app.base.redaction import FORMER, REMOVED
from app.base.text import shorten
from app.classroom import service as classroom
from app.classroom.log.folding import fold
from app.classroom.log.state import ClassState, Status
from app.classroom.log.writing import OpenLog, events_after
from app.classroom.models import ClassSession
from app.classroom.schema import Body, ClassEvent, Kind
from app.classroom.speech.lines import say_line
from app.classroom.speech.phrasing import phrase
from app.classroom.speech.speaking import tidy
from app.records import service as records
from app.records.lrs import service as lrs
from app.records.lrs.credentials import home
from app.records.lrs.keys import agent_key
from app.records.lrs.models import Attachment, LrsDocument
from app.records.lrs.schema import Query
from app.records.models import StatementRow
from app.records.privacy import erasing
from app.records.privacy import service as privacy
from app.records.privacy.models import Erasure
from app.records.privacy.schema import Purpose


@pytest.fixture
def world(db: Services) -> World:
    return make_world()


def ask(world: World) -> None:
    with unit_of_work() as session:
        privacy.ask_to_be_erased(session, world.zelda, PASSWORD, "127.0.0.1")


def log_of(class_id: UUID) -> list[ClassEvent]:
    with unit_of_work() as session:
        return events_after(session, class_id, 0, 10_000)


def assert_whole(class_id: UUID) -> ClassState:
    """The log has no gap and folds to the kept state."""
    events = log_of(class_id)
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    with unit_of_work() as session:
        row = session.get_one(ClassSession, class_id)
        assert row.last_seq == len(events)
        assert ClassState.model_validate(row.state) == fold(events)
        return fold(events)


def traces(*words: str) -> dict[str, str]:
    """Where any of these words still stands in the database."""
    with unit_of_work() as session:
        return {table: word for table, text in everywhere(session).items() for word in words if word in text}


STAYS = {"canary-material-filename", "canary-audit-what", "canary-audit-details", "canary-audit-address_hash"}
"""A course's deck keeps its file's name, and the audit log is not changed."""
COUNTED = {"canary-statement-verb", "canary-erasure", "canary-coding_code-code"}
"""What was done is kept, of nobody."""


def test_nothing_is_left_of_a_person(world: World) -> None:
    in_class = {"class_event", "class_session", "statement", "turn_prompt", "guard_pair"}
    assert set(traces(OWN)) == in_class | {"attempt", "answer_save", "grade", "attachment"}
    ask(world)
    privacy.erase(world.zelda.id)
    for class_id in (world.alone, world.shared):
        records.project(class_id)
    assert traces(OWN, NAME, "Zelda", "Quirk", world.zelda.email, "Vacuoles") == {}


def test_nothing_is_left_in_any_column(world: World) -> None:
    """A word planted in every column of theirs is gone, save what stays on purpose."""
    with unit_of_work() as session:
        planted = plant(session, world.zelda.id)
    ask(world)
    privacy.erase(world.zelda.id)
    left = {word for word in planted.values() if traces(word)}
    assert left <= STAYS | COUNTED


def test_the_logs_stay_whole_and_others_words_stand(world: World) -> None:
    before = {event.seq: event for event in log_of(world.shared)}
    ask(world)
    privacy.erase(world.zelda.id)
    assert assert_whole(world.alone).status is Status.ENDED
    state = assert_whole(world.shared)
    assert state.status is Status.RUNNING
    assert world.zelda.id not in state.people
    assert [one.text for one in state.pending] in ([OTHERS], [])
    after = log_of(world.shared)
    assert [event for event in after if event.person_id == world.kim.id] == [
        event for event in before.values() if event.person_id == world.kim.id
    ]
    said = next(event for event in after if event.kind is Kind.ASKED and event.person_id == world.zelda.id)
    assert said.body.text == REMOVED
    reply = next(event for event in after if event.kind is Kind.SAID and event.body.answers == said.seq)
    assert reply.body.text == f"Good thought, {FORMER}. Kim said: {OTHERS}. You said: {REMOVED}."


def test_words_go_as_well_where_an_agent_said_their_formulas_in_plain_signs(world: World) -> None:
    """A line that quotes them, cut short, a model's line, which has lost the marks as well, and what is folded."""
    written = r"Is $\frac{1}{2}$ of x^2 **really** the mean of `x^2` and 0" + ", as I wrote down on page 12" * 5
    with unit_of_work() as session:
        classroom.say(session, world.zelda, world.shared, written)
        log = OpenLog.lock(session, world.shared)
        for repeated in (f"You asked: {written}?", f"“{shorten(written, 140)}”", tidy(f"So: {written}.")):
            say_line(log, Body(text=repeated, page=1))
    records.project(world.shared)
    read = "Is 1/2 of x^2"
    assert set(traces(read)) == {"class_event", "class_session", "statement"}
    ask(world)
    privacy.erase(world.zelda.id)
    assert_whole(world.shared)
    assert traces(read, "as I wrote down") == {}
    assert [event.body.text for event in log_of(world.shared) if event.kind is Kind.SAID][-3:] == [
        f"You asked: {REMOVED}?",
        f"“{REMOVED}”",
        f"So: {REMOVED}.",
    ]


def test_a_word_that_an_agent_named_as_none_of_the_lesson_s_goes(world: World) -> None:
    told = {name: phrase(name, "English", word="epilepsy", here="page 1") for name in ("strange", "strange_near")}
    with unit_of_work() as session:
        classroom.say(session, world.zelda, world.shared, "What about my epilepsy?")
        log = OpenLog.lock(session, world.shared)
        asked = log.state.seq
        for line in told.values():
            say_line(log, Body(text=line, page=1, answers=asked))
    ask(world)
    privacy.erase(world.zelda.id)
    assert_whole(world.shared)
    assert traces("epilepsy") == {}
    assert [event.body.text for event in log_of(world.shared) if event.kind is Kind.SAID][-2:] == [
        line.replace("epilepsy", REMOVED) for line in told.values()
    ]


def test_a_tombstone_is_left_that_nobody_can_use(world: World) -> None:
    with unit_of_work() as session:
        token = accounts.open_sign_in(session, world.zelda.id)
    ask(world)
    with unit_of_work() as session:
        assert accounts.who_is(session, token) is None
    with pytest.raises(AppError), unit_of_work() as session:
        accounts.sign_in(session, world.zelda.email, PASSWORD, "127.0.0.1")
    privacy.erase(world.zelda.id)
    with unit_of_work() as session:
        row = session.get_one(Person, world.zelda.id)
        assert (row.role, row.name) == (SiteRole.ERASED.value, FORMER)
        assert row.email == f"{row.id}@erased.invalid"
        assert not any(privacy.standing(session, row.id).values())
        accounts.add_person(session, world.zelda.email, "Zelda Again", PASSWORD, SiteRole.STUDENT)


def test_a_killed_job_begins_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(world)
    whole = erasing._erase_in_class
    done: list[UUID] = []

    def dies_after_one(session, class_id, *rest) -> None:
        if done:
            raise KeyboardInterrupt
        whole(session, class_id, *rest)
        done.append(class_id)

    with monkeypatch.context() as patch:
        patch.setattr(erasing, "_erase_in_class", dies_after_one)
        with pytest.raises(KeyboardInterrupt):
            privacy.erase(world.zelda.id)
    with unit_of_work() as session:
        assert session.get_one(Person, world.zelda.id).name == NAME
        assert privacy.overdue(session) == [world.zelda.id]
    privacy.erase(world.zelda.id)
    privacy.erase(world.zelda.id)
    assert traces(OWN, NAME, world.zelda.email) == {}
    for class_id in (world.alone, world.shared):
        assert_whole(class_id)
    with unit_of_work() as session:
        assert session.get_one(Erasure, world.zelda.id).finished_at
        assert privacy.overdue(session) == []


def test_statements_of_other_programs_lose_words_and_actor(world: World) -> None:
    """Those that came from outside name a person by account or address, and say what they like anywhere."""
    by_account = {"account": {"homePage": "https://lms.test", "name": str(world.zelda.id)}, "name": NAME}
    by_mail = {"objectType": "Agent", "mbox": f"mailto:{world.zelda.email}", "name": NAME}
    made = []
    with unit_of_work() as session:
        like = session.scalars(select(StatementRow).where(StatementRow.class_id == world.alone)).first()
        for actor in (by_account, by_mail):
            document = {**like.document, "actor": actor, "result": {"response": OWN, "extensions": {"x": OWN}}}
            document["object"] = {"id": f"https://lms.test/essay/{NAME}"}
            row = StatementRow(
                id=uuid4(),
                course_id=like.course_id,
                class_id=world.shared,
                seq=0,
                person_id=None,
                verb="x",
                at=now(),
                document=document,
            )
            session.add(row)
            made.append(row.id)
    ask(world)
    privacy.erase(world.zelda.id)
    with unit_of_work() as session:
        for one in made:
            document = session.get_one(StatementRow, one).document
            assert document["actor"]["account"]["name"] == str(world.zelda.id)
            assert set(document["actor"]) == {"objectType", "account"}
            assert document["result"] == {"response": REMOVED}
    assert traces(OWN, NAME, world.zelda.email) == {}


def found_by(agent: dict[str, object], related: bool = False) -> int:
    """How many statements a program finds by an agent."""
    by = client()
    with unit_of_work() as session:
        return len(lrs.find(session, by, Query(agent=agent_key(agent), related_agents=related)).statements)


def test_programs_find_nobody_by_the_old_address_and_the_tombstone_by_its_account(world: World) -> None:
    by_mail = {"mbox": f"mailto:{world.zelda.email}"}
    account = {"account": {"homePage": home(), "name": str(world.zelda.id)}}
    kim = {"mbox": f"mailto:{world.kim.email}"}
    before = found_by(by_mail), found_by(account), found_by(kim, related=True)
    assert before[0] == 2, "one by her, one about her"
    ask(world)
    privacy.erase(world.zelda.id)
    after = found_by(by_mail), found_by(account), found_by(kim, related=True)
    assert after == (0, before[0] + before[1], before[2])
    with unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(LrsDocument)) == 0
        assert session.scalar(select(func.count()).select_from(Attachment)) == 0


def test_answers_made_into_statements_again_bring_no_words_back(world: World) -> None:
    ask(world)
    privacy.erase(world.zelda.id)
    records.rebuild_answers()
    assert traces(OWN, NAME, world.zelda.email) == {}
    with unit_of_work() as session:
        session.execute(delete(StatementRow).where(StatementRow.person_id == world.zelda.id))
    assert records.rebuild_answers() > 0
    assert traces(OWN, NAME, world.zelda.email) == {}
    with unit_of_work() as session:
        rows = session.scalars(select(Attempt)).all()
        assert sorted(row.raw for row in rows if row.raw is not None) == [0.0, 2.0], "marks stay"


def test_an_answer_that_waits_for_marks_waits_no_more(world: World) -> None:
    with unit_of_work() as session:
        row = session.scalars(select(Attempt).where(Attempt.graded_by == "instructor")).one()
        row.state, row.claim = "waiting", uuid4()
    ask(world)
    privacy.erase(world.zelda.id)
    with unit_of_work() as session:
        assert session.get_one(Attempt, row.id).state == "withdrawn"
        assert session.get_one(Attempt, row.id).claim is None


def test_a_wrong_password_changes_nothing(world: World) -> None:
    with pytest.raises(AppError, match="not your password"), unit_of_work() as session:
        privacy.ask_to_be_erased(session, world.zelda, "something else", "127.0.0.1")
    privacy.erase(world.zelda.id)
    assert "person" in traces(NAME)


def test_who_teaches_alone_finds_a_successor_first(world: World) -> None:
    with pytest.raises(Conflict, match="Nobody else teaches Biology"), unit_of_work() as session:
        privacy.ask_to_be_erased(session, world.made.instructor, PASSWORD, "127.0.0.1")


def test_nothing_about_a_person_serves_any_purpose_from_the_moment_they_ask(world: World) -> None:
    with unit_of_work() as session:
        privacy.declare(session, world.zelda.id, Purpose.RESEARCH, True, 1)
    ask(world)
    with unit_of_work() as session:
        allowed = privacy.consented(Purpose.RESEARCH, Person.id)
        assert session.scalar(select(func.count()).select_from(Person).where(allowed)) == 0


def test_a_projection_under_way_waits_and_reads_no_words(world: World) -> None:
    """What is in the log and not projected yet is projected without words, and nothing comes back."""
    with unit_of_work() as session:
        classroom.say(session, world.zelda, world.shared, f"{OWN}, once more")
    ask(world)
    privacy.erase(world.zelda.id)
    assert records.project(world.shared) > 0
    assert traces(OWN) == {}
