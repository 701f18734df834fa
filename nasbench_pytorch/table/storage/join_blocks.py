"""Join blocks of rows into one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa

from nasbench_pytorch.table.storage.growing_column import GrowingArray, GrowingColumn
from nasbench_pytorch.table.storage.row_block import Block, Cells


class BlockJoiner:
    """Collector of blocks with the same fields.

    Args:
        images: evaluation images.
    """

    def __init__(self, images: int) -> None:
        self._images = images
        self._cells: list[Cells] = []
        self._cell_count = 0
        self._row_cell, self._epochs, self._repeats = GrowingArray(), GrowingArray(), GrowingArray()
        self._columns: dict[str, GrowingColumn] = {}
        self._raw: dict[int, bytes] = {}
        self._extra_columns: dict[str, list[pa.Array]] = {}
        self._extra_cell_columns: dict[str, list[pa.Array]] = {}

    def __len__(self) -> int:
        return len(self._row_cell)

    def append(self, block: Block) -> None:
        """Append the rows of `block`."""
        self._raw |= {len(self) + row: text for row, text in block.raw.items()}
        self._row_cell.append(block.row_cell + np.int32(self._cell_count))
        self._epochs.append(block.epochs.astype(np.uint32))
        if block.repeats is not None:
            self._repeats.append(block.repeats.astype(np.uint32))
        for name, column in block.columns.items():
            self._columns.setdefault(name, GrowingColumn(name, self._images)).append(column)
        for name, values in block.extra_columns.items():
            self._extra_columns.setdefault(name, []).append(values)
        for name, values in block.extra_cell_columns.items():
            self._extra_cell_columns.setdefault(name, []).append(values)
        self._cells.append(block.cells)
        self._cell_count += len(block.cells)

    def block(self) -> Block:
        """Return all rows as one block; nothing can be appended afterwards."""
        return Block(
            Cells(
                *(
                    np.concatenate([getattr(part, field.name) for part in self._cells])
                    for field in dataclasses.fields(Cells)
                )
            ),
            self._row_cell.array(),
            self._epochs.array(),
            {name: self._columns.pop(name).column() for name in list(self._columns)},
            self._repeats.array() if len(self._repeats) else None,
            self._raw,
            {name: pa.concat_arrays(parts) for name, parts in self._extra_columns.items()},
            {name: pa.concat_arrays(parts) for name, parts in self._extra_cell_columns.items()},
        )
