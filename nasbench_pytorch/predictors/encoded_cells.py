"""Cells as the arrays that predictors read, computed once for several of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.predictors.features import cell_features, channel_shares
from nasbench_pytorch.space.encodings import NASBENCH101_BOUNDS, graph_tensors
from nasbench_pytorch.space.search_space import SearchSpace

if TYPE_CHECKING:
    from nasbench_pytorch.space.enumeration.bounds import SpaceBounds
    from nasbench_pytorch.space.spec import ModelSpec


@dataclass(frozen=True)
class EncodedCells:
    """N cells of at most V vertices and K operations.

    Attributes:
        adjacency: uint8, shape (N, V, V), as `graph_tensors` gives it.
        operations: uint8, shape (N, V, K + 2), as `graph_tensors` gives it.
        channels: float32, shape (N, V): channels of each vertex divided by those of the module's output.
        features: float32, shape (N, F): `cell_features`.
    """

    adjacency: npt.NDArray[np.uint8]
    operations: npt.NDArray[np.uint8]
    channels: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.adjacency)

    def take(self, rows: npt.NDArray[np.int64] | slice) -> EncodedCells:
        """Some of the cells, by position."""
        return EncodedCells(self.adjacency[rows], self.operations[rows], self.channels[rows], self.features[rows])


def encode_cells(
    cells: EncodedCells | SearchSpace | Iterable[ModelSpec], bounds: SpaceBounds = NASBENCH101_BOUNDS
) -> EncodedCells:
    """Encode N cells; cells that are encoded already are returned as they are.

    Raises:
        InputError: a cell is invalid or not within the bounds.
    """
    if isinstance(cells, EncodedCells):
        return cells
    names = (cells.bounds if isinstance(cells, SearchSpace) else bounds).operations
    adjacency, operations = graph_tensors(cells, bounds)
    channels = channel_shares(adjacency)
    return EncodedCells(adjacency, operations, channels, cell_features(adjacency, operations, names))
