"""One order of the cells to learn from, whatever the order in which they are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells

Floats = npt.NDArray[np.float64]


def in_fixed_order(encoded: EncodedCells, targets: Floats) -> tuple[EncodedCells, Floats, npt.NDArray[np.int64]]:
    """Return N cells and their targets in an order that depends on them alone, and the positions that they had.

    A seed then gives the same model for the same cells in any order.

    Args:
        encoded: the cells.
        targets: shape (N, T).
    """
    count = len(encoded)
    graphs = np.concatenate([encoded.operations.reshape(count, -1), encoded.adjacency.reshape(count, -1)], axis=1)
    order = np.lexsort(np.concatenate([graphs, targets, encoded.features], axis=1).T)
    return encoded.take(order), targets[order], order
