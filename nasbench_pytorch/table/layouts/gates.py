"""GATES's lists: mean validation accuracies of all cells, nine tenths in one file and one tenth in another.

A pickled list of ((matrix, operations), mean validation accuracy, mean validation accuracy halfway), both means over
the trainings of 108 epochs. The matrix is 7×7; a smaller cell has empty vertices before its output. Operations are
numbers, one for each inner vertex: 0 conv1x1, 1 conv3x3, 2 maxpool, 3 none. There are no hashes.

Source: walkerning/aw_nas, `examples/research/gates/dump_nb101_allv.py`, `aw_nas/btcs/nasbench_101.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from typing_extensions import override

from nasbench_pytorch.space.operations import CONV1X1, CONV3X3, INPUT, MAXPOOL3X3, OUTPUT
from nasbench_pytorch.table.layouts.layout import Layout, Reading
from nasbench_pytorch.table.layouts.pickles.columns import NodeColumns
from nasbench_pytorch.table.layouts.pickles.matrices import read_matrices
from nasbench_pytorch.table.layouts.pickles.opened import opened_parts
from nasbench_pytorch.table.layouts.reading.rows import block_of
from nasbench_pytorch.table.storage.row_block import NO_PARAMETERS, Cells

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate
    from nasbench_pytorch.table.storage.row_block import Block

_OPERATIONS = (CONV1X1, CONV3X3, MAXPOOL3X3, "none")
_SIZE = 7
_EPOCHS = 108


class GatesLists(Layout):
    """The layout; one of the two files is a table too."""

    name = "GATES's lists"
    content = "a pickled list of ((matrix, operations), mean validation accuracy, the same halfway)"
    lacks = "single trainings (each value is the mean of three)"
    files = 2
    has_hashes = False

    @override
    def recognises(self, candidate: Candidate) -> bool:
        outline = candidate.outline
        return outline is not None and outline.kind == "list" and bool(outline.members) and _fits(outline.members[0])

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        for candidate in candidates:
            for stream, part in opened_parts(candidate, reading):
                columns = NodeColumns(stream)
                entries, _ = columns.members(np.array([part.container]), "the pickle")
                members, owners = columns.members(entries, "an entry")
                if not np.array_equal(owners, np.repeat(np.arange(len(entries)), 3)):
                    raise columns.wrong("an entry is not ((matrix, operations), accuracy, accuracy halfway)")
                both, pairs = columns.members(members[::3], "a cell")
                if not np.array_equal(pairs, np.repeat(np.arange(len(entries)), 2)):
                    raise columns.wrong("a cell is not (matrix, operations)")
                sizes, adjacency = read_matrices(columns, stream.memory, both[::2], "a matrix")
                numbers, inner = columns.members(both[1::2], "the operations of a cell")
                if (sizes != _SIZE).any() or not np.array_equal(inner, np.repeat(np.arange(len(entries)), _SIZE - 2)):
                    raise columns.wrong(f"a cell has not a matrix of {_SIZE}×{_SIZE} and {_SIZE - 2} operations")
                codes = np.array([reading.vocabulary.code(name) for name in (*_OPERATIONS, INPUT, OUTPUT)], np.uint8)
                indices = columns.whole_numbers(numbers, "an operation")
                if len(indices) and not 0 <= int(indices.min()) <= int(indices.max()) < len(_OPERATIONS):
                    raise columns.wrong(f"an operation is not 0 to {len(_OPERATIONS) - 1}")
                operations = np.empty((len(entries), _SIZE), np.uint8)
                operations[:, 0], operations[:, -1] = codes[-2:]
                operations[:, 1:-1] = codes[indices].reshape(-1, _SIZE - 2)
                count = len(entries)
                cells = Cells(
                    np.zeros((count, 16), np.uint8), sizes, np.full(count, NO_PARAMETERS), adjacency, operations.ravel()
                )
                epochs = np.full(count, _EPOCHS)
                values = {"halfway_current_epoch": epochs / 2, "current_epoch": epochs.astype(np.float64)}
                missing = {}
                for place, name in ((1, "validation_accuracy"), (2, "halfway_validation_accuracy")):
                    values[name], missing[name] = columns.numbers(members[place::3], name)
                yield block_of(cells, np.arange(count), epochs, values, reading.images, missing)


def _fits(entry: Any) -> bool:
    """Return whether a value looks like an entry of the list."""
    if not isinstance(entry, tuple | list) or len(entry) != 3:
        return False
    cell = entry[0]
    if not isinstance(cell, tuple | list) or len(cell) != 2:
        return False
    try:
        return np.shape(cell[0]) == (_SIZE, _SIZE) and np.shape(cell[1]) == (_SIZE - 2,)
    except ValueError:  # lists of different lengths
        return False
