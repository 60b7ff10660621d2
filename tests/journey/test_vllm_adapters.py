"""A real vLLM, named by LYCEUM_TEST_VLLM (…/v1), and an adapter for its base, a folder named by LYCEUM_TEST_ADAPTER:
loaded while it runs, probed, used in a class, rolled back."""

import os
from pathlib import Path
from uuid import uuid4

import pytest
from making import make_lesson
from parts import Services
from sqlalchemy import select

from app.alignment.schema import Role
from app.alignment.serving import adapters
from app.alignment.serving import service as serving
from app.alignment.serving.models import GateRow
from app.alignment.serving.schema import GateState, RolloutState
from app.base.db import unit_of_work
from app.base.settings import Endpoint, get_settings
from app.classroom import service as classroom
from app.classroom.models import EventRow
from app.classroom.schema import Control, Kind
from app.inference import adapter_servers
from app.inference.schema import Role as Voice

URL, FOLDER = os.environ.get("LYCEUM_TEST_VLLM", ""), os.environ.get("LYCEUM_TEST_ADAPTER", "")
pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(not (URL and FOLDER), reason="set LYCEUM_TEST_VLLM and LYCEUM_TEST_ADAPTER"),
]


def test_an_adapter_is_loaded_probed_used_in_a_class_and_rolled_back(
    db: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "roles", {"tutor": Endpoint(url=URL)})
    base = adapter_servers.base_name(Voice.TUTOR)
    with unit_of_work() as session:
        name = adapters.take_folder(session, Path(FOLDER), Role.TUTOR, base).name
        session.add(GateRow(adapter=name, state=GateState.DONE.value, passed=True))
    rollout = serving.promote_now(name, 100)
    assert (rollout.state, rollout.sentence) == (RolloutState.STANDING, "")
    made = make_lesson()
    with unit_of_work() as session:
        class_id = classroom.open_class(session, made.student, made.lesson_id, pace=0)
        classroom.control(session, made.student, class_id, Control.PAUSE)
        classroom.say(session, made.student, class_id, "What turns sugar into energy?", uuid4().hex)
    classroom.take_turn(class_id)
    with unit_of_work() as session:
        said = select(EventRow.body).where(EventRow.class_id == class_id, EventRow.kind == Kind.SAID.value)
        assert session.scalars(said.order_by(EventRow.seq.desc())).first()["model"] == name  # type: ignore[index]
        serving.roll_back(session, None, Role.TUTOR)
    assert adapter_servers.is_loaded(Voice.TUTOR, name)
