"""Write a file of the size and shape of nasbench_full.tfrecord with invented numbers, for `table.py`.

All 423,624 cells × 4 budgets × 3 repeats: 5,083,488 records. The four times of a record are random doubles of full
precision, its nine accuracies independent counts of 9,984 images: the hardest case for a narrow table.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nasbench_pytorch.space import CANONICAL_OPERATIONS, enumerate_cells
from nasbench_pytorch.table.storage.encoded_column import Column, Encoding
from nasbench_pytorch.table.storage.fields import ROW_FIELDS, is_accuracy
from nasbench_pytorch.table.storage.row_block import Cells
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
    table = path.with_suffix(".source.arrow")
    write_content(table, content, names, Metadata(rows=0, epochs=(), repeats=0))
    export_tfrecord(TableFile(table), path)
    table.unlink()


def random_column(name: str, epochs: np.ndarray, generator: np.random.Generator) -> Column:
    """Return the numbers of one field for all rows."""
    if is_accuracy(name):
        return Column(Encoding.COUNT, generator.integers(0, ORIGINAL_EVALUATION_IMAGES + 1, len(epochs), np.uint16))
    if name in SHARES:
        return Column(Encoding.FLOAT64, epochs * SHARES[name])
    return Column(Encoding.FLOAT64, generator.random(len(epochs)) * 5000.0)


def all_cells() -> Cells:
    """Return the whole space as cells of a table."""
    space = enumerate_cells()
    columns = space.columns
    vertices = columns.vertices.astype(np.int64)
    adjacency, operations = [], []
    for row in range(len(space)):
        spec = space[row]
        adjacency.append(spec.matrix.tobytes())
        interior = columns.operations[row, : vertices[row] - 2] + 1
        operations.append(bytes([0, *interior, len(CANONICAL_OPERATIONS) + 1]))
    return Cells(
        columns.hash,
        vertices,
        columns.trainable_parameters.astype(np.int64),
        np.frombuffer(b"".join(adjacency), np.uint8),
        np.frombuffer(b"".join(operations), np.uint8),
    )
