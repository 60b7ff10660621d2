"""Examples and sets follow consent: withdrawn, erased, of minors, of a class with others; and outcomes."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from examining import SINGLE, Room, make_test
from making import PASSWORD, Made, make_lesson, make_person
from parts import Services
from signalling import (
    ANSWER,
    OTHER,
    allow,
    asked,
    content,
    examples,
    recipe,
    start,
    thumb,
)
from sqlalchemy import select, update
from stub_model import StubModel

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, Who
from app.alignment import service as alignment
from app.alignment.datasets import service as datasets
from app.alignment.datasets.schema import CLASSES, Format
from app.alignment.evaluation.schema import ANSWERS, JOB, SET
from app.alignment.looping import Turn
from app.alignment.runs.job import adopt
from app.alignment.runs.models import AlignmentRun
from app.alignment.runs.schema import WORDS, Method, Order, Recipe, Training
from app.alignment.schema import alignment_folder, set_folder
from app.alignment.signals import outcomes
from app.alignment.signals.models import ExampleRow, SetRow, TurnSignal
from app.alignment.signals.schema import Outcome, Thumb
from app.assessment import service as assessment
from app.assessment.documents import PaperPlan
from app.assessment.documents import Purpose as PaperPurpose
from app.assessment.schema import Response
from app.base.db import new_id, now, unit_of_work
from app.base.embedded.address import use_environment
from app.base.errors import Conflict, Invalid
from app.base.files import write_whole
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.classroom.directing.policy import Policy
from app.courses import service as courses
from app.records.privacy import service as privacy
from app.records.privacy.schema import GuardianWord, Purpose


@pytest.fixture
def made(db: Services, stub: StubModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    monkeypatch.setenv("LYCEUM_DATA", str(tmp_path / "data"))
    use_environment({})
    return make_lesson()


def test_personal_words_go_in_and_out_with_consent(made: Made, stub: StubModel, tmp_path: Path) -> None:
    """Withdrawal removes the example, takes the lines of the sets that held it, and the next build is without."""
    kim = make_person("kim@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, kim.id, CourseRole.STUDENT)
    for who in (made.student, kim):
        allow(who)
        class_id = start(made, who)
        thumb(who, class_id, asked(made, stub, class_id, ANSWER if who is kim else OTHER, who=who).seq)
    first = alignment.build_set(recipe(tmp_path))
    assert (first.counts["unpaired"], len(first.examples)) == (2, 2)
    assert alignment.build_set(recipe(tmp_path)).hash == first.hash, "deterministic"
    with unit_of_work() as session:
        assert not alignment.is_withdrawn(session, first.hash)
    allow(kim, False)
    with unit_of_work() as session:
        assert alignment.is_withdrawn(session, first.hash), "known at once"
    order = Order(id=new_id(), method=Method.SFT, base="tiny", set=first.hash, training=Training())
    adopt(order)  # a training is under way
    copies = [order.folder / name for name in WORDS]
    copies += [asked_about(first.hash, "evaluations", "one"), asked_about(first.hash[:12], "loops", "x", "evaluation")]
    other = asked_about("5e7" * 9, "evaluations", "two")
    write_whole(alignment_folder("evaluations") / "notes.txt", b"a file that lies among the folders")
    for path in copies[: len(WORDS)]:
        write_whole(path, b'{"prompt": "what Kim said"}\n')
    assert alignment.follow() == 1
    assert not [path for path in copies if path.exists()]
    assert not [path for path in copies if path.with_name(JOB).exists()]
    assert other.exists()
    write_whole(copies[0], b"what a child wrote that was not gone yet")
    assert alignment.follow() == 0
    assert not copies[0].exists()
    with pytest.raises(Conflict, match="were taken back"):
        adopt(order)
    with unit_of_work() as session:
        run = session.get_one(AlignmentRun, order.id)
        assert run.withdrawn_at
        assert run.cancel_asked
    assert sorted(path.name for path in set_folder(first.hash).iterdir()) == ["card.md", "manifest.json"]
    with unit_of_work() as session:
        assert {one.person_id for one in session.scalars(select(ExampleRow))} == {made.student.id}
        assert not alignment.set_view(session, first.hash[:12]).is_whole
    second = alignment.build_set(recipe(tmp_path))
    assert (second.counts["unpaired"], second.hash != first.hash) == (1, True)
    allow(kim)
    again = alignment.build_set(recipe(tmp_path))
    assert again.hash == first.hash
    assert (set_folder(first.hash) / "unpaired.jsonl").is_file()
    with unit_of_work() as session:
        assert alignment.set_view(session, first.hash).is_whole


def asked_about(set_hash: str, *folder: str) -> Path:
    """What was said about a set in an evaluation's folder, with the job beside it."""
    place = alignment_folder(*folder)
    for name, words in ((SET, set_hash), (JOB, "{}"), (ANSWERS, "{}")):
        write_whole(place / name, words.encode())
    return place / ANSWERS


def test_classes_are_a_source_beside_others_and_a_loop_takes_only_who_allows_it(
    made: Made, stub: StubModel, tmp_path: Path
) -> None:
    line = asked(made, stub, start(made), ANSWER)
    thumb(made.student, line.class_id, line.seq, Thumb.DOWN, words="too long for me")
    beside = datasets.load_recipe("tiny").model_dump(mode="json") | {"name": "both", "held_share": 0.3}
    beside["sources"].append({"name": CLASSES, "most": {"unpaired": 5}, "most_held": {"unpaired": 5}})
    path = tmp_path / "both.toml"
    path.write_text(_toml(beside))
    turn = Turn(_loop(path), "", lambda _: None, lambda _: None)
    assert "unpaired" in turn._build()
    unasked = datasets.manifest_of(turn.loop.set)
    assert (unasked.examples, {one.name for one in unasked.sources}) == ([], {"tiny"})
    allow(made.student)
    turn._build()
    found = datasets.manifest_of(turn.loop.set)
    assert len(found.examples) == 1
    assert {one.name: one.taken for one in found.sources}[CLASSES] == {"unpaired": 1}
    (own,) = [one for part in datasets.load(found.hash) for one in part.unpaired if one.source == CLASSES]
    assert (own.label, own.feedback) == (False, "too long for me")
    # What the set has no lines for is left out of the turn, and the turn goes on.
    bare = tmp_path / "bare.toml"
    bare.write_text('name = "bare"\ntitle = "Only classes"\nheld_share = 0.0\nsources = [{ name = "classes" }]\n')
    alone = Turn(_loop(bare), "", lambda _: None, lambda _: None)
    alone._build()
    assert "left out, as the set has no such lines: sft, dpo" in alone._order()
    assert [one.method for one in alone.loop.orders] == [Method.KTO]
    with pytest.raises(Invalid, match="name of this installation's own classes"):
        datasets.import_files(Format.PLAIN, [datasets.SHIPPED / "tiny.jsonl"], CLASSES, "own", "No")


def _loop(path: Path) -> Recipe:
    training = {one: Training() for one in (Method.SFT, Method.DPO, Method.KTO)}
    return Recipe(name="own", base="tiny", set=str(path), methods=tuple(training), training=training)


def _toml(told: dict[str, object]) -> str:
    """A recipe as TOML: plain values, and the sources as inline tables."""
    rows = [f"{name} = {json.dumps(value)}" for name, value in told.items() if name != "sources"]
    sources = told["sources"]
    assert isinstance(sources, list)
    for one in sources:
        rows.append("[[sources]]")
        for name, value in one.items():
            inner = ", ".join(f"{key} = {number}" for key, number in value.items()) if isinstance(value, dict) else ""
            rows.append(f"{name} = {{ {inner} }}" if inner else f"{name} = {json.dumps(value)}")
    return "\n".join(rows)


def test_erasing_an_account_takes_its_examples(made: Made, stub: StubModel, tmp_path: Path) -> None:
    allow(made.student)
    class_id = start(made)
    thumb(made.student, class_id, asked(made, stub, class_id, ANSWER).seq, words="vacuoles whistle")
    built = alignment.build_set(recipe(tmp_path))
    with unit_of_work() as session:
        privacy.ask_to_be_erased(session, made.student, PASSWORD, "127.0.0.1")
    privacy.erase(made.student.id)
    with unit_of_work() as session:
        assert session.scalars(select(ExampleRow)).all() == []
        assert session.scalars(select(TurnSignal)).all() == []
    alignment.follow()
    assert not list(set_folder(built.hash).glob("*.jsonl"))
    with pytest.raises(Invalid, match="empty set"):
        alignment.build_set(recipe(tmp_path))


def test_words_are_kept_as_long_as_others_are(made: Made, stub: StubModel) -> None:
    allow(made.student)
    class_id = start(made)
    thumb(made.student, class_id, asked(made, stub, class_id, ANSWER).seq, words="half of it would do")
    assert len(examples()) == 1
    long_ago = now() - timedelta(days=get_settings().keep_words_days + 1)
    with unit_of_work() as session:
        session.execute(update(ExampleRow).values(made_at=long_ago))
        session.execute(update(TurnSignal).values(at=long_ago))
    alignment.follow()
    with unit_of_work() as session:
        assert session.scalars(select(ExampleRow)).all() == []
        assert [(one.value, one.words) for one in session.scalars(select(TurnSignal))] == [("up", "")]


def test_a_minor_needs_a_guardians_word(made: Made, stub: StubModel, tmp_path: Path) -> None:
    allow(made.student)
    class_id = start(made)
    thumb(made.student, class_id, asked(made, stub, class_id, ANSWER).seq)
    with unit_of_work() as session:
        classroom.set_policy(session, made.instructor, made.course_id, Policy(with_minors=True))
    assert examples() == []
    word = GuardianWord(
        person_id=made.student.id,
        purpose=Purpose.ALIGNMENT,
        granted=True,
        guardian="Ana Ortega",
        said_on=now().date(),
    )
    with unit_of_work() as session:
        privacy.write_down(session, made.instructor, made.course_id, word)
    assert len(examples()) == 1
    built = alignment.build_set(recipe(tmp_path))
    with unit_of_work() as session:
        no = word.model_copy(update={"granted": False})
        privacy.write_down(session, made.instructor, made.course_id, no)
    alignment.follow()
    with unit_of_work() as session:
        assert session.get_one(SetRow, built.hash).withdrawn_at


def test_who_withdraws_while_a_set_is_made_is_not_in_it(
    made: Made, stub: StubModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(made.student)
    class_id = start(made)
    thumb(made.student, class_id, asked(made, stub, class_id, ANSWER).seq)
    whole = datasets.build

    def slow(*told):
        allow(made.student, False)
        return whole(*told)

    monkeypatch.setattr(datasets, "build", slow)
    with pytest.raises(Conflict, match="Build it again"):
        alignment.build_set(recipe(tmp_path))
    assert not list((tmp_path / "data" / "alignment" / "sets").glob("*/*.jsonl"))


def test_one_learner_gives_no_more_than_the_recipe_takes(made: Made, stub: StubModel, tmp_path: Path) -> None:
    allow(made.student)
    class_id = start(made)
    for at in range(4):
        line = asked(made, stub, class_id, f"Mitochondria turn sugar into energy, {'and energy ' * at}indeed.")
        thumb(made.student, class_id, line.seq)
    built = alignment.build_set(recipe(tmp_path, "most_per_learner = 2\n"))
    assert built.counts["unpaired"] == 2
    assert "more than 2 of one learner" in {one.reason for one in built.dropped}


def test_in_a_class_with_others_nobody_elses_words_are_taken(made: Made, stub: StubModel) -> None:
    kim = make_person("kim@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, kim.id, CourseRole.STUDENT)
        class_id = classroom.open_shared(session, made.instructor, made.lesson_id)
        classroom.join(session, made.student, class_id)
        classroom.join(session, kim, class_id)
    for who in (made.student, kim):
        allow(who)
    theirs = asked(made, stub, class_id, ANSWER, who=kim)
    thumb(made.student, class_id, theirs.seq)
    assert examples() == [], "what Kim asked is in the prompt"
    thumb(kim, class_id, theirs.seq)
    assert [one.person_id for one in examples()] == [kim.id]


# ---------------------------------------------------------------------------------------------------------- outcomes


def test_an_outcome_is_what_came_against_what_was_to_be_expected(made: Made) -> None:
    learner, item, component = new_id(), new_id(), new_id()
    told = [
        (new_id(), learner, new_id(), None, item, component, now(), right, frozenset[str]()) for right in (True, True)
    ]
    with unit_of_work() as session:
        first, second = outcomes.mastery_before(session, [outcomes.Answer(*one) for one in told])
    assert 0 < first < second < 1, "a right answer makes the next one likelier"
    assert outcomes.expected(0.4, [True, True]) == 0.4, "two others say too little"
    assert outcomes.expected(0.4, [True, True, True, False]) == pytest.approx(0.575)
    assert Outcome(right=True, predicted=0.9).surprise == pytest.approx(0.1), "an easy question rewards nobody"


def answered(made: Made, paper_id: UUID, right: bool, who: Who | None = None) -> None:
    """Somebody takes the test alone."""
    who = who or made.student
    with unit_of_work() as session:
        sitting = assessment.start(session, who, paper_id)
        (question,) = assessment.view(session, who, sitting).questions
        response = Response(chosen=["r1" if right else "w1"])
        assessment.save(session, who, sitting, question.view.version_id, response, new_id(), 0)
        assessment.submit(session, who, sitting)


def test_the_next_answer_on_the_same_thing_speaks_for_the_turn_before_it(
    made: Made, stub: StubModel, tmp_path: Path
) -> None:
    with unit_of_work() as session:
        module_id = courses.access_course(session, made.instructor, made.course_id).modules[0].id
    room = Room(made.instructor, made.student, made.course_id, module_id, [], UUID(int=0))
    plan = PaperPlan(title="Energy", purpose=PaperPurpose.QUIZ, sittings=0)
    _, paper_id = make_test(room, [SINGLE], plan, "Energy from sugar")
    class_id = start(made)
    asked(made, stub, class_id, "A cell is the smallest unit of life.")
    line = asked(made, stub, class_id, ANSWER)
    answered(made, paper_id, right=True)
    assert examples() == [], "no word on alignment means no"
    with unit_of_work() as session:
        privacy.declare(session, made.student.id, Purpose.ALIGNMENT, True, 1)
    assert examples() == [], "the first text did not speak of answers"
    allow(made.student)
    (row,) = examples()
    told = content(row)
    assert (row.kind, told.completion) == ("outcome", line.body.text)
    assert told.outcome.right
    assert 0.2 < told.outcome.predicted < 0.7
    answered(made, paper_id, right=False)
    assert len(examples()) == 1, "no exchange went before the second answer"
    asked(made, stub, class_id, OTHER)
    answered(made, paper_id, right=False)
    assert sorted(content(one).outcome.right for one in examples()) == [False, True]
    train, _ = datasets.load(alignment.build_set(recipe(tmp_path)).hash)
    assert {one.completion[0].content: one.label for one in train.unpaired} == {ANSWER: True, OTHER: False}
