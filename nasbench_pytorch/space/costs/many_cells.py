"""Parameters and FLOPs of many cells at once: the numbers of `one_cell`, from one table per matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.costs.one_cell import IMAGE_SIZE
from nasbench_pytorch.space.operations import OPERATION_COSTS, OperationCost, conv_bn_parameters, conv_flops
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton

Integers = npt.NDArray[np.int64]


@dataclass
class CostTable:
    """Cost of each matrix's networks, split into a fixed part and the part of each operation.

    Attributes:
        fixed: shape (S,): stem, projections and classifier.
        per_operation: shape (S, V-2, K): cost of operation k at an interior vertex.
    """

    fixed: Integers
    per_operation: Integers

    def costs(self, matrix: Integers, operations: npt.NDArray[np.uint8]) -> Integers:
        """Return the cost of N cells from their matrices' numbers, shape (N,), and operations, shape (N, V-2)."""
        total = self.fixed[matrix]
        for vertex in range(self.per_operation.shape[1]):
            total += self.per_operation[matrix, vertex, operations[:, vertex]]
        return total


class CostTables(NamedTuple):
    """Tables of trainable parameters, and of the FLOPs of a forward pass for one image of 32×32."""

    parameters: CostTable
    flops: CostTable


def cost_tables(
    matrices: npt.NDArray[np.int8], operations: Sequence[str], skeleton: Skeleton = NASBENCH101_SKELETON
) -> CostTables:
    """Return the tables of parameters and FLOPs.

    Args:
        matrices: shape (S, V, V).
        operations: K names.
        skeleton: the network around the cells, at least as wide as any of them needs.
    """
    count, vertices = matrices.shape[:2]
    tables = CostTables(*(_empty(count, vertices, len(operations)) for _ in range(2)))
    _add_stem_and_classifier(tables, skeleton)
    modules = Counter((module.stack, module.in_channels, module.out_channels) for module in skeleton.modules())
    for (stack, in_channels, out_channels), copies in modules.items():
        pixels = (-(-IMAGE_SIZE >> stack)) ** 2
        channels = vertex_channels(in_channels, out_channels, matrices)
        projected: Integers = channels * (matrices[:, 0] != 0)
        tables.parameters.fixed += copies * conv_bn_parameters(in_channels, projected, 1).sum(axis=1)
        tables.flops.fixed += copies * conv_flops(in_channels, projected, 1, pixels).sum(axis=1)
        for index, name in enumerate(operations):
            parameters, flops = _operation_costs(OPERATION_COSTS[name], channels[:, 1:-1], pixels)
            tables.parameters.per_operation[:, :, index] += copies * parameters
            tables.flops.per_operation[:, :, index] += copies * flops
    return tables


def vertex_channels(in_channels: int, out_channels: int, matrices: npt.NDArray[np.int8]) -> Integers:
    """Return `channels.compute_vertex_channels` of many matrices of one size: shape (S, V, V) → (S, V)."""
    last = matrices.shape[1] - 1
    channels = np.zeros(matrices.shape[:2], dtype=np.int64)
    channels[:, 0], channels[:, last] = in_channels, out_channels
    feeding = matrices[:, 1:last, last] != 0
    share, remainder = np.divmod(out_channels, np.maximum(feeding.sum(axis=1), 1))
    extra = np.cumsum(feeding, axis=1) <= remainder[:, None]
    channels[:, 1:last] = np.where(feeding, share[:, None] + extra, 0)
    for vertex in range(last - 1, 0, -1):
        widest = (channels[:, vertex + 1 : last] * matrices[:, vertex, vertex + 1 : last]).max(axis=1, initial=0)
        channels[:, vertex] = np.where(feeding[:, vertex - 1], channels[:, vertex], widest)
    return channels


def _empty(count: int, vertices: int, operations: int) -> CostTable:
    return CostTable(
        fixed=np.zeros(count, dtype=np.int64),
        per_operation=np.zeros((count, vertices - 2, operations), dtype=np.int64),
    )


def _add_stem_and_classifier(tables: CostTables, skeleton: Skeleton) -> None:
    tables.parameters.fixed += conv_bn_parameters(skeleton.in_channels, skeleton.stem_out_channels, 3)
    tables.parameters.fixed += (skeleton.out_channels + 1) * skeleton.num_labels
    tables.flops.fixed += conv_flops(skeleton.in_channels, skeleton.stem_out_channels, 3, IMAGE_SIZE * IMAGE_SIZE)
    tables.flops.fixed += 2 * skeleton.out_channels * skeleton.num_labels


def _operation_costs(cost: OperationCost, channels: Integers, pixels: int) -> tuple[Integers, Integers]:
    """Return the parameters and FLOPs of an operation, both of the shape of `channels`."""
    return _by_channels(cost.parameters, channels), _by_channels(lambda width: cost.flops(width, pixels), channels)


def _by_channels(cost: Callable[[int], int], channels: Integers) -> Integers:
    """Return `cost` of every entry; `cost` is called with plain integers, once per distinct number of channels."""
    widths, positions = np.unique(channels, return_inverse=True)
    values = np.array([cost(int(width)) for width in widths], dtype=np.int64)
    return values[positions].reshape(channels.shape)
