"""Write a file of the size and shape of nasbench_full.tfrecord with invented numbers, for `table.py` and others.

All 423,624 cells × 4 budgets × 3 repeats: 5,083,488 records. The four times of a record are random doubles of full
precision, its nine accuracies independent counts of 9,984 images: the hardest case for a narrow table.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nasbench_pytorch.space import CANONICAL_OPERATIONS, enumerate_cells
from nasbench_pytorch.table.storage.encoded_column import Column, Encoding
from nasbench_pytorch.table.storage.fields import ROW_FIELDS, is_accuracy
from nasbench_pytorch.table.storage.row_block import Cells, starts_of
from nasbench_pytorch.table.storage.schema import ORIGINAL_EVALUATION_IMAGES, Metadata
from nasbench_pytorch.table.storage.sort_rows import Content
from nasbench_pytorch.table.storage.table_file import TableFile
from nasbench_pytorch.table.storage.writer import write_content
from nasbench_pytorch.table.tfrecord.exporter import export_tfrecord

BUDGETS = (4, 12, 36, 108)
REPEATS = 3
SHARES = {"start_current_epoch": 0.0, "halfway_current_epoch": 0.5, "current_epoch": 1.0}


def write_full_file(path: Path, seed: int = 0) -> None:
    """Write the file; the same seed gives the same bytes."""
    table = path.with_suffix(".source.arrow")
    write_full_table(table, seed)
    export_tfrecord(TableFile(table), path)
    table.unlink()


def write_full_table(path: Path, seed: int = 0) -> None:
    """Write the same rows as a table, `.arrow`."""
    names = ["input", *CANONICAL_OPERATIONS, "output"]
    cells = all_cells()
    per_cell = len(BUDGETS) * REPEATS
    rows = len(cells) * per_cell
    epochs = np.tile(np.repeat(np.array(BUDGETS, np.uint8), REPEATS), len(cells))
    generator = np.random.default_rng(seed)
    content = Content(
        cells,
        np.arange(0, rows + 1, per_cell),
        epochs,
        np.tile(np.arange(REPEATS, dtype=np.uint8), len(cells) * len(BUDGETS)),
        {name: random_column(name, epochs, generator) for name in ROW_FIELDS},
    )
    write_content(path, content, names, Metadata(rows=0, epochs=(), repeats=0))


def random_column(name: str, epochs: np.ndarray, generator: np.random.Generator) -> Column:
    """Return the numbers of one field for all rows."""
    if is_accuracy(name):
        return Column(Encoding.COUNT, generator.integers(0, ORIGINAL_EVALUATION_IMAGES + 1, len(epochs), np.uint16))
    if name in SHARES:
        return Column(Encoding.FLOAT64, epochs * SHARES[name])
    return Column(Encoding.FLOAT64, generator.random(len(epochs)) * 5000.0)


def all_cells() -> Cells:
    """Return the whole space as cells of a table."""
    columns = enumerate_cells().columns
    vertices = columns.vertices.astype(np.int64)
    adjacency = np.empty(int((vertices**2).sum()), np.uint8)
    operations = np.empty(int(vertices.sum()), np.uint8)
    first_entry, first_vertex = starts_of(vertices**2), starts_of(vertices)
    for size in np.unique(vertices).tolist():
        cells = np.flatnonzero(vertices == size)
        bits = columns.adjacency[cells]
        matrices = np.zeros((len(cells), size, size), np.uint8)
        for target in range(size):
            for source in range(target):
                matrices[:, source, target] = bits >> (source + target * (target - 1) // 2) & 1
        adjacency[first_entry[cells][:, None] + np.arange(size * size)] = matrices.reshape(len(cells), -1)
        codes = np.zeros((len(cells), size), np.uint8)
        codes[:, 1:-1] = columns.operations[cells, : size - 2] + 1
        codes[:, -1] = len(CANONICAL_OPERATIONS) + 1
        operations[first_vertex[cells][:, None] + np.arange(size)] = codes
    return Cells(columns.hash, vertices, columns.trainable_parameters.astype(np.int64), adjacency, operations)
