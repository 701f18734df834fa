"""Cells from pickled dicts with module_adjacency, module_operations and trainable_parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.table.layouts.pickles.containers import ABSENT, Nodes
from nasbench_pytorch.table.layouts.pickles.matrices import read_matrices
from nasbench_pytorch.table.storage.row_block import NO_PARAMETERS, Cells

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.pickles.columns import NodeColumns
    from nasbench_pytorch.table.layouts.pickles.memory import Memory
    from nasbench_pytorch.table.storage.row_block import Vocabulary


def read_fixed(
    columns: NodeColumns,
    memory: Memory,
    dicts: Nodes,
    hashes: npt.NDArray[np.uint8],
    vocabulary: Vocabulary,
) -> Cells:
    """Return the cells that some dicts describe.

    Args:
        columns: reader of the nodes.
        memory: the pickle's memory.
        dicts: a dict for each cell; `trainable_parameters` may be absent.
        hashes: hash of each cell, shape (cells, 16).
        vocabulary: receives the names of the operations.

    Raises:
        InputError: a field is absent or holds something else.
    """
    what = "the fixed statistics of a cell"
    vertices, adjacency = read_matrices(
        columns, memory, columns.needed(dicts, "module_adjacency", what), "module_adjacency"
    )
    operations = columns.needed(dicts, "module_operations", what)
    flat, owners = columns.members(operations, "module_operations")
    counts = np.bincount(owners, minlength=len(dicts))
    wrong = np.flatnonzero(counts != vertices)
    if len(wrong):
        cell = int(wrong[0])
        raise columns.wrong(
            f"cell {hashes[cell].tobytes().hex()} has {vertices[cell]} vertices and {counts[cell]} operations"
        )
    indices, names = columns.names(flat, vocabulary.names, "an operation")
    codes = np.array([vocabulary.code(name) for name in names], np.uint8)
    return Cells(hashes, vertices, parameter_counts(columns, dicts, what), adjacency, codes[indices])


def parameter_counts(columns: NodeColumns, dicts: Nodes, what: str) -> npt.NDArray[np.int64]:
    """Return the trainable parameters of cells; `NO_PARAMETERS` where a dict lacks them."""
    nodes = columns.field(dicts, "trainable_parameters", what)
    present: Any = nodes != ABSENT
    counts: npt.NDArray[np.int64] = np.full(len(dicts), NO_PARAMETERS, np.int64)
    counts[present] = columns.whole_numbers(nodes[present], "trainable_parameters")
    return counts
