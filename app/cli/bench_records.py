"""`bench records`: the record store under load, projecting against COPY, and a million statements to Parquet.

It starts a platform of its own, as `up` starts it, so the database keeps its promises (every commit reaches the disk).
"""

import argparse
import signal
import sys
from pathlib import Path

from pydantic import BaseModel, JsonValue

from app.base.console import say_progress, say_table, write_figures
from app.base.db import unit_of_work
from app.base.errors import Invalid
from app.cli import bench_class_stage as stage
from app.cli import bench_records_load as load
from app.cli import bench_records_parquet as parquet
from app.cli import bench_records_projecting as projecting
from app.records.lrs import service as lrs
from app.records.lrs.schema import Scope

STATEMENTS = 100_000
PARTS = ("writing", "projecting", "parquet")


class RecordsFigures(BaseModel):
    """Statements a second and milliseconds; `errors` counts every answer that was not as it should be."""

    statements: int = 0
    alone_per_s: float = 0.0
    """One writer that waits for each answer before the next statement."""
    single_per_s: float = 0.0
    batch_per_s: float = 0.0
    get_p50_ms: float = 0.0
    get_p95_ms: float = 0.0
    get_p95_ms_by_filter: dict[str, float] = {}
    projected_per_s: float = 0.0
    copied_per_s: float = 0.0
    projection_to_copy_ratio: float = 0.0
    parquet_rows: int = 0
    parquet_rows_per_s: float = 0.0
    parquet_peak_mb: float = 0.0
    errors: int = 0


def add(parts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add `records` to the bench commands."""
    parser = parts.add_parser("records", help="the record store under load, projecting, Parquet")
    parser.add_argument("--statements", type=int, default=STATEMENTS, help="stored in batches (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=8.0, help="of writing one by one (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=parquet.STATEMENTS, help="to Parquet (default: %(default)s)")
    parser.add_argument("--parts", default=",".join(PARTS), help="what to measure (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Measure, and print or write what was found; 1 when an answer was not as it should be."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the platform under measurement ends with us
    wanted = chosen.parts.split(",")
    if unknown := set(wanted) - set(PARTS):
        raise Invalid(f"There is no part {', '.join(sorted(unknown))}; the parts are {', '.join(PARTS)}.")
    figures = RecordsFigures()
    with stage.stub() as inference, stage.platform(inference) as platform:
        if "writing" in wanted:
            with unit_of_work() as session:
                key = lrs.add_credential(session, "Bench", [Scope.ALL])
            measure(figures, load.Target(platform.url, key.key, key.secret), chosen.seconds, chosen.statements)
        if "projecting" in wanted:
            _take(figures, projecting.measure())
        if "parquet" in wanted:
            found = parquet.measure(chosen.rows)
            figures.parquet_rows = found.statements
            _take(figures, found)
    say_progress("")
    values: dict[str, JsonValue] = figures.model_dump()
    if chosen.json:
        write_figures(chosen.json, "bench records", values)
    else:
        say_table([[name.replace("_", " "), str(value)] for name, value in values.items()], ("figure", "found"))
    return 1 if figures.errors else 0


def _take(figures: RecordsFigures, found: BaseModel) -> None:
    """Take over what is called the same."""
    for name in set(type(found).model_fields) & set(RecordsFigures.model_fields) - {"statements"}:
        setattr(figures, name, getattr(found, name))


def measure(figures: RecordsFigures, target: load.Target, seconds: float, statements: int) -> None:
    """Write alone, write beside each other, fill up in batches, then read."""
    say_progress("one writer, one statement at a time")
    alone = load.write(target, writers=1, each=1, most=10_000, seconds=seconds / 2)
    say_progress(f"{load.WRITERS} writers, one statement at a time")
    single = load.write(target, writers=load.WRITERS, each=1, most=20_000, seconds=seconds)
    say_progress(f"{load.WRITERS} writers, batches of {load.BATCH}")
    rest = max(load.BATCH * load.WRITERS, statements - alone.stored - single.stored)
    batch = load.write(target, writers=load.WRITERS, each=load.BATCH, most=rest)
    say_progress("reading with filters")
    reads = load.read(target)
    figures.statements = alone.stored + single.stored + batch.stored
    figures.alone_per_s, figures.single_per_s = round(alone.per_second, 1), round(single.per_second, 1)
    figures.batch_per_s = round(batch.per_second, 1)
    figures.get_p50_ms, figures.get_p95_ms = round(reads.percentile(50), 2), round(reads.percentile(95), 2)
    figures.get_p95_ms_by_filter = {name: round(value, 2) for name, value in reads.by_filter().items()}
    figures.errors = alone.errors + single.errors + batch.errors + reads.errors
