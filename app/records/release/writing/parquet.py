"""Tables as Parquet: columns with types and meanings, compressed with Zstandard, in groups of ROWS rows."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow
import pyarrow.parquet

from app.records.release.columns import Column, Row, Type

ROWS = 5_000
pyarrow.set_memory_pool(pyarrow.system_memory_pool())
"""The others keep what was freed, which costs a worker a hundred megabytes for as long as it lives."""
TYPES = {
    Type.TEXT: pyarrow.string(),
    Type.INTEGER: pyarrow.int64(),
    Type.NUMBER: pyarrow.float64(),
    Type.TRUTH: pyarrow.bool_(),
    Type.TIME: pyarrow.timestamp("us", tz="UTC"),
}


def schema_of(columns: Sequence[Column]) -> Any:
    """The Arrow schema of a table; each field carries its meaning and its unit."""
    return pyarrow.schema(
        pyarrow.field(one.name, TYPES[one.type], metadata={"meaning": one.meaning, "unit": one.unit}) for one in columns
    )


class ParquetWriter:
    """Writes a table's rows to a Parquet file as they come."""

    def __init__(self, path: Path, columns: Sequence[Column]) -> None:
        self._schema = schema_of(columns)
        self._file = pyarrow.parquet.ParquetWriter(path, self._schema, compression="zstd")
        self._waiting: list[Any] = []
        self._count = 0

    def write(self, rows: list[Row]) -> None:
        """Take rows; they are written once a group is full."""
        arrays = [pyarrow.array([row.get(field.name) for row in rows], field.type) for field in self._schema]
        self._waiting.append(pyarrow.RecordBatch.from_arrays(arrays, schema=self._schema))
        self._count += len(rows)
        if self._count >= ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._file.write_table(pyarrow.Table.from_batches(self._waiting), row_group_size=self._count or 1)
        self._waiting, self._count = [], 0
        pyarrow.default_memory_pool().release_unused()  # else the heap's holes grow to tens of megabytes in a million

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        self._file.close()


def read_parquet(path: Path) -> Iterator[list[Row]]:
    """The rows of a Parquet file, in batches, as they were written."""
    with pyarrow.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=2000):
            yield batch.to_pylist()
