"""From the gate to classes and back: a server that loads adapters, learners who get them, rollback by hand and by
itself."""

import json
import time
from pathlib import Path
from threading import Thread
from uuid import uuid4

import numpy as np
import pytest
from making import Made, make_lesson, make_person
from parts import Services
from safetensors.numpy import save_file
from sqlalchemy import select, text
from stub_model import NAME, SIGN, StubModel

from app.accounts import service as accounts
from app.accounts.models import Person
from app.accounts.schema import CourseRole, SiteRole
from app.alignment.schema import Role
from app.alignment.serving import adapters, promoting, watching
from app.alignment.serving import service as serving
from app.alignment.serving.gate import FROM_BANK
from app.alignment.serving.models import GateRow, RolloutRow
from app.alignment.serving.schema import Check, GateState, RolloutState
from app.alignment.signals.models import TurnSignal
from app.alignment.signals.schema import Thumb
from app.base.db import now, unit_of_work
from app.base.errors import Conflict, Invalid
from app.base.settings import Endpoint, get_settings
from app.classroom import service as classroom
from app.classroom.models import ClassSession, EventRow, GuardPair
from app.classroom.schema import Control, Kind
from app.classroom.speech.guard import Refusal
from app.inference import adapter_servers, gateway
from app.inference import adapters as served
from app.inference.models import ModelCall
from app.inference.schema import Role as Voice
from app.records.privacy.models import AuditLine

LAYER = "base_model.model.model.layers.0.self_attn.q_proj.lora_{}.weight"


def write_adapter(folder: Path, seed: int = 0, key: str = LAYER) -> Path:
    """A LoRA adapter's two files."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = np.random.default_rng(seed)
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "base_model_name_or_path": NAME}
    (folder / "adapter_config.json").write_text(json.dumps(config))
    sides = {"A": (2, 8), "B": (8, 2)}
    tensors = {key.format(side): chance.normal(size=size).astype(np.float32) for side, size in sides.items()}
    save_file(tensors, folder / "adapter_model.safetensors")
    return folder


def keep(folder: Path, seed: int = 0, incumbent: str = "", passed: bool = True) -> str:
    """An adapter that the gate has let through against `incumbent`."""
    with unit_of_work() as session:
        name = adapters.take_folder(session, write_adapter(folder, seed), Role.TUTOR, NAME).name
        session.add(
            GateRow(adapter=name, incumbent=incumbent, state=GateState.DONE.value, passed=passed, ended_at=now())
        )
    return name


@pytest.fixture
def made(db: Services, stub: StubModel) -> Made:
    adapter_servers._offers.clear()
    served._known.clear()
    return make_lesson()


def attend(made: Made, student: object | None = None) -> ClassSession:
    """A class in which the tutor has answered one question."""
    who = student or made.student
    with unit_of_work() as session:
        class_id = classroom.open_class(session, who, made.lesson_id, pace=0)  # type: ignore[arg-type]
        classroom.control(session, who, class_id, Control.PAUSE)  # type: ignore[arg-type]
    ask(made, class_id, who)
    with unit_of_work() as session:
        return session.get_one(ClassSession, class_id)


def ask(made: Made, class_id: object, who: object | None = None) -> str:
    """Ask once more; returns who answered."""
    with unit_of_work() as session:
        person = who or made.student
        classroom.say(session, person, class_id, "What turns sugar into energy?", uuid4().hex)  # type: ignore[arg-type]
    classroom.take_turn(class_id)  # type: ignore[arg-type]
    with unit_of_work() as session:
        said = select(EventRow.body).where(EventRow.class_id == class_id, EventRow.kind == Kind.SAID.value)
        return str(session.scalars(said.order_by(EventRow.seq.desc())).first()["model"])  # type: ignore[index]


def test_a_name_is_the_content_and_is_kept_once(made: Made, tmp_path: Path) -> None:
    one, same, other = keep(tmp_path / "a", 1), keep(tmp_path / "b", 1), keep(tmp_path / "c", 2)
    assert one == same
    assert one != other
    assert one.startswith("lyceum-tutor-")
    assert adapters.content_hash(adapters.folder_of(one)).startswith(one.rpartition("-")[2])


def test_a_pickle_is_no_adapter(made: Made, tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "a")
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    with unit_of_work() as session, pytest.raises(Invalid, match=r"no adapter_model\.safetensors"):
        adapters.take_folder(session, folder, Role.TUTOR, NAME)


def test_promoted_to_all_it_speaks_in_new_classes_and_is_rolled_back(
    made: Made, stub: StubModel, tmp_path: Path
) -> None:
    before = attend(made)
    name = keep(tmp_path / "a")
    assert serving.promote_now(name, 100).state is RolloutState.STANDING
    assert list(stub.adapters) == [name]
    other = make_person("other@school.test")
    with unit_of_work() as session:
        accounts.enrol(session, made.course_id, other.id, CourseRole.STUDENT)
    after = attend(made, other)
    assert after.adapters["tutor"] == name
    assert ask(made, after.id, other) == name
    assert stub.log[-1].model == name
    assert ask(made, before.id) == NAME  # a class that has begun keeps what it has
    with unit_of_work() as session:
        assert name in set(session.scalars(select(ModelCall.model)))
        found = serving.roll_back(session, None, Role.TUTOR, agent="test")
    assert found.state is RolloutState.ROLLED_BACK
    served._known.clear()
    assert ask(made, after.id, other) == NAME
    with unit_of_work() as session:
        told = session.scalars(select(AuditLine.details).where(AuditLine.agent != "")).all()
    assert any(name in line and "rolled back" in line for line in told)


def test_who_tries_what_has_shown_nothing_says_why_and_harm_is_never_waved_through(made: Made, tmp_path: Path) -> None:
    name = keep(tmp_path / "a", passed=False)

    def said(*failed: str, unasked: tuple[str, ...] = ()) -> None:
        looked_at = ("learnt", *(one for one in FROM_BANK[Role.TUTOR] if one not in unasked))
        checks = [Check(name=one, ok=one not in failed, sentence=one).model_dump() for one in looked_at]
        with unit_of_work() as session:
            session.query(GateRow).update({"checks": checks})

    for failed in ((), ("leak_plain",), ("learnt", "leak_plain")):
        said(*failed)
        with pytest.raises(Conflict, match="cannot be waved through"):
            serving.promote_now(name, 10, despite="I like it")
    for unasked in (FROM_BANK[Role.TUTOR], ("leak_adversarial", "transfer")):
        said("learnt", unasked=unasked)
        with pytest.raises(Conflict, match=f"not asked whether {name} became worse in {', '.join(unasked)};"):
            serving.promote_now(name, 10, despite="I like it")
    said("learnt")
    with pytest.raises(Conflict, match="has not let"):
        serving.promote_now(name, 10)
    found = serving.promote_now(name, 10, despite="a class of ours\nwants to hear it")
    told = "Tried although the gate did not let it through: a class of ours wants to hear it"
    assert (found.state, found.sentence) == (RolloutState.SHARE, told)
    again = "Tried although the gate did not let it through: they did well"
    with unit_of_work() as session:
        promoting.promote(session, None, name, 50, "test", despite="they did well")
        rolled = serving.roll_back(session, None, Role.TUTOR, agent="test")
    assert rolled.sentence == f"{told}. {again}. Rolled back by hand.", "what somebody answers for stays to be read"
    with unit_of_work() as session:
        noted = session.scalars(select(AuditLine.details)).all()
    assert f"{name}: to 50 % of learners. {again}" in noted
    assert any(told in line for line in noted)


def test_a_share_is_sticky_and_about_as_large_as_said() -> None:
    people, rollout = [uuid4() for _ in range(2000)], uuid4()
    chosen = {person for person in people if served.is_chosen(person, rollout, 20)}
    assert 320 < len(chosen) < 480
    assert chosen == {person for person in people if served.is_chosen(person, rollout, 20)}
    assert chosen <= {person for person in people if served.is_chosen(person, rollout, 50)}
    assert chosen != {person for person in people if served.is_chosen(person, uuid4(), 20)}
    assert not any(served.is_chosen(person, rollout, 0) for person in people)


def test_what_the_gate_has_not_let_through_is_not_served(made: Made, tmp_path: Path) -> None:
    name = keep(tmp_path / "a", passed=False)
    with pytest.raises(Conflict, match="gate"):
        serving.promote_now(name, 10)
    against_another = keep(tmp_path / "b", 5, incumbent="lyceum-tutor-something")
    with pytest.raises(Conflict, match="gate"):
        serving.promote_now(against_another, 10)


@pytest.mark.parametrize("trouble", ["away", "deaf", "no loading", "other base"])
def test_a_server_that_cannot_changes_nothing(
    made: Made, stub: StubModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    name = keep(tmp_path / "a")
    if trouble == "away":
        gone = Endpoint(url="http://127.0.0.1:9/v1", model=NAME)
        monkeypatch.setattr(get_settings(), "roles", {"tutor": gone})
    elif trouble == "deaf":
        stub.deaf.add(name)
    elif trouble == "no loading":
        stub.no_loading = True
    else:
        monkeypatch.setattr(get_settings(), "roles", {"tutor": Endpoint(url=stub.url, model="another-model")})
    rollout = serving.promote_now(name, 100)
    assert rollout.state is RolloutState.FAILED
    wanted = {"away": "does not answer", "deaf": "no effect", "no loading": "VLLM_ALLOW", "other base": "another-model"}
    assert wanted[trouble] in rollout.sentence
    assert stub.adapters == {}
    with unit_of_work() as session:
        assert served.served(session, "tutor").names() == set()
    assert promoting.keep_loaded() == []


def test_a_server_started_anew_is_given_what_it_is_to_speak_with(made: Made, stub: StubModel, tmp_path: Path) -> None:
    name = keep(tmp_path / "a")
    serving.promote_now(name, 100)
    stub.adapters.clear()
    adapter_servers._offers.clear()
    row = attend(made)
    assert ask(made, row.id) == NAME  # the class goes on, and the account says with whom
    assert promoting.keep_loaded() == []
    assert list(stub.adapters) == [name]
    adapter_servers._offers.clear()
    assert ask(made, row.id) == name


def test_a_worker_that_remembers_what_was_before_lets_the_new_one_speak_at_once(
    made: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Else a new class begins with the base model and goes on with the adapter that it was given."""
    name = keep(tmp_path / "a")
    monkeypatch.setattr(adapter_servers, "MISSED_SECONDS", 0.0)
    endpoint = gateway.endpoint_of(Voice.TUTOR)
    before = adapter_servers.offer(endpoint)
    assert name not in before.names
    serving.promote_now(name, 100)
    adapter_servers._offers[endpoint.url] = time.monotonic(), before
    served._known["tutor"] = time.monotonic(), served.Served(role="tutor")
    row = attend(made)
    assert row.adapters["tutor"] == name
    with unit_of_work() as session:
        models = select(EventRow.body["model"].astext).where(EventRow.class_id == row.id)
        assert name in set(session.scalars(models))


def test_a_second_adapter_waits_for_the_first_and_the_previous_stays_loaded(
    made: Made, stub: StubModel, tmp_path: Path
) -> None:
    first = keep(tmp_path / "a", 1)
    serving.promote_now(first, 100)
    second, third = keep(tmp_path / "b", 2, incumbent=first), keep(tmp_path / "c", 3, incumbent=first)
    assert serving.promote_now(second, 10).state is RolloutState.SHARE
    with pytest.raises(Conflict, match="being tried"):
        serving.promote_now(third, 10)
    assert serving.promote_now(second, 100).state is RolloutState.STANDING
    assert set(stub.adapters) == {first, second}
    with unit_of_work() as session:
        assert served.served(session, "tutor") == served.Served(role="tutor", standing=second, previous=first)
        serving.roll_back(session, None, Role.TUTOR)
    with unit_of_work() as session:
        assert served.served(session, "tutor").standing == first


def test_learners_who_are_handed_answers_roll_it_back(made: Made, stub: StubModel, tmp_path: Path) -> None:
    name = keep(tmp_path / "a")
    rollout = serving.promote_now(name, 50)
    with unit_of_work() as session:
        for number in range(24):
            _attended(session, made, number, name if number % 2 else "", leaks=9 if number % 2 else 0)
    watching.look()
    with unit_of_work() as session:
        row = session.get_one(RolloutRow, rollout.id)
        assert row.state == RolloutState.ROLLED_BACK.value
        assert "by itself" in row.sentence
        assert served.served(session, "tutor").names() == set()
        assert any("rolled back" in one for one in session.scalars(select(AuditLine.details)))


def test_who_changes_a_rollout_while_it_is_looked_at_is_not_waited_for_in_a_circle(made: Made, tmp_path: Path) -> None:
    """The look takes what serves the role first and the rollout's row after that, as everybody does."""
    serving.promote_now(keep(tmp_path / "a"), 10)
    looking = Thread(target=watching.look)
    with unit_of_work() as session:
        promoting.locked(session, Role.TUTOR.value)
        looking.start()
        waits = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        deadline = time.monotonic() + 20
        while looking.is_alive() and not session.scalar(waits):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        row = session.scalars(select(RolloutRow).with_for_update(nowait=True)).one()
        row.state = RolloutState.ROLLED_BACK.value
    looking.join(20)
    with unit_of_work() as session:
        found = session.scalars(select(RolloutRow)).one()
    assert (found.state, found.looked_at) == (RolloutState.ROLLED_BACK.value, None), "it saw what was changed meanwhile"


def test_learners_who_meet_the_same_do_not(made: Made, stub: StubModel, tmp_path: Path) -> None:
    name = keep(tmp_path / "a")
    rollout = serving.promote_now(name, 50)
    with unit_of_work() as session:
        for number in range(24):
            _attended(session, made, number, name if number % 2 else "", leaks=number % 3 == 0)
    for _ in range(3):
        watching.look()
    with unit_of_work() as session:
        found = promoting.rollout(session, rollout.id)
    assert found.state is RolloutState.SHARE
    assert (found.evidence.candidate.learners, found.evidence.standing.learners) == (12, 12)
    assert found.evidence.candidate.turns == 120


def _attended(session: object, made: Made, number: int, adapter: str, leaks: int) -> None:
    """A learner's class of ten turns of the tutor, in `leaks` of which the guard found the answer handed over."""
    person = accounts.add_person(session, f"s{number}@school.test", "Sam", "a long password", SiteRole.STUDENT)  # type: ignore[arg-type]
    row = ClassSession(
        course_id=made.course_id,
        lesson_id=made.lesson_id,
        version_id=made.version_id,
        person_id=person,
        state={},
        adapters={"tutor": adapter} if adapter else {},
    )
    session.add(row)  # type: ignore[attr-defined]
    session.flush()  # type: ignore[attr-defined]
    for seq in range(1, 11):
        body = {"text": "Look.", "model": adapter or NAME, "turn": str(uuid4())}
        session.add(EventRow(class_id=row.id, seq=seq, kind=Kind.SAID.value, voice="tutor", body=body))  # type: ignore[attr-defined]
        if seq <= leaks:
            about = {"voice": "tutor", "reason": Refusal.LEAK.value, "refused": "12", "shown": "Look."}
            session.add(GuardPair(class_id=row.id, turn=uuid4(), **about))  # type: ignore[attr-defined]


def test_thumbs_down_on_what_the_candidate_says_roll_it_back(made: Made, stub: StubModel, tmp_path: Path) -> None:
    name = keep(tmp_path / "a")
    rollout = serving.promote_now(name, 50)
    with unit_of_work() as session:
        for number in range(24):
            _attended(session, made, number, name if number % 2 else "", leaks=0)
            _rated(session, number, Thumb.DOWN if number % 2 else Thumb.UP)
    with unit_of_work() as session:
        row = session.get_one(RolloutRow, rollout.id)
        found = watching.evidence(session, row)
        assert (found.candidate.raters, found.candidate.thumbs_down) == (12, 1.0)
        assert (found.standing.raters, found.standing.thumbs_down) == (12, 0.0)
    watching.look()
    with unit_of_work() as session:
        row = session.get_one(RolloutRow, rollout.id)
        assert row.state == RolloutState.ROLLED_BACK.value
        assert "thumbs point down" in row.sentence


def _rated(session: object, number: int, thumb: Thumb) -> None:
    """The learner's thumb on five of the tutor's lines; one taken back, and a bystander's, count for nothing."""
    who = session.scalar(select(Person.id).where(Person.email == f"s{number}@school.test"))  # type: ignore[attr-defined]
    row = session.scalar(select(ClassSession).where(ClassSession.person_id == who))  # type: ignore[attr-defined]
    for seq in range(1, 7):
        value = (thumb if seq < 6 else Thumb.NONE).value
        session.add(TurnSignal(class_id=row.id, seq=seq, person_id=who, kind="thumb", value=value))  # type: ignore[attr-defined]
    other = Thumb.UP if thumb is Thumb.DOWN else Thumb.DOWN
    by = session.scalar(select(Person.id).where(Person.id != who))  # type: ignore[attr-defined]
    session.add(TurnSignal(class_id=row.id, seq=7, person_id=by, kind="thumb", value=other.value))  # type: ignore[attr-defined]


def test_in_the_shadow_it_answers_and_nobody_hears_it(made: Made, stub: StubModel, tmp_path: Path) -> None:
    name = keep(tmp_path / "a")
    rollout = serving.promote_now(name, 0)
    assert rollout.state is RolloutState.SHADOW
    row = attend(made)
    assert row.adapters == {}
    asked = len(stub.log)
    watching.look()
    assert {one.model for one in stub.log[asked:]} == {name}
    with unit_of_work() as session:
        seen = promoting.rollout(session, rollout.id).evidence
        assert SIGN not in " ".join(str(body) for body in session.scalars(select(EventRow.body)))
    assert seen.shadowed >= 1
    assert seen.shadow_words >= seen.shown_words


def test_voices_have_adapters_of_their_own(made: Made, tmp_path: Path) -> None:
    with unit_of_work() as session:
        served.serve(session, served.Served(role="classmate", standing="lyceum-classmate-x"))
        assert served.assign(session, made.student.id) == {"classmate": "lyceum-classmate-x"}
        assert served.served(session, Voice.TUTOR).standing == ""
