"""`./lyceum analyse COURSE --out DIR`, `./lyceum analyse --release DIR --out DIR`: a course's analysis as files."""

import argparse
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from app.base.console import say, say_table
from app.base.db import take_time, unit_of_work
from app.base.embedded.address import need_stores
from app.base.errors import Invalid, NotFound
from app.base.files import write_whole

if TYPE_CHECKING:
    from app.analysis.papers import Report

PDF_SECONDS = 120


def run(arguments: argparse.Namespace) -> int:
    """Make the report, and write what was asked for."""
    if arguments.out is None and arguments.json is None:
        raise Invalid("Say where the report goes: --out DIR for all files, or --json FILE for the figures alone.")
    from app.analysis.papers import write

    report = _report(arguments)
    if arguments.json:
        write_whole(arguments.json, report.model_dump_json(indent=1).encode())
    if arguments.out:
        files = write(report, arguments.out)
        _print_pdf(arguments.out)
        say(f"{len(files)} files in {arguments.out}; report.html is the one to read.")
    rows = [[one.title, len(one.measures), len(one.charts), len(one.tables)] for one in report.parts]
    say_table(rows, ("part", "figures", "charts", "tables"))
    for at, one in enumerate(report.todo, start=1):
        say(f"{at}. {one.todo} {one.why}")
    return 0


def _report(arguments: argparse.Namespace) -> "Report":
    from app.alignment.telling import outside
    from app.analysis.papers import make_report
    from app.analysis.subject import read_course, read_release
    from app.records.release.verifying import read_manifest

    if arguments.release is not None:
        manifest = read_manifest(arguments.release)
        subject = read_release(arguments.release, arguments.course or "", seed=arguments.seed)
        return make_report(subject, str(manifest.release))
    need_stores(arguments.data)
    from app.courses.models import Course

    with unit_of_work() as session:
        take_time(session)
        which = course_id(arguments.course)
        if session.get(Course, which) is None:
            raise NotFound(f"There is no course {which} on this platform.")
        known = outside(session, which)
        return make_report(read_course(session, which, not arguments.everyone, known, seed=arguments.seed))


def course_id(text: str) -> UUID:
    """A course's id, of itself or of its address. Raises Invalid."""
    try:
        return UUID(text.rstrip("/").rsplit("/", 1)[-1])
    except ValueError as error:
        raise Invalid(f"{text} is not the id of a course: it stands in the course's address.") from error


def _print_pdf(folder: Path) -> None:
    """Print the report with a Chromium, where there is one; without it any browser prints report.html as well."""
    from app.cli.chromium import installed_chromium

    browser = installed_chromium()
    if browser is None:
        say("No Chromium was found for report.pdf; print report.html from a browser instead.")
        return
    target = (folder / "report.pdf").resolve()
    command = [
        str(browser),
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-pdf-header-footer",
        f"--print-to-pdf={target}",
        (folder / "report.html").resolve().as_uri(),
    ]
    try:
        subprocess.run(command, check=True, timeout=PDF_SECONDS, capture_output=True)
    except (OSError, subprocess.SubprocessError):
        say(f"{browser} could not print report.pdf; print report.html from a browser instead.")
