"""The stage of `bench class`: a platform of its own in a folder of its own, a lesson, and students who attend it.

The platform is started as everybody starts it, with `up`. The lesson is made from what the model says: its sentences
stand on the lesson's page, so that the check of words against the page lets them through, whatever server is measured.
"""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

import psutil
from sqlalchemy import select

from app.accounts import service as accounts
from app.accounts.schema import CourseRole, SiteRole, Who
from app.base.db import new_id, unit_of_work
from app.base.embedded.address import Address, find_running, kept_environment, use_environment
from app.base.embedded.ports import free_ports
from app.base.errors import AppError
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.classroom.schema import STAFF, Control
from app.classroom.stage.cast import Choice
from app.cli.bench_class_direct import LONGEST_SENTENCES
from app.cli.bench_class_wire import Kept
from app.cli.demo import LESSON, load_demo, sign_ins
from app.cli.parts import LIVE_TURNS, python_command, python_environment
from app.courses import service as courses
from app.courses.models import Material
from app.courses.pages import store_page
from app.courses.passages import cut
from app.courses.schema import ReadPage
from app.inference.service import embed
from app.lessons import service as lessons
from app.lessons.models import Lesson
from app.records.privacy import service as privacy
from app.records.privacy.schema import Purpose

START_SECONDS = 120
STORES = ("postgres", "valkey", "redis")
STUB = "app.cli.bench_class_stub"

PARTS = (("app serve", "web"), ("-Q live", "live worker"), ("beat", "clock"), ("celery", "other workers"))
"""What tells a process of ours by its command line."""


@dataclass
class Cpu:
    """Seconds of processor time so far, by part: the stores by their names, our own processes by what they do."""

    parts: dict[str, float]

    @property
    def stores(self) -> float:
        """Of Postgres and Valkey."""
        return sum(seconds for name, seconds in self.parts.items() if name in STORES)

    @property
    def ours(self) -> float:
        """Of web server, workers and clock."""
        return sum(self.parts.values()) - self.stores

    def since(self, before: "Cpu") -> "Cpu":
        """What was spent since an earlier look."""
        return Cpu({name: seconds - before.parts.get(name, 0.0) for name, seconds in self.parts.items()})


class Platform:
    """A running platform, its address and its processes."""

    def __init__(self, address: Address) -> None:
        self.url = address.url
        self.inference_url = address.environment["INFERENCE_URL"]
        self.supervisor = psutil.Process(address.pid)

    def processes(self) -> list[tuple[psutil.Process, str]]:
        """Every process with the part it is of; not the supervisor, which is only their starter, nor the model."""
        found = [(one, _part(one)) for one in self.supervisor.children(recursive=True)]
        return [(one, part) for one, part in found if part != "model"]

    def cpu(self) -> Cpu:
        """Processor time spent so far."""
        spent: dict[str, float] = {}
        for process, part in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                spent[part] = spent.get(part, 0.0) + sum(process.cpu_times()[:4])
        return Cpu(spent)

    def memory(self) -> int:
        """Bytes that would be free if the platform were not there; what processes share is counted once."""
        total = 0
        for process, _ in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_full_info().pss
        return total


def load_cpu() -> float:
    """Seconds of processor time so far of this process, which asks, and of a stub of ours, which answers."""
    mine = psutil.Process()
    stubs = [one for one in mine.children() if STUB in one.cmdline()]
    return sum(sum(one.cpu_times()[:2]) for one in [mine, *stubs])


def _part(process: psutil.Process) -> str:
    """Which part of the platform a process is of."""
    command, name = " ".join(process.cmdline()), process.name()
    if "llama_server" in command:
        return "model"
    if store := next((one for one in STORES if name.startswith(one)), ""):
        return store
    return next((part for words, part in PARTS if words in command), "other")


@contextlib.contextmanager
def stub(module: str = STUB) -> Iterator[str]:
    """A stub model of ours in a process of its own; its URL."""
    (port,) = free_ports(1)
    command = python_command(module, "--port", str(port))
    child = subprocess.Popen(command, stdout=subprocess.PIPE, env=python_environment({}), text=True)
    try:
        if child.stdout is None or not child.stdout.readline():
            raise AppError("The stub model did not start.")
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        child.kill()
        child.wait()


@contextlib.contextmanager
def platform(inference_url: str, model: str = "", more: Mapping[str, str] = MappingProxyType({})) -> Iterator[Platform]:
    """A whole platform on a server of models, or with a bundled model for an empty URL; gone after the block.

    `more` are settings of its own.
    """
    models = get_settings().data / "models"
    with kept_environment(), tempfile.TemporaryDirectory(prefix="lyceum-bench-") as folder:
        data = Path(folder)
        if not inference_url:
            models.mkdir(parents=True, exist_ok=True)
            (data / "models").symlink_to(models)
        command = python_command("app", "up", "--port", "0", "--no-demo", "--data", folder)
        command += ["--model", model] if model else []
        told = dict.fromkeys(("DATABASE_URL", "REDIS_URL"), "") | {"INFERENCE_URL": inference_url}
        with (data / "up.log").open("wb") as log:
            environment = python_environment({**told, **_capacity(inference_url), **more})
            child = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env=environment)
        try:
            address = _wait_for(child, data)
            use_environment({**address.environment, **more})
            yield Platform(address)
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(60)


def _capacity(inference_url: str) -> dict[str, str]:
    """A server that is named takes as many turns as a worker has: what is measured is the platform, not its line."""
    named = inference_url and "LYCEUM_LIVE_CAPACITY" not in os.environ
    return {"LYCEUM_LIVE_CAPACITY": str(LIVE_TURNS)} if named else {}


def _wait_for(child: "subprocess.Popen[bytes]", data: Path) -> Address:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and child.poll() is None:
        if address := find_running(data):
            return address
        time.sleep(0.1)
    child.kill()
    said = (data / "up.log").read_text(errors="replace").strip().splitlines()[-3:]
    raise AppError(f"The platform to be measured did not start: {' '.join(said)}")


@dataclass
class School:
    """A course with some lessons on the same page of words, and its instructor."""

    instructor: Who
    course_id: UUID
    material_id: UUID
    lesson_ids: list[UUID]


def make_school(sentences: list[str], lessons_count: int = 1) -> School:
    """A course whose only page says these sentences."""
    texts = [" ".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4)]
    page = ReadPage(number=1, title="What we know", text="\n".join(texts))
    return school_of("Bench", [page], [sentences[:2]], lessons_count)


def school_of(title: str, pages: list[ReadPage], said: list[list[str]], lessons_count: int = 1) -> School:
    """A course with a deck of these pages, and lessons on it that say these lines on each."""
    instructor = make_person(SiteRole.INSTRUCTOR)
    with unit_of_work() as session:
        course_id = courses.create_course(session, instructor, title)
        choices = [Choice(voice=voice, sentences=LONGEST_SENTENCES) for voice in STAFF]
        classroom.choose_cast(session, instructor, course_id, choices)
        material = Material(
            course_id=course_id,
            uploaded_by=instructor.id,
            filename="bench.pptx",
            kind="pptx",
            size=1,
            sha256=new_id().hex * 2,
            status="ready",
            page_count=len(pages),
        )
        session.add(material)
        session.flush()
        for page in pages:
            passages = cut(page)
            store_page(session, material.id, page, passages, embed(passages))
        module = courses.access_course(session, instructor, course_id).modules[0]
        made = [
            lessons.start(session, instructor, module.id, material.id, f"{title} {number + 1}", at_once=False)
            for number in range(lessons_count)
        ]
        lessons.open_pages(session, material.id)
        material_id = material.id
    with unit_of_work() as session:
        for lesson_id in made:
            for page, lines in zip(pages, said, strict=True):
                lessons.write_by_hand(session, instructor, lesson_id, page.number, lines)
            lessons.approve(session, instructor, lesson_id)
    return School(instructor, course_id, material_id, made)


def demo_school() -> School:
    """The demo course with its lesson of ten pages."""
    load_demo()
    with unit_of_work() as session:
        person_id = accounts.find_person(session, sign_ins()[0].email)
        if person_id is None:
            raise AppError("The demo course could not be made.")
        instructor = Who(id=person_id, name="Demo", email=sign_ins()[0].email, role=SiteRole.INSTRUCTOR)
        lesson = session.scalars(select(Lesson).where(Lesson.title == LESSON)).one()
        return School(instructor, lesson.course_id, lesson.material_id, [lesson.id])


@dataclass
class Seat:
    """A student in a class of their own."""

    who: Who
    kept: Kept
    class_id: UUID


def enrol(school: School, people: int, classes_each: int = 1) -> list[Seat]:
    """New students, signed in, each in a paused class of each of the first lessons: paused, it only answers."""
    with ThreadPoolExecutor(2) as pool:
        made = [pool.submit(_student, school, school.lesson_ids[:classes_each]) for _ in range(people)]
        return [seat for one in made for seat in one.result()]


def _student(school: School, lesson_ids: list[UUID]) -> list[Seat]:
    who = make_person(SiteRole.STUDENT)
    with unit_of_work() as session:
        accounts.enrol(session, school.course_id, who.id, CourseRole.STUDENT)
        privacy.answer_all(session, who.id, Purpose.TEACHING)
        token = accounts.open_sign_in(session, who.id)
        session.flush()
        known = accounts.who_is(session, token) or who
        found = [classroom.open_class(session, who, lesson_id) for lesson_id in lesson_ids]
        for class_id in found:
            classroom.control(session, who, class_id, Control.PAUSE)
    return [Seat(who, Kept(token=token, csrf=known.csrf), class_id) for class_id in found]


def make_person(role: SiteRole) -> Who:
    """A new account."""
    email = f"{new_id().hex}@bench.lyceum"
    with unit_of_work() as session:
        person_id = accounts.add_person(session, email, "Bench", new_id().hex, role)
    return Who(id=person_id, name="Bench", email=email, role=role)
