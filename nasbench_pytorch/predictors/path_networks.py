"""The ensemble of BANANAS: dense networks on the path encoding."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors.base import BasePredictor
from nasbench_pytorch.predictors.fitting.dense_training import DenseNetworks, Singles, train_networks
from nasbench_pytorch.predictors.protocol import Floats

if TYPE_CHECKING:
    from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells


@dataclass
class PathNetworks(BasePredictor):
    """Dense networks that learn the error in percent from the shortest paths of a cell.

    It is made for small samples: 150 cells take a second. The networks see whether a sequence of operations leads
    from the input to the output, so cells with the same paths get the same prediction. Added columns are not used.

    Attributes:
        members: networks that are averaged, each from other initial weights; their disagreement is the spread.
        layers: hidden layers of each.
        width: units of each hidden layer.
        paths: entries of the path encoding, shortest paths first; 40 are all paths of up to three operations.
        epochs: passes over the cells.
        batch_size: cells a step.
        learning_rate: of Adam.
        second_moment: Adam's decay of the squared gradients (β₂).
        seed: decides initial weights and batches.

    Source: White et al. 2019, BANANAS (arXiv 1910.11858); the values are those of naszilla/naszilla, `params.py`, whose
    networks learn the validation error in percent by its mean absolute error.
    """

    members: int = 5
    layers: int = 10
    width: int = 20
    paths: int = 40
    epochs: int = 150
    batch_size: int = 32
    learning_rate: float = 0.01
    second_moment: float = 0.99
    seed: int = 0
    _networks: DenseNetworks | None = field(default=None, init=False, repr=False, compare=False)
    _lowest: Floats = field(default_factory=lambda: np.zeros(0), init=False, repr=False, compare=False)
    _highest: Floats = field(default_factory=lambda: np.zeros(0), init=False, repr=False, compare=False)

    @override
    def _learn(self, encoded: EncodedCells, targets: Floats) -> None:
        self._lowest, self._highest = targets.min(axis=0), targets.max(axis=0)
        errors = (100 * (1 - targets)).astype(np.float32)
        self._networks = train_networks(self, paths_of_tensors(encoded, self.paths), errors)

    @override
    def _predict_block(self, encoded: EncodedCells) -> tuple[Floats, Floats]:
        assert self._networks is not None
        predicted = 1 - self._networks.outputs(paths_of_tensors(encoded, self.paths)).astype(np.float64) / 100
        # Networks only come near to a constant; where all accuracies were equal, there is nothing to learn.
        predicted = np.where(self._lowest == self._highest, self._lowest, predicted)
        return predicted.mean(axis=0), predicted.std(axis=0)


def paths_of_tensors(encoded: EncodedCells, length: int) -> Singles:
    """Return the entries of `space.path_encoding` of cells that are encoded as tensors.

    Args:
        encoded: N cells.
        length: number of entries to keep, shortest paths first.

    Returns:
        float32 of 0 and 1, shape (N, length).

    Raises:
        InputError: there are fewer entries.
    """
    edges = encoded.adjacency.astype(np.float32)
    operations = encoded.operations[:, :, 2:].astype(np.float32)
    count, vertices, kinds = operations.shape
    entries = sum(kinds**steps for steps in range(vertices - 1))
    if not 1 <= length <= entries:
        raise InputError(f"paths must be 1 to {entries}, got {length}")
    # For every sequence of operations: the vertices at which a walk along it from the input can be.
    reached = np.zeros((count, 1, vertices), dtype=np.float32)
    reached[:, 0, 0] = 1
    blocks, found = [], 0
    while found < length:
        stepped = np.minimum(reached @ edges, 1)
        blocks.append(stepped[:, :, -1])
        found += blocks[-1].shape[1]
        longer = stepped[:, :, None] * operations.swapaxes(1, 2)[:, None]
        reached = longer.reshape(count, stepped.shape[1] * kinds, vertices)
    return np.concatenate(blocks, axis=1)[:, :length]
