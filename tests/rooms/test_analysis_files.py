"""Tables of answers from elsewhere: each kind is read as it is meant, and what cannot be read is said with its line."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.__main__ import main
from app.analysis.learners.files import NAMELESS, practice_of, read
from app.base.errors import Invalid

STEPS = (
    "Row\tAnon Student Id\tProblem Name\tStep Name\tFirst Transaction Time\tFirst Attempt\t"
    "KC (Single-KC)\tKC (Sums)\tOpportunity (Sums)\tPredicted Error Rate (Sums)"
)
TRANSACTIONS = "\t".join(
    ("Anon Student Id", "Time", "Problem Name", "Problem View", "Step Name", "Attempt At Step", "Outcome", "KC (Sums)")
)


@pytest.fixture
def write(tmp_path: Path):  # type: ignore[no-untyped-def]
    def write(name: str, *lines: str, encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(("\n".join(lines) + "\n").encode(encoding))
        return path

    return write


def test_datashop_steps(write) -> None:  # type: ignore[no-untyped-def]
    path = write(
        "steps.txt",
        STEPS,
        "2\tA\tp\ts2\t2009-01-01 10:02:00\tincorrect\tS\tadd~~carry\t1~~1\t0.4",
        "1\tA\tp\ts1\t2009-01-01 10:01:00\tcorrect\tS\tadd\t1\t0.3",
        '3\tB\tp\t"s1\t2009-01-01 10:00:00\thint\tS\tadd\t1\t.',
        "4\tB\tp\ts3\t2009-01-01 10:03:00\tcorrect\tS\t\t\t",
    )
    found = read(path)
    assert found.layout.kind == "DataShop student-step"
    assert found.skill_column == "KC (Sums)"
    assert (found.rows, found.learners, found.right) == (4, ["B", "A", "A"], [0, 1, 0])
    assert found.skills == [("add",), ("add",), ("add", "carry")]
    assert dict(found.left_out) == {"name no skill in this model": 1}
    practice = practice_of(found)
    assert practice.skills == ["add", "carry"]
    assert practice.answer.tolist() == [0, 1, 2, 2]
    assert read(path, "single-kc").skill_column == "KC (Single-KC)"
    with pytest.raises(Invalid, match="no column of skills called Nothing"):
        read(path, "Nothing")


def test_of_datashop_transactions_the_first_try_at_a_step_counts(write) -> None:  # type: ignore[no-untyped-def]
    found = read(
        write(
            "tx.txt",
            TRANSACTIONS,
            "A\t2009-01-01 10:00:00\tp\t1\ts1\t1\tINCORRECT\tadd",
            "A\t2009-01-01 10:00:10\tp\t1\ts1\t2\tCORRECT\tadd",
            "A\t2009-01-01 10:01:00\tp\t1\t\t\t\tadd",
            "A\t2009-01-01 10:02:00\tp\t2\ts1\t1\tCORRECT\tadd",
            "A\t2009-01-01 10:03:00\tp\t2\ts2\t1\tHINT\tadd",
        )
    )
    assert found.layout.kind == "DataShop transaction"
    assert found.right == [0, 1, 0]
    assert sum(found.left_out.values()) == 2


def test_assistments(write) -> None:  # type: ignore[no-untyped-def]
    found = read(
        write(
            "as.csv",
            "order_id,user_id,correct,original,skill_id,skill_name,answer_text",
            '30,7,1,1,5,Área,"a, b"',
            "10,7,0,1,5,Área,x",
            "20,7,0,0,5,Área,x",
            "40,8,0.5,1,,,x",
            "50,8,-1,1,5,Área,x",
            encoding="latin-1",
        )
    )
    assert found.layout.kind == "ASSISTments"
    assert (found.rows, found.learners, found.right) == (5, ["7", "7", "8"], [0, 1, 0])
    assert found.skills == [("Área",), ("Área",), (NAMELESS,)]
    assert sorted(found.left_out.values()) == [1, 1]


def test_plain_tables_and_our_own_releases(write) -> None:  # type: ignore[no-untyped-def]
    found = read(write("plain.tsv", "user\tskill\tcorrect", "a\t12.0\t1", "b\t3_4\tfalse"))
    assert (found.layout.kind, found.skills, found.right) == ("plain", [("12",), ("3", "4")], [1, 0])
    ours = read(
        write(
            "attempts.csv",
            "learner,components,answered_at,success",
            "a,mean; median,2026-01-02T00:00:00Z,true",
            "a,mean,2026-01-01T00:00:00Z,",
        )
    )
    assert (ours.skills, ours.right) == ([("mean", "median")], [1])


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "is empty"),
        (["a,b,c", "1,2,3"], "do not say who answered what"),
        (["user,skill,correct", "a,x,1", "b,x"], "Line 3 has 2 cells"),
        (["user,skill,correct", "a,x,perhaps"], "Line 2: 'perhaps' in correct is neither"),
        (["user,skill,correct", "a,x,7"], "Line 2: '7' in correct"),
        (["user,skill,correct", ",x,1"], "Line 2 does not say who"),
        (["user,skill,correct"], "no answer that can be used"),
        (["user,skill,correct", "a,x,"], "no answer that can be used: 1 rows tell of no answer"),
    ],
)
def test_what_cannot_be_used_is_said(write, lines: list[str], sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Invalid, match=sentence):
        read(write("bad.csv", *lines))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(b"PK\x03\x04\x00\x00\x00\x00")
    with pytest.raises(Invalid, match="not a text file"):
        read(path)
    with pytest.raises(Invalid, match="cannot be read"):
        read(tmp_path / "none.csv")


def test_the_command(write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # type: ignore[no-untyped-def]
    rows = [f"{user},{skill},{int((user + step) % 3 > 0)}" for user in range(12) for step in range(5) for skill in "xy"]
    train, out = write("train.csv", "user,skill,correct", *rows), tmp_path / "out.json"
    test = write("test.csv", "user,skill,correct", "99,x,1", "99,z,0", "99,x,0", "98,y,1")
    assert main(["analyse", "--from", str(train), "--test", str(test), "--json", str(out)]) == 0
    told = json.loads(out.read_text())
    assert (told["rows"], told["learners"], told["skills"], told["test_answers"]) == (120, 12, 2, 4)
    assert 0 <= told["auc"] <= 1
    assert told["fit_s"] == told["models"]["bkt"]["fit_s"] > 0
    assert set(told["models"]) == {"bkt", "afm", "elo"}
    assert "1 skills of the test file are not in the first" in " ".join(told["sentences"])
    assert main(["analyse", "--from", str(train)]) == 0
    assert "5 groups of learners in turn" in capsys.readouterr().out
    assert main(["analyse", "--from", str(train), "--test", str(tmp_path / "none.csv")]) == 1
    steps = write(
        "steps.txt", STEPS, *(f"{n}\t{n % 5}\tp\ts\t2009-01-01 10:0{n}:00\tcorrect\tS\tadd\t1\t0.{n}" for n in range(9))
    )
    assert main(["analyse", "--from", str(steps)]) == 0
    assert "DataShop's own error rates of 9 answers" in capsys.readouterr().out


def test_who_reads_no_further_is_no_trouble(write) -> None:  # type: ignore[no-untyped-def]
    rows = [f"u{at % 40},skill {at % 400},{at % 3 % 2}" for at in range(4000)]
    path = write("many.csv", "user_id,skill_name,correct", *rows)
    order = [sys.executable, "-m", "app", "analyse", "--from", str(path)]
    with subprocess.Popen(order, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert "4,000 rows" in child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == ""
    assert child.returncode in (0, 141)
