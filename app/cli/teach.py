"""`./lyceum teach DECK`: the main job without a browser. Upload, write, approve, attend, ask, to the end."""

import argparse
import contextlib
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, JsonValue

from app.accounts import service as accounts
from app.accounts.schema import SiteRole
from app.base.console import say, write_figures
from app.base.db import unit_of_work
from app.base.embedded.address import find_running, use_running
from app.base.errors import AppError
from app.base.languages import LANGUAGES
from app.base.settings import ROOT, get_settings
from app.classroom.people.opening import pace_of
from app.cli.teach_class import Attendance, Question
from app.cli.teach_client import PATIENCE, Visitor
from app.courses.schema import MaterialStatus
from app.lessons.schema import LessonView, PageState

START_SECONDS = 900


class Timings(BaseModel):
    """Seconds. The first two and the fourth count from the upload; `first_word_s` from each question."""

    first_page_written_s: float = 0
    whole_script_s: float = 0
    pages_written: int = 0
    first_page_taught_s: float = 0
    first_word_s: list[float] = []
    total_s: float = 0


def register(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser("teach", help="teach a deck from start to end, without a browser")
    parser.add_argument("deck", type=Path, help="a PPTX or PDF file")
    parser.add_argument(
        "--ask", action="append", default=[], metavar="TEXT@PAGE", help="a question, and when to ask it"
    )
    parser.add_argument(
        "--language", choices=sorted(LANGUAGES), default="", help="teach it in this one instead of the deck's"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write pages, events, statements and timings there")
    parser.add_argument("--data", type=Path, help="the data folder of the running platform")
    parser.add_argument("--pace", type=float, default=0.1, help="1 is a reader's pace (default: %(default)s)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Teach the deck; 0 only when every page was taught and every question answered."""
    deck = arguments.deck.expanduser()
    if not deck.is_file():
        raise AppError(f"There is no file {deck}.")
    questions = [Question.read(text) for text in arguments.ask]
    pace_of(arguments.pace)  # what no class takes is told before the deck is read and written
    with _platform(arguments.data) as url, Visitor(url) as instructor, Visitor(url) as student:
        return _teach(arguments, deck, questions, instructor, student)


@contextlib.contextmanager
def _platform(data: Path | None) -> Iterator[str]:
    """The running platform's address, or that of one of our own, which ends with the block."""
    running = use_running(data)
    if running:
        yield running.url
        return
    folder = (data or get_settings().data).expanduser().resolve()
    say("No running platform was found; starting one.")
    command = [sys.executable, "-P", "-m", "app", "up", "--port", "0", "--no-demo", "--data", str(folder)]
    child = subprocess.Popen(command, cwd=ROOT, stdout=sys.stderr)
    try:
        yield _wait_for(child, folder)
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(60)


def _wait_for(child: "subprocess.Popen[bytes]", folder: Path) -> str:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and child.poll() is None:
        if find_running(folder) and (address := use_running(folder)):
            return address.url
        time.sleep(0.2)
    raise AppError("The platform did not start; its own words above say why.")


def _teach(
    arguments: argparse.Namespace, deck: Path, questions: list[Question], instructor: Visitor, student: Visitor
) -> int:
    timings = Timings()
    began = time.monotonic()
    course_id, code = _make_course(instructor, deck, arguments.language)
    lesson_path = instructor.post(f"/courses/{course_id}/lessons", {"title": deck.stem, "at_once": "yes"}, deck)
    lesson = _wait_until_written(instructor, lesson_path, timings, began)
    pages = _pages(instructor, lesson)
    if late := [one for one in questions if one.page > len(pages)]:
        raise AppError(f"“{late[0].text}” is to be asked on page {late[0].page}, but the deck has {len(pages)}.")
    instructor.post(f"{lesson_path}/approve", {})
    enter(student, code)
    class_path = student.post(f"{lesson_path}/attend", {"pace": str(arguments.pace)})
    attendance = Attendance(student, class_path.rpartition("/")[2], questions, began)
    attendance.attend()
    timings.first_page_taught_s = attendance.first_taught_s
    timings.first_word_s = attendance.first_words()
    timings.total_s = round(time.monotonic() - began, 3)
    statements = _statements(student, class_path, attendance.last_seq)
    if arguments.json:
        _write(arguments.json, pages, attendance, statements, timings)
    return _verdict(pages, attendance, statements, timings)


def _make_course(instructor: Visitor, deck: Path, language: str) -> tuple[str, str]:
    """A course of our own, by an instructor made for the purpose, taught in the language with this code ("": that of
    the deck); returns its id and a join code.
    """
    email, password = f"teach-{secrets.token_hex(4)}@demo.lyceum", secrets.token_urlsafe(12)
    with unit_of_work() as session:
        accounts.add_person(session, email, "Command Line", password, SiteRole.INSTRUCTOR)
    instructor.sign_in(email, password)
    course_id = instructor.post("/courses/new", {"title": f"Teach {deck.stem}"}).rpartition("/")[2]
    if language:
        instructor.post(f"/courses/{course_id}/policy", {"tells": "yes", "language": language})
    instructor.post(f"/courses/{course_id}/codes", {"days": "1", "seats": "10"})
    return course_id, str(instructor.get(f"/courses/{course_id}/codes.json")[0]["code"])


def enter(student: Visitor, code: str) -> None:
    """A new student of the course, who has answered what is asked first: yes to teaching, no to all else."""
    email = f"student-{secrets.token_hex(4)}@demo.lyceum"
    student.sign_up(email, "Robin", secrets.token_urlsafe(12), code)
    student.post("/privacy/ask", {"teaching": "yes"})


def _wait_until_written(instructor: Visitor, path: str, timings: Timings, began: float) -> LessonView:
    """Watch the lesson being written; the deck's own trouble is raised as its sentence."""
    told: set[int] = set()
    news = time.monotonic()
    while time.monotonic() - news < PATIENCE:
        lesson = LessonView.model_validate(instructor.get(f"{path}.json"))
        if lesson.problem and lesson.material_status is MaterialStatus.FAILED:
            raise AppError(lesson.problem)
        for page in lesson.pages:
            if page.status is PageState.READY and page.number not in told:
                told.add(page.number)
                news = time.monotonic()
                mark = f" (from the page itself: {page.reason})" if page.fallback else ""
                say(f"  page {page.number} of {lesson.total} is written{mark}  {news - began:.1f} s")
        if told and not timings.first_page_written_s:
            timings.first_page_written_s = round(time.monotonic() - began, 3)
        if lesson.total and len(told) == lesson.total:
            timings.whole_script_s = round(time.monotonic() - began, 3)
            timings.pages_written = len(told)
            return lesson
        time.sleep(0.25)
    raise AppError("The lesson made no progress for ten minutes; `./lyceum check` says which part is missing.")


def _pages(instructor: Visitor, lesson: LessonView) -> list[JsonValue]:
    read = {page["number"]: page for page in instructor.get(f"/materials/{lesson.material_id}/pages.json")}
    return [
        {
            "number": page.number,
            "has_image": read[page.number]["has_picture"],
            "words": read[page.number]["text"],
            "script": [action.words for action in page.actions if action.words],
            "fallback": page.fallback,
        }
        for page in lesson.pages
    ]


def _statements(student: Visitor, class_path: str, last_seq: int) -> list[JsonValue]:
    """The class's statements, once the projection has caught up with its log."""
    found: list[JsonValue] = []
    for _ in range(120):
        found = student.get(f"{class_path}/statements.json")
        if len(found) >= last_seq:
            break
        time.sleep(0.25)
    return found


def _write(
    path: Path, pages: list[JsonValue], attendance: Attendance, statements: list[JsonValue], timings: Timings
) -> None:
    figures: dict[str, JsonValue] = {
        "pages": pages,
        "events": attendance.events,
        "statements": statements,
        "timings": timings.model_dump(),
    }
    write_figures(path, "teach", figures)
    say(f"Written to {path}.")


def _verdict(pages: list[JsonValue], attendance: Attendance, statements: list[JsonValue], timings: Timings) -> int:
    say(
        f"\n{len(attendance.taught)} of {len(pages)} pages taught, {attendance.answered} of "
        f"{len(attendance.questions)} questions answered, {len(statements)} statements. First page taught after "
        f"{timings.first_page_taught_s:.1f} s, whole script after {timings.whole_script_s:.1f} s, first words of "
        f"answers after {', '.join(f'{one:.1f}' for one in timings.first_word_s) or '-'} s."
    )
    whole = len(attendance.taught) == len(pages) and attendance.answered == len(attendance.questions)
    return 0 if whole and statements else 1
