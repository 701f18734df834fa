"""Files of our own making: real cells, invented numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from nasbench_pytorch.space import NAMED_CELLS, ModelSpec, count_parameters
from nasbench_pytorch.table import TableFile, import_tfrecord
from nasbench_pytorch.table.nasbench import NASBench
from nasbench_pytorch.table.tfrecord.frames import write_record
from nasbench_pytorch.table.tfrecord.record import Record

IMAGES = 9984
BUDGETS = (4, 108)
SPECS = [NAMED_CELLS[name].spec for name in ("inception", "best", "smallest", "largest")] + [
    ModelSpec([[0, 1], [0, 0]], ["input", "output"]),
    ModelSpec([[0, 1, 1], [0, 0, 1], [0, 0, 0]], ["input", "maxpool3x3", "output"]),
]


def fraction(count: int) -> float:
    """An accuracy as the original keeps it."""
    return float(np.float32(count / IMAGES))


def invented_values(epochs: int, generator: np.random.Generator) -> tuple[float, ...]:
    """The 16 numbers of a row that could be real."""
    counts = generator.integers(0, IMAGES + 1, 9)
    halfway, final = sorted(generator.random(2) * 1000)
    times = (0.0, float(halfway), float(final))
    rows = [
        (share * epochs, times[i], *(fraction(int(count)) for count in counts[3 * i : 3 * i + 3]))
        for i, share in enumerate((0.0, 0.5, 1.0))
    ]
    return (*rows[0], *rows[1], *rows[2], float(final) + 12.5)


def record_of(spec: ModelSpec, epochs: int, values: Sequence[float | None]) -> Record:
    """A record of a cell."""
    assert spec.matrix is not None
    assert spec.ops is not None
    return Record(
        spec.hash_spec(), epochs, spec.matrix.tobytes(), tuple(spec.ops), count_parameters(spec), tuple(values)
    )


def invented_records(
    specs: Iterable[ModelSpec] = SPECS, budgets: Iterable[int] = BUDGETS, repeats: int = 3, seed: int = 0
) -> list[Record]:
    """Records of some cells in ascending hash order."""
    generator = np.random.default_rng(seed)
    return [
        record_of(spec, epochs, invented_values(epochs, generator))
        for spec in sorted(specs, key=lambda spec: spec.hash_spec())
        for epochs in budgets
        for _ in range(repeats)
    ]


def write_file(path: Path, records: Iterable[Record]) -> Path:
    """A file of the original's format."""
    with path.open("wb") as stream:
        for record in records:
            write_record(stream, record)
    return path


def table_of(folder: Path, records: Iterable[Record], name: str = "table") -> TableFile:
    """Records as an opened table."""
    source = write_file(folder / f"{name}.tfrecord", records)
    import_tfrecord(source, folder / f"{name}.arrow")
    return TableFile(folder / f"{name}.arrow")


def benchmark_of(folder: Path, records: Iterable[Record], seed: int | None = None) -> NASBench:
    """Records behind the original's interface."""
    return NASBench(table_of(folder, records).path, seed)
