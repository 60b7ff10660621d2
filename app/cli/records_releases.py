"""`./lyceum records export, diff, verify, pseudonym`: research data sets from the command line."""

import argparse
import shutil
import time
from pathlib import Path
from uuid import UUID

from pydantic import ValidationError

from app.base.console import say, say_progress, say_table
from app.base.db import unit_of_work
from app.base.embedded.address import find_running, need_stores
from app.base.errors import AppError, Invalid
from app.base.settings import get_settings
from app.cli.analyse_report import course_id
from app.records.release import service as releases
from app.records.release.making import folder_of
from app.records.release.schema import Difference, Format, KeyFate, Manifest, ReleaseSpec, ReleaseView, Status
from app.records.release.service import choosable
from app.records.release.verifying import read_manifest, verify

OPERATOR = "Taken by the operator from the command line."
LOOK_SECONDS = 0.5


def add(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verbs."""
    _add_export(verbs)
    diff = verbs.add_parser("diff", help="compare two releases: columns, rows, learners in and out, means")
    diff.add_argument("before", metavar="A", help="the id of a release, or the folder it lies in")
    diff.add_argument("after", metavar="B")
    diff.set_defaults(run=run_diff)
    check = verbs.add_parser("verify", help="check a release's folder: hashes, and every table read back alike")
    check.add_argument("folder", type=Path, metavar="DIR")
    check.set_defaults(run=run_verify)
    name = verbs.add_parser("pseudonym", help="what a person is called in a release whose key is kept")
    name.add_argument("release", type=UUID)
    name.add_argument("email")
    name.set_defaults(run=run_pseudonym)
    for parser in (diff, name):
        parser.add_argument("--data", type=Path, help="the data folder of the running platform")


def _add_export(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    export = verbs.add_parser("export", help="make a release: a research data set of those who allow it")
    export.add_argument("--course", action="append", required=True, metavar="ID", help="may be given several times")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="a folder that is new or empty")
    export.add_argument("--tables", default=",".join(choosable()))
    export.add_argument("--format", default="parquet", help=f"of {', '.join(Format)}; several with commas")
    export.add_argument("--since", metavar="DAY", help="classes that began from this day on, as 2026-03-01 (UTC)")
    export.add_argument("--until", metavar="DAY")
    export.add_argument("--purpose", default=OPERATOR, help="what the data are for; it stands in the manifest")
    export.add_argument("--words", action="store_true", help="what was said, scrubbed of names")
    export.add_argument("--no-shift", action="store_true", help="leave times as they are")
    export.add_argument("--k", type=int, default=5, help="the smallest group that may be told of (5 or more)")
    export.add_argument("--keep-key", action="store_true", help="keep the key of the pseudonyms, locked")
    export.add_argument("--data", type=Path, help="the data folder of the running platform")
    export.set_defaults(run=run_export)


def run_export(chosen: argparse.Namespace) -> int:
    """Make a release and copy its files."""
    need_stores(chosen.data)
    if chosen.out.exists() and (not chosen.out.is_dir() or any(chosen.out.iterdir())):
        raise Invalid(f"{chosen.out} is not an empty folder; name another.")
    with unit_of_work() as session:
        release_id = releases.request_for_operator(session, _spec(chosen))
    releases.make(release_id)
    view = _wait(release_id)
    if view.status is not Status.PUBLISHED or view.manifest is None:
        raise AppError(view.problem or f"The release was {view.status.value}.")
    shutil.copytree(folder_of(release_id), chosen.out, dirs_exist_ok=True)
    say_table([[name, f"{rows:,}"] for name, rows in view.manifest.rows.items()], ("table", "rows"))
    say(f"Release {release_id}: {view.manifest.learners} learners, in {chosen.out}.")
    return 0


def _spec(chosen: argparse.Namespace) -> ReleaseSpec:
    try:
        return ReleaseSpec.model_validate(
            {
                "courses": [course_id(one) for one in chosen.course],
                "since": chosen.since,
                "until": chosen.until,
                "tables": [one.strip() for one in chosen.tables.split(",") if one.strip()],
                "formats": [one.strip() for one in chosen.format.split(",") if one.strip()],
                "purpose": chosen.purpose,
                "words": chosen.words,
                "shift": not chosen.no_shift,
                "k": chosen.k,
                "key": KeyFate.ESCROWED if chosen.keep_key else KeyFate.DESTROYED,
            }
        )
    except ValidationError as error:
        problem = error.errors()[0]
        raise Invalid(f"{' '.join(str(one) for one in problem['loc'])}: {problem['msg']}.") from error


def _wait(release_id: UUID) -> ReleaseView:
    """A worker may have been faster than this process: wait for it."""
    while True:
        with unit_of_work() as session:
            view = releases.look(session, release_id)
        if not view.is_open:
            say_progress("")
            return view
        say_progress(f"{view.tables_done} of {view.tables} tables; {view.stage}: {view.stage_rows:,} rows")
        time.sleep(LOOK_SECONDS)


def run_verify(chosen: argparse.Namespace) -> int:
    """Check a folder; exit status 1 where anything is not as it should be."""
    found = list(verify(chosen.folder))
    say_table([[one.name, one.check, "good" if one.is_good else "BAD"] for one in found], ("file", "check", ""))
    bad = sum(not one.is_good for one in found)
    say(f"{bad} of {len(found)} checks failed." if bad else f"All {len(found)} checks passed.")
    return int(bool(bad))


def run_diff(chosen: argparse.Namespace) -> int:
    """Compare two releases, each given by id or by folder; without a database who came and went is not counted."""
    folders = [Path(chosen.before), Path(chosen.after)]
    if all(folder.is_dir() for folder in folders) and not find_running(chosen.data) and not get_settings().database_url:
        difference = releases.compare(None, *map(read_manifest, folders))
    else:
        need_stores(chosen.data)
        with unit_of_work() as session:
            both = [_manifest(one) for one in (chosen.before, chosen.after)]
            difference = releases.compare(session, *both)
    _show(difference)
    return 0


def _manifest(word: str) -> Manifest:
    if Path(word).is_dir():
        return read_manifest(Path(word))
    try:
        return read_manifest(folder_of(UUID(word)))
    except ValueError as error:
        raise Invalid(f"“{word}” is neither the id of a release nor a folder.") from error


def _show(difference: Difference) -> None:
    lines = [[one.name, _figure(one.before), _figure(one.after)] for one in [difference.learners, *difference.rows]]
    lines += [[f"mean of {one.name}", _figure(one.before), _figure(one.after)] for one in difference.means]
    say_table(lines, ("", "before", "after"))
    if difference.came is not None:
        say(f"Learners who came: {difference.came}; who went: {difference.went}.")
    say(f"Columns added: {', '.join(difference.columns_added) or 'none'}.")
    say(f"Columns removed: {', '.join(difference.columns_removed) or 'none'}.")


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:,.6g}"


def run_pseudonym(chosen: argparse.Namespace) -> int:
    """Say what somebody is called in a release, so that its holders can take them out."""
    need_stores(chosen.data)
    with unit_of_work() as session:
        say(releases.pseudonym_of(session, chosen.release, chosen.email))
    return 0
