"""Parameters and FLOPs of many cells at once; the same numbers as `cost`, from one table per structure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.costs.one_cell import IMAGE_SIZE
from nasbench_pytorch.space.operations import OPERATION_COSTS, conv_bn_parameters, conv_flops
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton

Integers = npt.NDArray[np.int64]


@dataclass
class CostTable:
    """Cost of each structure's networks, split into what the operations do not change and what they add.

    Attributes:
        fixed: shape (S,): stem, projections and classifier.
        per_operation: shape (S, V-2, K): what operation k at an interior vertex adds.
    """

    fixed: Integers
    per_operation: Integers

    def costs(self, structure: Integers, operations: npt.NDArray[np.uint8]) -> Integers:
        """Cost of N cells from their structures, shape (N,), and their operations, shape (N, V-2)."""
        total = self.fixed[structure]
        for vertex in range(self.per_operation.shape[1]):
            total += self.per_operation[structure, vertex, operations[:, vertex]]
        return total


def cost_tables(
    matrices: npt.NDArray[np.int8], operations: Sequence[str], skeleton: Skeleton = NASBENCH101_SKELETON
) -> tuple[CostTable, CostTable]:
    """Tables of parameters and of FLOPs (one image of 32×32).

    Args:
        matrices: shape (S, V, V).
        operations: K names.
        skeleton: the network around the cells, at least as wide as any of them needs.
    """
    structures, vertices = matrices.shape[:2]
    pixels = IMAGE_SIZE * IMAGE_SIZE
    parameters, flops = (_empty(structures, vertices, len(operations)) for _ in range(2))
    parameters.fixed += conv_bn_parameters(skeleton.in_channels, skeleton.stem_out_channels, 3)
    parameters.fixed += (skeleton.out_channels + 1) * skeleton.num_labels
    flops.fixed += conv_flops(skeleton.in_channels, skeleton.stem_out_channels, 3, pixels)
    flops.fixed += 2 * skeleton.out_channels * skeleton.num_labels
    modules = Counter((stack, ins, outs) for stack, _, ins, outs in skeleton.modules())
    for (stack, in_channels, out_channels), copies in modules.items():
        module_pixels = (-(-IMAGE_SIZE >> stack)) ** 2
        channels = vertex_channels(in_channels, out_channels, matrices)
        projected = channels * (matrices[:, 0] != 0)
        parameters.fixed += copies * conv_bn_parameters(in_channels, projected, 1).sum(axis=1)  # type: ignore[attr-defined]
        flops.fixed += copies * conv_flops(in_channels, projected, 1, module_pixels).sum(axis=1)  # type: ignore[attr-defined]
        for index, name in enumerate(operations):
            cost = OPERATION_COSTS[name]
            interior = channels[:, 1:-1]
            parameters.per_operation[:, :, index] += copies * _by_channels(cost.parameters, interior)
            flops.per_operation[:, :, index] += copies * _by_channels(
                lambda width, cost=cost, pixels=module_pixels: cost.flops(width, pixels),  # type: ignore[misc]
                interior,
            )
    return parameters, flops


def vertex_channels(in_channels: int, out_channels: int, matrices: npt.NDArray[np.int8]) -> Integers:
    """`channels.compute_vertex_channels` of many matrices of one size: shape (S, V, V) → (S, V)."""
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


def _empty(structures: int, vertices: int, operations: int) -> CostTable:
    return CostTable(
        fixed=np.zeros(structures, dtype=np.int64),
        per_operation=np.zeros((structures, vertices - 2, operations), dtype=np.int64),
    )


def _by_channels(cost: Callable[[int], int], channels: Integers) -> Integers:
    """`cost` of every entry, called with plain integers and once for each number of channels that occurs."""
    widths, positions = np.unique(channels, return_inverse=True)
    values = np.array([cost(int(width)) for width in widths], dtype=np.int64)
    return values[positions].reshape(channels.shape)
