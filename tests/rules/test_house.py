"""House rules that a machine can check: sizes, who commits, who prints, what a file must not mention."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.base.settings import ROOT

CODE = [path for top in ("app", "workers", "tests", "migrations") for path in sorted((ROOT / top).rglob("*.py"))]
ROOMS = [path for path in CODE if path.is_relative_to(ROOT / "app") or path.is_relative_to(ROOT / "workers")]
TEXT = {".py", ".md", ".toml", ".txt", ".html", ".j2", ".js", ".css", ".json", ".svg", ".yaml", ".yml", ""}
LONGEST_FILE = 400
LONGEST_FUNCTION = 50
BROAD = re.compile(r"except\s*(BaseException|Exception)?\s*(as \w+)?:|except\s*\(?[^)]*\bException\b")
DOORS = {"app/main.py", "app/web/trouble.py", "workers/app.py"}
STRAYS = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/|\.\./shared")


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tracked() -> list[Path]:
    """Text files that belong to the project."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    found = [ROOT / line for line in listed.stdout.splitlines()] or CODE
    return [path for path in found if path.suffix in TEXT and path.is_file()]


def test_files_stay_short() -> None:
    sources = [*CODE, *(ROOT / "static").rglob("*.js")]
    long = {name(path): len(path.read_text().splitlines()) for path in sources}
    assert {path: lines for path, lines in long.items() if lines > LONGEST_FILE} == {}


def test_functions_fit_a_screen() -> None:
    long = {}
    for path in ROOMS:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{name(path)}:{node.name}"] = lines
    assert long == {}


def test_only_the_database_file_commits() -> None:
    """A session's commit; the migrations' environment holds its own connection."""
    guilty = [name(path) for path in ROOMS if ".commit()" in path.read_text()]
    assert guilty == ["app/base/db.py"]


def test_only_the_console_prints() -> None:
    printing = []
    for path in ROOMS:
        calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
        if any(isinstance(call.func, ast.Name) and call.func.id == "print" for call in calls):
            printing.append(name(path))
    assert printing in ([], ["app/base/console.py"])


def test_broad_catches_only_at_the_doors() -> None:
    guilty = {name(path) for path in ROOMS if BROAD.search(path.read_text())}
    assert guilty <= DOORS


def test_web_holds_no_sql() -> None:
    sql = re.compile(r"from sqlalchemy import .*\b(select|insert|update|delete|text)\b|\.(execute|scalars?)\(")
    guilty = [name(path) for path in ROOMS if "app/web" in name(path) and sql.search(path.read_text())]
    assert guilty == []


@pytest.mark.parametrize("room", sorted(path.parent.name for path in (ROOT / "app").glob("*/__init__.py")))
def test_a_room_says_what_it_is(room: str) -> None:
    words = ast.get_docstring(ast.parse((ROOT / "app" / room / "__init__.py").read_text()))
    assert words
    assert 1 <= len(words.splitlines()) <= 10


def test_no_file_names_a_place_outside_the_project() -> None:
    own = Path(__file__)
    strays = {name(path) for path in tracked() if path != own and STRAYS.search(path.read_text(errors="replace"))}
    assert strays == set()


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b")
    assert {name(path) for path in CODE if marks.search(path.read_text())} == set()


def test_constraints_are_plain_and_cover_the_dependencies() -> None:
    lines = (ROOT / "deploy" / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9A-Za-z.]+", line)] == []
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = project["dependencies"] + extras["align"] + extras["test"]
    names = {re.split(r"[\[><=]", line)[0].replace("_", "-") for line in wanted}
    assert names - {project["name"]} - {line.partition("==")[0] for line in lines} == set()


def test_import_contracts_hold() -> None:
    """In a process of its own: the tool sets up logging and silences the loggers of whoever runs it."""
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    checked = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
