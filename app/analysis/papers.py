"""A course's analysis as files: a page to read and print, tables, figures, the methods in words, and a notebook."""

import json
import platform
import re
from datetime import UTC, datetime
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from jinja2 import Environment
from pydantic import BaseModel, JsonValue

from app.analysis.drawing import standalone
from app.analysis.report import PARTS, make_parts, next_things
from app.analysis.schema import Column, Finding, Part, Table
from app.analysis.subject import Subject
from app.base.errors import Invalid
from app.base.files import write_whole
from app.base.settings import ROOT
from app.base.templates import templates

PACKAGES = ("lyceum", "numpy", "scipy", "fsrs", "wordllama", "pyarrow")
STYLES = ("style.css", "analysis.css")
_OUTSIDE = re.compile(r"url\((?!data:)[^)]*\)")


class Report(BaseModel):
    """The whole analysis. `release`: the folder's manifest id it was made from, "" for the database."""

    title: str
    origin: str
    release: str = ""
    for_research: bool
    made_at: datetime
    seed: int
    learners: int
    answers: int
    versions: dict[str, str]
    todo: list[Finding]
    parts: list[Part]


def make_report(subject: Subject, release: str = "") -> Report:
    """Every part, without links to pages: files are read elsewhere."""
    parts = [_without_links(one) for one in make_parts(subject)]
    source = subject.source
    return Report(
        title=source.title,
        origin=source.origin,
        release=release,
        for_research=subject.for_research,
        made_at=datetime.now(UTC).replace(microsecond=0),
        seed=subject.seed,
        learners=len(source.learners),
        answers=len(source.answers),
        versions=versions(),
        todo=next_things(parts),
        parts=parts,
    )


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that figures come out of."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in PACKAGES}}


def _without_links(part: Part) -> Part:
    findings = [one.model_copy(update={"evidence": []}) for one in part.findings]
    measures = [one.model_copy(update={"evidence": []}) for one in part.measures]
    return part.model_copy(update={"findings": findings, "measures": measures})


@lru_cache
def _sheets() -> Environment:
    return templates(Path(__file__).parent / "sheets", ROOT / "templates")


def page(report: Report) -> str:
    """The report as one HTML file that needs nothing beside it."""
    style = "\n".join(_OUTSIDE.sub("none", (ROOT / "static" / name).read_text()) for name in STYLES)
    words = {one.name: one.words for one in PARTS}
    return (
        _sheets().get_template("report.html.j2").render(report=report, style=style, words=words, told=methods(report))
    )


def measures_table(part: Part) -> Table:
    """A part's figures as a table."""
    named = [
        ("name", "Figure", ""),
        ("value", "Value", ""),
        ("low", "Lower bound of the 95 % interval", ""),
        ("high", "Upper bound", ""),
        ("n", "Counted", ""),
        ("unit", "Unit", ""),
        ("sentence", "In words", ""),
    ]
    return Table(
        name="figures",
        title=f"{part.title}: figures",
        columns=[Column(name=name, meaning=meaning, unit=unit) for name, meaning, unit in named],
        rows=[[one.name, one.value, one.low, one.high, one.n, one.unit, one.sentence] for one in part.measures],
    )


def tables(report: Report) -> dict[str, Table]:
    """Every table by file name without its ending: of figures, of each chart, and the parts' own."""
    found = {}
    for part in report.parts:
        if part.measures:
            found[f"{part.name}-figures"] = measures_table(part)
        for chart in part.charts:
            found[f"{part.name}-{chart.name}"] = chart.table
        for table in part.tables:
            found[f"{part.name}-{table.name}"] = table
    return found


def methods(report: Report) -> list[str]:
    """How all of it was made, in paragraphs: a part's methods, then versions, seed, and whose records they are."""
    whose = (
        "Only records of learners who consented to research are in it."
        if report.for_research
        else "Records of all enrolled learners are in it, for teaching and not for research."
    )
    source = f"release {report.release}" if report.release else "the platform’s database"
    said = [
        f"Made on {report.made_at:%Y-%m-%d} at {report.made_at:%H:%M} UTC from {source}: {report.learners:,} learners, "
        f"{report.answers:,} answers with marks. {whose}"
    ]
    said += [f"{part.title}. {words}" for part in report.parts for words in part.methods]
    told = ", ".join(f"{name} {version}" for name, version in report.versions.items())
    return [*said, f"Software: {told}. All that is drawn at random has seed {report.seed}."]


def notebook(report: Report) -> str:
    """A Jupyter notebook (nbformat 4.5) that reads the tables beside it and tells the same in the same order."""
    cells = [_cell("markdown", f"# {report.title}\n\n" + "\n\n".join(methods(report)))]
    cells.append(_cell("code", "\n".join(_NOTEBOOK_START)))
    for part in report.parts:
        said = "\n".join(f"- {one}" for one in part.sentences)
        cells.append(_cell("markdown", f"## {part.title}\n\n{said}".rstrip()))
        for name, table in tables(report).items():
            if name.startswith(f"{part.name}-"):
                meanings = "\n".join(
                    f"- `{one.name}`: {one.meaning}{f' ({one.unit})' if one.unit else ''}" for one in table.columns
                )
                cells.append(_cell("markdown", f"### {table.title}\n\n{meanings}"))
                cells.append(_cell("code", f"rows = read({name!r})\nshow(rows)"))
        drawn = [f"![{chart.title}](figures/{part.name}-{chart.name}.svg)" for chart in part.charts]
        cells.extend(_cell("markdown", one) for one in drawn)
    for at, cell in enumerate(cells):
        cell["id"] = f"cell-{at}"
    meta: dict[str, JsonValue] = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": report.versions["python"]},
    }
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": meta, "cells": cells}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


_NOTEBOOK_START = (
    "import csv",
    "",
    "",
    "def number(text):",
    '    """A cell as a number where it is one, None where it is empty."""',
    "    try:",
    "        return float(text) if text else None",
    "    except ValueError:",
    "        return text",
    "",
    "",
    "def read(name):",
    '    """A table of the report, a dictionary a row."""',
    '    with open(f"tables/{name}.csv", encoding="utf-8", newline="") as file:',
    "        return [{key: number(value) for key, value in row.items()} for row in csv.DictReader(file)]",
    "",
    "",
    "def show(rows, most=20):",
    '    """The first rows."""',
    "    for row in rows[:most]:",
    "        print(row)",
    '    print(len(rows), "rows")',
)


def _cell(kind: str, text: str) -> dict[str, JsonValue]:
    source: JsonValue = list(text.splitlines(keepends=True))
    cell: dict[str, JsonValue] = {"cell_type": kind, "id": "", "metadata": {}, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell


def write(report: Report, folder: Path) -> list[Path]:
    """Write all files into a folder that is new or empty; returns what was written."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(f"{folder} is not an empty folder; name another.")
    contents = {
        "report.html": page(report),
        "report.json": report.model_dump_json(indent=1),
        "report.ipynb": notebook(report),
        "methods.md": f"# Methods\n\n{chr(10).join(one + chr(10) for one in methods(report))}",
        **{f"tables/{name}.csv": table.csv() for name, table in tables(report).items()},
        **{
            f"figures/{part.name}-{chart.name}.svg": standalone(chart.svg)
            for part in report.parts
            for chart in part.charts
        },
    }
    for name, text in contents.items():
        write_whole(folder / name, text.encode())
    return [folder / name for name in contents]
