"""A trained adapter from commands alone, with the bundled model: trained, promoted, heard in a class, rolled back.

By default on the embedded llama.cpp server. With LYCEUM_TEST_VLLM (…/v1) the same platform stands on that vLLM, which
has to see the data folder, so LYCEUM_TEST_DATA names it; and LYCEUM_TEST_RUN there names a run that is done already,
LYCEUM_TEST_MODEL the base model of that run, LYCEUM_TEST_PAIRS on how many pairs the gate judges it.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from app.base.embedded.ports import free_ports
from app.base.settings import ROOT
from app.cli.teach_client import Visitor
from app.inference.catalogue import SMALLEST

pytestmark = pytest.mark.heavy
BARE = ("DATABASE_URL", "REDIS_URL", "INFERENCE_URL", "LYCEUM_DATA", "LYCEUM_ROLES", "LYCEUM_PUBLIC_URL")
MODELS = ROOT / ".lyceum" / "models"
VLLM, DATA, RUN = (os.environ.get(f"LYCEUM_TEST_{name}", "") for name in ("VLLM", "DATA", "RUN"))
MODEL = os.environ.get("LYCEUM_TEST_MODEL", SMALLEST.name)
PAIRS = os.environ.get("LYCEUM_TEST_PAIRS", "24")
TRAINED = ("--sizes", "pairs=4,gaps=0,leaks=0,retained=2,solved=0,styled=0,labelled=0,attacked=0,learners=0,tokens=8")
ASKED = "attacked=1,attack_turns=2,learners=2,learner_turns=1"
GATE = f"pairs={PAIRS},labelled=0,gaps=8,leaks=4,{ASKED},retained=8,solved=0,styled=0,tokens=24"


class Platform:
    """A running `up` with the demo course."""

    def __init__(self, data: Path) -> None:
        MODELS.mkdir(parents=True, exist_ok=True)
        data.mkdir(exist_ok=True)
        if not (data / "models").exists():
            (data / "models").symlink_to(MODELS)
        self.data, [self.port] = data, free_ports(1)
        kept = {name: value for name, value in os.environ.items() if name not in BARE}
        self.environment = {**kept, "PYTHONPATH": str(ROOT)}
        if VLLM:
            self.environment |= {"INFERENCE_URL": VLLM, "LYCEUM_INFERENCE_MODEL": MODEL}
        self.said = ""

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "app", *words, "--data", str(self.data)]

    def call(self, *words: str) -> str:
        done = subprocess.run(
            self.command(*words), env=self.environment, capture_output=True, text=True, check=False, timeout=1800
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> "subprocess.Popen[bytes]":
        log = self.data.with_suffix(".log")
        with log.open("wb") as out:
            model = () if VLLM else ("--model", MODEL)
            up = subprocess.Popen(
                self.command("up", *model, "--port", str(self.port)), env=self.environment, stdout=out, stderr=out
            )
        for _ in range(3000):
            self.said = log.read_text()
            if "Lyceum is at" in self.said:
                return up
            assert up.poll() is None, self.said
            time.sleep(0.1)
        up.terminate()
        raise AssertionError("no address in five minutes: " + self.said)

    def student(self) -> Visitor:
        """The demo's student, signed in."""
        password = re.search(r"student@demo\.lyceum\s+password (\S+)", self.said)
        assert password
        made = Visitor(f"http://127.0.0.1:{self.port}")
        made.sign_in("student@demo.lyceum", password[1])
        made.post("/privacy/ask", {"teaching": "yes"})
        return made


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    made = Platform(Path(DATA) if DATA else tmp_path / "data")
    up = made.start()
    yield made
    up.terminate()
    up.wait(timeout=60)


def heard(student: Visitor) -> str:
    """What model answers a question in a new class of the demo lesson."""
    page = student.http.get("/", headers={"Accept": "text/html"}).text
    found = re.search(r"/lessons/[0-9a-f-]{36}", page)
    if found is None:
        course = re.search(r"/courses/[0-9a-f-]{36}", page)
        assert course
        page = student.http.get(course[0], headers={"Accept": "text/html"}).text
        found = re.search(r"/lessons/[0-9a-f-]{36}", page)
    assert found
    class_id = student.post(f"{found[0]}/attend", {"pace": "0.2"}).rpartition("/")[2]
    asked, model = 0, ""
    for kind, line in student.listen(class_id):
        body = line.get("body")
        assert kind == "delta" or isinstance(body, dict)
        if kind == "delta" or not isinstance(body, dict):
            continue
        if line["kind"] == "turn.said" and asked and body.get("answers") == asked:
            model = str(body.get("model"))
            break
        if line["kind"] == "turn.said" and not asked:
            asked = student.say(class_id, "What helps more, reading again or trying to recall it?", uuid4().hex)
    student.post(f"/classes/{class_id}/control", {"verb": "end"})
    return model


def test_trained_promoted_heard_in_a_class_and_rolled_back(platform: Platform) -> None:
    run = RUN
    if not run:
        told = platform.call("align", "loop", "--recipe", "ilf", "--share", "0.2", *TRAINED)
        assert "held loss" in told
        [run] = [one.name for one in (platform.data / "alignment" / "runs").iterdir()]
    student = platform.student()
    assert heard(student) == MODEL
    refused = subprocess.run(
        platform.command("align", "promote", run, "--sizes", GATE, "--percent", "100"),
        env=platform.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    told = refused.stdout
    if refused.returncode:  # that few examples teach little; a person may try it all the same, where it did no harm
        assert "FAILED  learnt" in told
        told = platform.call("align", "promote", run, "--percent", "100", "--despite", "to hear it once")
        assert "Tried although the gate did not let it through: to hear it once" in told
    adapter = re.search(r"lyceum-tutor-[0-9a-f]{12}", told)
    assert adapter
    assert f"{adapter[0]}: standing." in told
    assert heard(student) == adapter[0]
    assert f"{adapter[0]} speaks no more; the base model does." in platform.call("align", "rollback")
    time.sleep(3)  # within two seconds it is silent everywhere
    assert heard(student) == MODEL
