"""Signals: from thumbs, other words, choices, edits and refused turns to examples of those who allow it."""

from pathlib import Path

import pytest
from logs import log_of
from making import Made, make_lesson, reword
from parts import Services
from signalling import (
    ANSWER,
    OTHER,
    QUESTION,
    allow,
    asked,
    content,
    examples,
    otherwise,
    retold,
    start,
    thumb,
)
from sqlalchemy import delete, select, update
from stub_model import Scripted, StubModel

from app.alignment import service as alignment
from app.alignment.schema import Role
from app.alignment.signals.keeping import collected
from app.alignment.signals.models import ExampleRow
from app.alignment.signals.schema import Choice, Thumb
from app.base.db import new_id, unit_of_work
from app.base.embedded.address import use_environment
from app.base.errors import Conflict, Invalid, NotFound
from app.classroom import service as classroom
from app.classroom.directing.policy import Policy
from app.classroom.models import GuardPair
from app.classroom.schema import Control, Kind
from app.classroom.speech.guard import Refusal
from app.classroom.turns import retelling
from app.lessons.models import LessonEdit, LessonPage
from app.records.privacy.schema import Purpose
from app.records.privacy.wording import newest


@pytest.fixture
def made(db: Services, stub: StubModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.setenv("LYCEUM_DATA", str(tmp_path / "data"))
    use_environment({})
    return make_lesson()


def test_a_thumb_becomes_an_example_with_its_context(made: Made, stub: StubModel) -> None:
    class_id = start(made)
    line = asked(made, stub, class_id, ANSWER)
    thumb(made.student, class_id, line.seq, Thumb.DOWN, reason="too long", words="Sam Ortega, tell me less")
    assert examples() == [], "no word on alignment means no"
    allow(made.student)
    (row,) = examples()
    assert [one.id for one in examples()] == [row.id], "twice is once"
    told = content(row)
    assert (told.completion, told.label) == (line.body.text, False)
    assert [one.role for one in told.prompt] == ["system", "user"]
    assert QUESTION in told.prompt[1].content
    assert told.reason == "too long; [name] Ortega, tell me less", "names of the course are scrubbed"
    assert (row.role, row.model, row.person_id, row.course_id) == (
        "tutor",
        line.body.model,
        made.student.id,
        made.course_id,
    )
    assert len(row.prompt_hash) == 16
    assert row.consent_version == newest(Purpose.ALIGNMENT).version
    assert row.sources[0] == str(line.body.turn)


def test_a_line_of_the_script_is_learnt_from_on_its_page(made: Made) -> None:
    class_id = start(made)
    classroom.take_turn(class_id)
    line = next(one for one in log_of(class_id) if one.kind is Kind.SAID)
    allow(made.student)
    thumb(made.student, class_id, line.seq)
    (row,) = examples()
    assert (row.role, content(row).completion) == ("teacher", line.body.text)
    assert "Every plant and animal" in content(row).prompt[0].content


def test_the_newest_word_holds_and_can_be_taken_back(made: Made, stub: StubModel) -> None:
    class_id = start(made)
    line = asked(made, stub, class_id, ANSWER)
    thumb(made.student, class_id, line.seq, Thumb.UP, reason="clear")
    thumb(made.student, class_id, line.seq, Thumb.DOWN)
    with unit_of_work() as session:
        (one,) = alignment.mine(session, made.student, class_id)
    assert (one.value, one.reason) == ("down", "")
    thumb(made.student, class_id, line.seq, Thumb.NONE)
    with unit_of_work() as session:
        assert alignment.mine(session, made.student, class_id) == []


def test_only_who_is_in_a_class_has_a_word_and_only_on_agents_lines(made: Made, stub: StubModel) -> None:
    class_id = start(made)
    line = asked(made, stub, class_id, ANSWER)
    own = next(one.seq for one in log_of(class_id) if one.kind is Kind.ASKED)
    for who, seq in ((made.student, own), (made.student, 999), (made.student, 0), (made.instructor, line.seq)):
        with pytest.raises(NotFound):
            thumb(who, class_id, seq)
    with pytest.raises(Invalid, match="A reason is one of: clear"):
        thumb(made.student, class_id, line.seq, Thumb.UP, reason="wrong")
    with pytest.raises(Invalid, match="Shorten"):
        thumb(made.student, class_id, line.seq, Thumb.UP, words="x" * 501)
    with pytest.raises(NotFound), unit_of_work() as session:
        alignment.choose(session, made.student, class_id, line.seq, Choice.FIRST)


def test_the_same_in_other_words_and_the_choice_becomes_a_pair(made: Made, stub: StubModel) -> None:
    class_id = start(made)
    line = asked(made, stub, class_id, ANSWER)
    stub.script(Scripted(match="Say the same in other words", reply=OTHER, times=1))
    otherwise(made, class_id, line.seq)
    (other,) = retold(class_id)
    assert (other.body.text, other.body.answers, other.voice, other.body.cause) == (
        OTHER,
        line.seq,
        line.voice,
        "asked",
    )
    assert f"You said: {ANSWER}" in stub.log[-1].turn
    classroom.tell_otherwise(class_id, line.seq, retelling.ASKED)
    assert len(retold(class_id)) == 1, "a job that runs twice adds nothing"
    with pytest.raises(Conflict, match="already"):
        otherwise(made, class_id, line.seq)
    allow(made.student)
    for value, chosen in ((Choice.ALIKE, None), (Choice.SECOND, OTHER), (Choice.FIRST, ANSWER)):
        with unit_of_work() as session:
            alignment.choose(session, made.student, class_id, line.seq, value, Choice.SECOND)
            session.execute(delete(ExampleRow))
        assert [content(one).chosen for one in examples()] == ([chosen] if chosen else [])
    with unit_of_work() as session:
        assert [one.upper for one in alignment.mine(session, made.student, class_id)] == ["second"]
    with pytest.raises(Invalid, match="Above stood"), unit_of_work() as session:
        alignment.choose(session, made.student, class_id, line.seq, Choice.FIRST, Choice.ALIKE)
    thumb(made.student, class_id, other.seq)
    row = next(one for one in examples() if one.kind == "thumb")
    assert (content(row).completion, QUESTION in content(row).prompt[1].content) == (OTHER, True)


@pytest.mark.parametrize(
    "reply", ["The moon is made of green cheese and Swiss chocolate.", ANSWER.upper(), "Mitochondria turn"]
)
def test_other_words_pass_the_guard_or_are_not_shown(made: Made, stub: StubModel, reply: str) -> None:
    class_id = start(made)
    line = asked(made, stub, class_id, ANSWER)
    stub.script(Scripted(match="Say the same in other words", reply=reply))
    otherwise(made, class_id, line.seq)
    (other,) = retold(class_id)
    assert (other.body.text, other.body.cause) == ("", "nothing")


def test_a_model_that_is_gone_costs_only_the_other_words(made: Made, stub: StubModel) -> None:
    class_id = start(made)
    line = asked(made, stub, class_id, ANSWER)
    stub.script(Scripted(match="Say the same in other words", fault="status:400"))
    otherwise(made, class_id, line.seq)
    assert [one.body.cause for one in retold(class_id)] == ["nothing"]


def test_a_line_of_the_script_is_not_told_otherwise(made: Made) -> None:
    class_id = start(made)
    classroom.take_turn(class_id)
    line = next(one for one in log_of(class_id) if one.kind is Kind.SAID)
    with pytest.raises(NotFound):
        otherwise(made, class_id, line.seq)


def test_a_course_may_have_answers_put_in_two_ways(
    made: Made, stub: StubModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    rung: list[tuple[object, ...]] = []
    monkeypatch.setattr(retelling, "ONE_IN", 1)
    monkeypatch.setattr(retelling, "ring_after_commit", lambda session, *bell: rung.append(bell))
    before = start(made)
    asked(made, stub, before, ANSWER)
    assert rung == []
    with unit_of_work() as session:
        classroom.set_policy(session, made.instructor, made.course_id, Policy(offers_choice=True))
    after = start(made)
    with unit_of_work() as session:
        classroom.control(session, made.student, before, Control.END)
    after = start(made)
    line = asked(made, stub, after, ANSWER)
    assert rung == [("live.retell", after, line.seq, "offered")]
    stub.script(Scripted(match="Say the same in other words", reply="No such thing as that exists anywhere here."))
    classroom.tell_otherwise(after, line.seq, retelling.OFFERED)
    assert retold(after) == [], "who asked for nothing is told nothing"


def test_refused_turns_become_examples(made: Made, stub: StubModel) -> None:
    allow(made.student)
    class_id = start(made)
    junk = "The moon is made of green cheese and Swiss chocolate."
    anew = asked(made, stub, class_id, junk, ANSWER)
    assert anew.body.text == ANSWER
    (row,) = examples()
    assert (row.kind, content(row).chosen, content(row).rejected) == ("guard", ANSWER, junk)
    with unit_of_work() as session:
        session.execute(update(GuardPair).values(reason=Refusal.LEAK.value))
        session.execute(delete(ExampleRow))
    assert [one.kind for one in examples()] == ["leak"], "who gave an answer away is of a kind of its own"
    instead = asked(made, stub, class_id, junk, junk)
    assert instead.body.fallback
    row = next(one for one in examples() if not content(one).chosen)
    assert (content(row).completion.startswith(junk), content(row).label) == (True, False)


def test_what_an_instructor_makes_of_a_models_line_becomes_a_pair(made: Made) -> None:
    allow(made.instructor)
    call = new_id()

    def edit(*texts: str) -> None:
        with unit_of_work() as session:
            reword(session, made, 1, texts)

    with unit_of_work() as session:
        before = session.scalars(select(LessonPage).where(LessonPage.number == 1)).one()
        texts = [one["text"] for one in before.actions if one.get("text")]
    edit("A cell is a tiny room.", texts[1])
    with unit_of_work() as session:
        assert session.scalars(select(LessonEdit)).all() == [], "a person's own line makes no pair"
        session.execute(
            update(LessonPage).values(call_id=call, edited_by=None, by_model=["A cell is a tiny room.", texts[1]])
        )
    edit("A cell is the smallest room of life.", texts[1])
    edit("A cell is the smallest room of all life.", texts[1])
    edit("A cell is the smallest room of all life.", "Plants are built from cells, and so are animals.")
    pairs = {(content(one).rejected, content(one).chosen) for one in examples()}
    assert pairs == {
        ("A cell is a tiny room.", "A cell is the smallest room of life."),
        (texts[1], "Plants are built from cells, and so are animals."),
    }
    assert {(one.role, one.person_id) for one in examples()} == {("teacher", made.instructor.id)}


def test_only_words_that_somebody_made_or_took_are_an_edit(made: Made) -> None:
    """Where a rewriting was refused, what was there before is preferred to it, and nobody made it of it."""
    allow(made.instructor)
    with unit_of_work() as session:
        page = session.scalars(select(LessonPage).where(LessonPage.number == 1)).one()
        about = {"lesson_id": made.lesson_id, "page_id": page.page_id, "edited_by": made.instructor.id, "kind": "speak"}
        for verdict in ("edited", "accepted", "refused"):
            session.add(LessonEdit(**about, before=f"{verdict} before", after=f"{verdict} after", verdict=verdict))
    examples()
    with unit_of_work() as session:
        pairs = {one.chosen[0].content: one.edited for one in collected(session, Role.TEACHER).pairs}
        found = alignment.gathered(session, made.instructor, made.course_id)
    assert pairs == {"edited after": True, "accepted after": True, "refused before": False}
    assert found.examples == {"edit": 2, "refused": 1}
    told = {(one.kind, one.value, one.count) for one in found.signals}
    assert told == {(kind, "speak", 1) for kind in ("edited", "rewriting accepted", "rewriting refused")}
