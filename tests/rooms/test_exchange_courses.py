"""A course as one file: out and in again identical; changed, hostile and foreign files end in a sentence."""

import hashlib
import json
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from uuid import UUID

import decks
import pytest
from banking import zipped
from examining import EVERY, TEXT
from making import make_person
from parts import Services
from pydantic import JsonValue
from schools import upload
from sqlalchemy import func, select

from app.accounts.schema import SiteRole, Who
from app.assessment import service as assessment
from app.assessment.documents import PaperPlan, Purpose
from app.base.db import unit_of_work
from app.base.errors import Invalid, NotFound
from app.base.files import place
from app.base.settings import get_settings
from app.classroom import service as classroom
from app.classroom.stage.cast import Choice
from app.courses import service as courses
from app.courses.models import Course, PageRow
from app.exchange import moving, portable, service
from app.exchange.schema import CourseReport, TransferState
from app.lessons import service as lessons
from app.lessons.deck import structure

Change = Callable[[dict[str, bytes]], None]
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def tell(stage: str, done: int, total: int) -> None:
    assert stage
    assert done <= total


def make_course(who: Who) -> UUID:
    """Two modules; a PPTX taught in two approved versions, a PDF and a Markdown text; all kinds of items; tests."""
    with unit_of_work() as session:
        course = courses.create_course(session, who, "Water & ice", "What it does.", "First")
        courses.add_module(session, course, "Second")
        first, second = courses.access_course(session, who, course).modules
    made = [
        upload(who, course, decks.pptx_deck(), "cycle.pptx"),
        upload(who, course, decks.pdf_deck(["Ice\nis cold"]), "ice.pdf"),
        upload(who, course, b"# Steam\n\nIt rises.", "steam.md"),
    ]
    for one in made:
        courses.read_deck(one)
    with unit_of_work() as session:
        taught = lessons.start(session, who, first.id, made[0], "The cycle")
        lessons.start(session, who, second.id, made[2], "Steam")
    for text in ("Water moves.", "Water moves on."):
        with unit_of_work() as session:
            for page in lessons.access_lesson(session, who, taught).pages:
                lessons.write_by_hand(session, who, taught, page.number, [text], "Where does it go?")
            lessons.approve(session, who, taught)
    with unit_of_work() as session:
        structure.save(session, who, made[0], structure.structure_of(session, made[0]))
    _ask(who, course, first.id)
    with unit_of_work() as session:
        voices = [one.voice for one in classroom.choices(session, course)]
        chosen = [Choice(voice=voice, name=f"N{at}") for at, voice in enumerate(voices)]
        classroom.choose_cast(session, who, course, chosen)
        policy = classroom.policy_of(session, course)
        classroom.set_policy(session, who, course, policy.model_copy(update={"help": "Ring 112."}))
    return course


def _ask(who: Who, course: UUID, module: UUID) -> None:
    with unit_of_work() as session:
        ids = [assessment.add_item(session, who, course, one, module, ["Cells", "Energy"]) for one in EVERY]
        again = TEXT.model_copy(update={"stem": "What surrounds every cell?"})
        assessment.edit_item(session, who, ids[3], again, 1, None, ["Cells"])
        assessment.withdraw_item(session, who, ids[0], "It was wrong.")
        for purpose in (Purpose.PRE, Purpose.QUIZ):
            plan = PaperPlan(title=f"A {purpose.value} test", purpose=purpose, module_id=module, minutes=20, weight=2.5)
            paper = assessment.make_paper(session, who, course, plan)
            assessment.set_items(session, who, paper, ids[1:5])
        assessment.publish(session, who, paper)


def export(course: UUID, path: Path) -> Path:
    moving.export_course(course, path, tell)
    return path


def bring(path: Path, who: Who) -> CourseReport:
    return moving.import_course(path, who, tell)


def neutral(course: UUID) -> JsonValue:
    """The course's document with its ids numbered in the order they appear, and the files' hashes."""
    with unit_of_work() as session:
        packed = portable.pack(session, course)
    numbers: dict[str, str] = {}
    text = _ID.sub(lambda found: numbers.setdefault(found[0], f"id-{len(numbers)}"), packed.model_dump_json())
    files = [
        [(name, hashlib.sha256(path.read_bytes()).hexdigest()) for name, path in portable.courses.files_of(one)]
        for one in packed.course.materials
    ]
    return [json.loads(text), files]


@pytest.fixture
def who(db: Services) -> Who:
    return make_person("ines@school.test", SiteRole.INSTRUCTOR)


@pytest.fixture
def archive(who: Who, tmp_path: Path) -> Path:
    return export(make_course(who), tmp_path / "water.lyceum.zip")


def changed(path: Path, change: Change, sign: bool = True) -> Path:
    """The archive with its parts changed; `sign` makes the manifest fit them."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    change(parts)
    if sign:
        manifest = json.loads(parts["manifest.json"])
        manifest["files"] = [
            {"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in parts.items()
            if name != "manifest.json"
        ]
        parts["manifest.json"] = json.dumps(manifest).encode()
    out = path.with_name("changed.zip")
    out.write_bytes(zipped(parts))
    return out


def refused(path: Path, who: Who) -> str:
    """The sentence; nothing of the course may stay."""
    with unit_of_work() as session:
        before = session.scalar(select(func.count()).select_from(Course))
    folders = set(place("materials").iterdir())
    with pytest.raises(Invalid) as caught:
        bring(path, who)
    with unit_of_work() as session:
        assert session.scalar(select(func.count()).select_from(Course)) == before
    assert set(place("materials").iterdir()) == folders
    return caught.value.sentence


def test_out_and_in_again_is_identical(who: Who, archive: Path, tmp_path: Path) -> None:
    other = make_person("omar@school.test", SiteRole.INSTRUCTOR)
    report = bring(archive, other)
    with unit_of_work() as session:
        first = session.scalars(select(Course.id).where(Course.created_by == who.id)).one()
        mine = courses.access_course(session, other, report.course_id)
    assert mine.title == "Water & ice"
    assert report.notes == []
    assert [count for _, count in report.lines] == [2, 3, 6, 2, 2, 7, 2]
    assert neutral(first) == neutral(report.course_id)
    again = bring(export(report.course_id, tmp_path / "again.zip"), who)
    assert neutral(again.course_id) == neutral(first)
    with zipfile.ZipFile(archive) as file:
        whole = b"".join(file.read(name) for name in file.namelist())
    assert who.email.encode() not in whole
    assert str(who.id).encode() not in whole


def test_what_came_in_works(who: Who, archive: Path) -> None:
    report = bring(archive, who)
    course = report.course_id
    with unit_of_work() as session:
        lesson = next(one for one in lessons.lessons_of(session, course) if one.version)
        version = lessons.latest_version(session, lesson.id)
        script = lessons.script(session, version)
        pages = courses.pages(session, script.material_id)
        known = {one.id for page in pages for one in page.passages}
        assert {one for action in script.actions for one in action.passages} <= known
        assert any(action.passages for action in script.actions)
        assert courses.search(session, script.material_id, "What drives the cycle?")
        assert courses.picture(session, script.material_id, 1).path.is_file()
        assert not lessons.access_lesson(session, who, lesson.id).approvable
        class_id = classroom.open_class(session, who, lesson.id, pace=0)
        assert class_id


def test_jobs_of_the_page(who: Who, archive: Path) -> None:
    with unit_of_work() as session:
        course = session.scalars(select(Course.id)).one()
        out = moving.ask_out(session, who, course)
        back = moving.ask_in(session, who, "water.zip", archive.open("rb"))
    for one in (out, back):
        service.carry_on(one)
    with unit_of_work() as session:
        views = [service.access(session, who, one) for one in (out, back)]
        path, name = service.download(session, who, out)
    assert [one.status for one in views] == [TransferState.DONE, TransferState.DONE]
    assert name == "water-ice.lyceum.zip"
    assert zipfile.is_zipfile(path)
    assert neutral(views[1].report.course_id) == neutral(course)
    student = make_person("sam@school.test")
    with unit_of_work() as session:
        with pytest.raises(NotFound):
            moving.ask_in(session, student, "x", BytesIO(b""))
        with pytest.raises(NotFound):
            moving.ask_out(session, student, course)
        with pytest.raises(NotFound):
            service.access(session, student, back)


def test_foreign_and_damaged_files(who: Who, archive: Path, tmp_path: Path) -> None:
    odd = tmp_path / "odd.zip"
    whole = archive.read_bytes()
    for content, words in (
        (b"", "damaged"),
        (b"no zip at all", "damaged"),
        (whole[: len(whole) // 2], "damaged"),
        (zipped({"a.txt": "x"}), "no course"),
        (zipped({"manifest.json": "[]"}), "no course"),
        (zipped({"manifest.json": "{" * 5_000}), "manifest.json"),
        (zipped({"manifest.json": '{"format": "lyceum-course", "version": 99}'}), "newer"),
        (zipped({"manifest.json": '{"format": "lyceum-course", "version": 1}'}), "manifest.json"),
        (zipped({"manifest.json": "{}", "../evil": "x"}), "leads out"),
        (zipped({"manifest.json": "{}", "bomb": b" " * (1_100 * 2**20)}), "far more"),
    ):
        odd.write_bytes(content)
        assert words in refused(odd, who), words
    with pytest.raises(NotFound):
        bring(archive, make_person("sam@school.test"))


def test_changed_files_are_refused(who: Who, archive: Path) -> None:
    def cut(parts: dict[str, bytes]) -> None:
        parts["course.json"] = parts["course.json"].replace(b"The cycle", b"My cycle", 1)

    def gone(parts: dict[str, bytes]) -> None:
        del parts[next(name for name in parts if name.endswith(".svg"))]

    assert "changed or damaged" in refused(changed(archive, cut, sign=False), who)
    assert "has no file" in refused(changed(archive, gone, sign=False), who)


def course_with(edit: Callable[[dict[str, JsonValue]], None]) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        document = json.loads(parts["course.json"])
        edit(document)
        parts["course.json"] = json.dumps(document).encode()

    return change


def test_what_runs_or_lies_is_kept_out(who: Who, archive: Path) -> None:
    def script(parts: dict[str, bytes]) -> None:
        name = next(name for name in parts if name.endswith("0001.svg"))
        parts[name] = parts[name].replace(b"</svg>", b'<script>steal()</script><g onload="steal()"/></svg>')

    report = bring(changed(archive, script), who)
    with unit_of_work() as session:
        material = courses.materials(session, report.course_id)[-1].id
        assert b"steal" not in courses.picture(session, material, 1).path.read_bytes()

    def entity(parts: dict[str, bytes]) -> None:
        name = next(name for name in parts if name.endswith("0001.svg"))
        parts[name] = b'<!DOCTYPE svg [<!ENTITY x "y">]>' + parts[name]

    def not_a_deck(parts: dict[str, bytes]) -> None:
        parts[next(name for name in parts if name.endswith("deck.pptx"))] = b"MZ not a deck"

    def picture(name: str) -> Change:
        def edit(document: dict[str, JsonValue]) -> None:
            document["course"]["materials"][0]["pages"][0]["picture"] = name

        def change(parts: dict[str, bytes]) -> None:
            course_with(edit)(parts)
            material = json.loads(parts["course.json"])["course"]["materials"][0]["id"]
            parts[f"materials/{material}/pages/x"] = b"x"
            parts[f"materials/{material}/pages/{name}"] = b"<svg/>"

        return change

    assert "picture" in refused(changed(archive, entity), who)
    assert "deck" in refused(changed(archive, not_a_deck), who)
    assert "leads out" in refused(changed(archive, picture("../../../../evil.svg")), who)
    assert "called" in refused(changed(archive, picture("evil.html")), who)


def test_documents_that_do_not_fit_are_refused(who: Who, archive: Path) -> None:
    def twice(document: dict[str, JsonValue]) -> None:
        document["lessons"].append(document["lessons"][0])

    def no_kind(document: dict[str, JsonValue]) -> None:
        document["course"]["materials"][0]["kind"] = "exe"

    def strange(document: dict[str, JsonValue]) -> None:
        document["bank"]["items"][0]["versions"] = "none"

    assert "twice" in refused(changed(archive, course_with(twice)), who)
    assert "kind" in refused(changed(archive, course_with(no_kind)), who)
    assert "course.json" in refused(changed(archive, course_with(strange)), who)

    def wrong_key(document: dict[str, JsonValue]) -> None:
        document["bank"]["items"][1]["versions"][0]["item"]["right"] = ["nothing"]
        document["bank"]["tests"][0]["plan"]["minutes"] = -5

    report = bring(changed(archive, course_with(wrong_key)), who)
    assert len(report.notes) == 2
    with unit_of_work() as session:
        assert len(assessment.items_of(session, report.course_id)) == 6


def test_ids_of_others_are_never_taken_over(who: Who, archive: Path) -> None:
    """A script that names a passage of a course here rests on nothing of that course."""
    with unit_of_work() as session:
        theirs = session.scalars(select(PageRow.id)).first()

    def steal(document: dict[str, JsonValue]) -> None:
        for version in document["lessons"][0]["versions"]:
            for action in version["script"]["pages"][0]["actions"]:
                action["passages"] = [str(theirs)]

    report = bring(changed(archive, course_with(steal)), who)
    with unit_of_work() as session:
        lesson = next(one for one in lessons.lessons_of(session, report.course_id) if one.version)
        script = lessons.script(session, lessons.latest_version(session, lesson.id))
    assert str(theirs) not in script.model_dump_json()


def test_the_limit_on_size(who: Who, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "course_bytes", 1_000)
    with pytest.raises(Invalid, match="larger"), unit_of_work() as session, archive.open("rb") as file:
        moving.ask_in(session, who, "water.zip", file)
