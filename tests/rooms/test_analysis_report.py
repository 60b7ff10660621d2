"""The report as files; and out of a release it says what it says out of the database."""

import json
import math
import re
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from parts import Services, empty_stores

from app.analysis import service as analysis
from app.analysis.papers import Report, make_report, methods, notebook, page, tables, write
from app.analysis.schema import Column, Finding, Measure, Part, Table
from app.base.db import unit_of_work
from app.base.errors import Invalid, NotFound
from app.cli import analyse, analyse_report
from app.cli.simulated.school import School, simulate
from app.records.release import service as releases
from app.records.release.making import folder_of
from app.records.release.schema import Format, ReleaseSpec


@pytest.fixture(scope="module")
def school(services: Services) -> Iterator[School]:
    empty_stores()
    yield simulate(12, 21, lambda _: None)
    empty_stores()


@pytest.fixture(scope="module")
def out_of_database(school: School) -> Report:
    with unit_of_work() as session:
        return make_report(analysis.read_course(session, school.lessons.course_id, for_research=True))


@pytest.fixture(scope="module", params=[Format.PARQUET, Format.CSV])
def release(school: School, request: pytest.FixtureRequest) -> Path:
    spec = ReleaseSpec(
        courses=[school.lessons.course_id],
        tables=["learners", "classes", "events", "items", "sittings", "attempts"],
        formats=[request.param],
        purpose="A test of analyses.",
        words=True,
        quasi=[],
    )
    with unit_of_work() as session:
        release_id = releases.request_for_operator(session, spec)
    releases.make(release_id)
    return folder_of(release_id)


KNOWN_APART = {"active learners", "went no further"}
"""A release tells only of those who did something, so that everybody in it is active; and who goes no further is told
as of the present out of the database, as of the last thing that happened out of a release."""


RESAMPLED = {"talk", "flow"}
"""Parts with bounds found by drawing learners again and again, who stand in another order in a release."""


def test_a_release_says_what_the_database_says(out_of_database: Report, release: Path) -> None:
    found = make_report(analysis.read_release(release))
    assert (found.learners, found.answers) == (out_of_database.learners, out_of_database.answers)
    for ours, theirs in zip(out_of_database.parts, found.parts, strict=True):
        if ours.name in ("order", "agents"):
            continue  # the text of the material, and what calls of models cost, are in no release
        mine, others = told_alike(ours), told_alike(theirs)
        assert mine, ours.name
        assert [one[:2] for one in mine] == [one[:2] for one in others], ours.name
        for one, other in zip(mine, others, strict=True):
            assert one[2] == pytest.approx(other[2], rel=1e-9, abs=1e-9), (ours.name, one[0])
            near = 0.05 if ours.name in RESAMPLED else 1e-9
            assert one[3:] == pytest.approx(other[3:], rel=near, abs=near), (ours.name, one[0])


def told_alike(part: Part) -> list[tuple[str, int, float, float, float]]:
    """A part's figures without titles, which a release does not tell, in an order that does not rest on them."""
    found = []
    for one in part.measures:
        name = re.sub(r"“.*?”", "…", one.name)
        if name not in KNOWN_APART:
            values = [-99.0 if value is None else round(value, 12) for value in (one.value, one.low, one.high)]
            found.append((name, one.n, *values))
    return sorted(found)


def test_prerequisites_out_of_answers_are_the_same(school: School, release: Path) -> None:
    from app.analysis.order.records import evidence

    with unit_of_work() as session:
        ours = evidence(analysis.read_course(session, school.lessons.course_id, for_research=True).source)
    theirs = evidence(analysis.read_release(release).source)
    assert (ours.n == theirs.n).all()


def test_the_files_are_whole(out_of_database: Report, tmp_path: Path) -> None:
    written = write(out_of_database, tmp_path / "out")
    names = {one.relative_to(tmp_path / "out").as_posix() for one in written}
    assert {"report.html", "report.json", "report.ipynb", "methods.md", "tables/overview-figures.csv"} <= names
    for one in written:
        text = one.read_text()
        assert text
        if one.suffix == ".svg":
            root = ElementTree.fromstring(text)
            assert root.find("{http://www.w3.org/2000/svg}title") is not None
        if one.suffix in (".svg", ".csv"):
            assert "nan" not in text.lower().split(",")
    html = (tmp_path / "out" / "report.html").read_text()
    assert 'href="/courses' not in html
    assert "NaN" not in html
    for table in tables(out_of_database).values():
        assert table.title
    with pytest.raises(Invalid, match="not an empty folder"):
        write(out_of_database, tmp_path / "out")


def test_the_notebook_is_valid_and_its_code_runs(
    out_of_database: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(out_of_database, tmp_path / "out")
    told = json.loads(notebook(out_of_database))
    assert (told["nbformat"], told["nbformat_minor"]) == (4, 5)
    ids = [cell["id"] for cell in told["cells"]]
    assert len(set(ids)) == len(ids)
    monkeypatch.chdir(tmp_path / "out")
    space: dict[str, object] = {}
    for cell in told["cells"]:
        assert set(cell) >= {"cell_type", "id", "metadata", "source"}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
            exec("".join(cell["source"]), space)
    assert "rows" in capsys.readouterr().out


def test_the_methods_name_versions_seed_and_whose_records_they_are(out_of_database: Report) -> None:
    said = " ".join(methods(out_of_database))
    for word in ("seed 1", "numpy", "consented to research", "scipy"):
        assert word in said
    everyone = out_of_database.model_copy(update={"for_research": False})
    assert "all enrolled learners" in " ".join(methods(everyone))


def test_what_is_no_number_is_never_shown() -> None:
    one = Measure(name="m", value=math.nan, low=math.inf, high=1.0, n=0, sentence="Nothing.")
    assert (one.value, one.low, one.high) == (None, None, 1.0)
    table = Table(name="t", title="T", columns=[Column(name="a", meaning="A")], rows=[[math.nan], [True], ["=x"]])
    assert table.csv() == "a\n\n1\n=x\n" or table.csv() == 'a\n""\n1\n=x\n'


def test_three_things_of_different_parts_come_first() -> None:
    def part(name: str, *weights: float) -> Part:
        told = [Finding(area=name, todo=f"{name} {weight}", why="", weight=weight) for weight in weights]
        return Part(name=name, title=name, findings=told)

    found = analysis.next_things([part("a", 0.9, 0.8), part("b", 0.1), part("c"), part("d", 0.95)])
    assert [one.todo for one in found] == ["d 0.95", "a 0.9", "b 0.1"]
    assert analysis.next_things([part("a", 0.2, 0.3)], most=3)[0].todo == "a 0.3"


def arguments(**given: object) -> Namespace:
    usual = dict.fromkeys(("course", "given", "test", "designer", "release", "out", "json", "data"))
    return Namespace(**{**usual, "seed": 1, "everyone": False, **given})


def test_the_command_writes_a_report_and_says_what_is_wrong(
    school: School, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyse_report, "_print_pdf", lambda folder: None)
    course = str(school.lessons.course_id)
    assert analyse.run(arguments(course=f"/courses/{course}", json=tmp_path / "out.json", everyone=True)) == 0
    told = json.loads((tmp_path / "out.json").read_text())
    assert told["for_research"] is False
    assert told["learners"] == 12
    assert "Overview" in capsys.readouterr().out
    for given, words in (
        ({}, "Name one thing"),
        ({"course": course, "designer": tmp_path}, "Name one thing"),
        ({"course": course}, "where the report goes"),
        ({"course": "nonsense", "json": tmp_path / "x"}, "not the id of a course"),
    ):
        with pytest.raises(Invalid, match=words):
            analyse.run(arguments(**given))
    with pytest.raises(NotFound, match="no course"):
        analyse.run(arguments(course="00000000-0000-4000-8000-000000000000", json=tmp_path / "x"))
    assert "What to do next" in page(Report.model_validate(told))
