"""Table files for tests: real cells with invented numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.space import NAMED_CELLS, ModelSpec, count_parameters
from nasbench_pytorch.table import TableFile, import_tfrecord
from nasbench_pytorch.table.nasbench import NASBench
from nasbench_pytorch.table.tfrecord.frames import write_record
from nasbench_pytorch.table.tfrecord.record import Record

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.encoded_column import Column

IMAGES = 9984
BUDGETS = (4, 108)
SPECS = [NAMED_CELLS[name].spec for name in ("inception", "best", "smallest", "largest")] + [
    ModelSpec([[0, 1], [0, 0]], ["input", "output"]),
    ModelSpec([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", "maxpool3x3", "output"]),
]


def fraction(count: int) -> float:
    """Return an accuracy as the original stores it."""
    return float(np.float32(count / IMAGES))


def invented_values(epochs: int, generator: np.random.Generator) -> tuple[float, ...]:
    """Return 16 plausible numbers of a row."""
    counts = generator.integers(0, IMAGES + 1, 9)
    halfway, final = sorted(generator.random(2) * 1000)
    times = (0.0, float(halfway), float(final))
    rows = [
        (share * epochs, times[i], *(fraction(int(count)) for count in counts[3 * i : 3 * i + 3]))
        for i, share in enumerate((0.0, 0.5, 1.0))
    ]
    return (*rows[0], *rows[1], *rows[2], float(final) + 12.5)


def record_of(spec: ModelSpec, epochs: int, values: Sequence[float | None]) -> Record:
    """Return a record of a cell."""
    matrix, ops, _ = spec.pruned()
    return Record(spec.hash_spec(), epochs, matrix.tobytes(), tuple(ops), count_parameters(spec), tuple(values))


def invented_records(
    specs: Iterable[ModelSpec] = SPECS, budgets: Iterable[int] = BUDGETS, repeats: int = 3, seed: int = 0
) -> list[Record]:
    """Return records of some cells in ascending hash order."""
    generator = np.random.default_rng(seed)
    return [
        record_of(spec, epochs, invented_values(epochs, generator))
        for spec in sorted(specs, key=lambda spec: spec.hash_spec())
        for epochs in budgets
        for _ in range(repeats)
    ]


def write_file(path: Path, records: Iterable[Record]) -> Path:
    """Write a file of the original's format."""
    with path.open("wb") as stream:
        for record in records:
            write_record(stream, record)
    return path


def table_of(folder: Path, records: Iterable[Record], name: str = "table") -> TableFile:
    """Import records and open the table."""
    source = write_file(folder / f"{name}.tfrecord", records)
    import_tfrecord(source, folder / f"{name}.arrow")
    return TableFile(folder / f"{name}.arrow")


def benchmark_of(folder: Path, records: Iterable[Record], seed: int | None = None) -> NASBench:
    """Import records and open them with the original's interface."""
    return NASBench(table_of(folder, records).path, seed)


def column_of(table: TableFile, name: str) -> Column:
    """Return the stored column of a field."""
    column = table.column(name)
    assert column is not None, f"{name} is not stored"
    return column
