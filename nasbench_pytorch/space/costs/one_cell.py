"""Exact trainable-parameter counts and FLOPs of a cell's network, from the spec alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.operation_checks import unknown_operation
from nasbench_pytorch.space.operations import OPERATION_COSTS, OperationCost, conv_bn_parameters, conv_flops
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton

if TYPE_CHECKING:
    from nasbench_pytorch.space.spec import ModelSpec, PrunedCell

IMAGE_SIZE = 32
"""Height and width in pixels of the images of NAS-Bench-101."""

TRAINING_FLOPS = 3
"""FLOPs of a forward and a backward pass together, in forward passes. Where the forward pass computes one product, the
backward pass computes two: the gradient of the input and the gradient of the kernel."""


def count_parameters(spec: ModelSpec, skeleton: Skeleton = NASBENCH101_SKELETON) -> int:
    """Count the trainable parameters of the network: kernels, BN scales and offsets, dense kernel and bias.

    Raises:
        InputError: the cell is invalid, has an unknown operation or is too wide for the skeleton.
    """
    cell = spec.pruned()
    operations = _operation_costs(cell)
    total = conv_bn_parameters(skeleton.in_channels, skeleton.stem_out_channels, 3)
    for _, _, in_channels, out_channels in skeleton.modules():
        channels = compute_vertex_channels(in_channels, out_channels, cell.matrix)
        total += sum(conv_bn_parameters(in_channels, channels[v], 1) for v in _projected(cell))
        total += sum(cost.parameters(channels[v]) for v, cost in operations.items())
    return total + (skeleton.out_channels + 1) * skeleton.num_labels


def count_flops(spec: ModelSpec, skeleton: Skeleton = NASBENCH101_SKELETON, image_size: int = IMAGE_SIZE) -> int:
    """Count the FLOPs of a forward pass for one image: multiply-adds × 2 of the convolutions and the dense layer.

    Batch norm, ReLU, pooling and additions are not counted. A training step costs about three times as much.

    Args:
        spec: the cell.
        skeleton: the network around the cell.
        image_size: height and width of the image in pixels.

    Raises:
        InputError: the cell is invalid, has an unknown operation or is too wide for the skeleton.
    """
    cell = spec.pruned()
    operations = _operation_costs(cell)
    total = conv_flops(skeleton.in_channels, skeleton.stem_out_channels, 3, image_size * image_size)
    for stack, _, in_channels, out_channels in skeleton.modules():
        side = -(-image_size >> stack)
        pixels = side * side
        channels = compute_vertex_channels(in_channels, out_channels, cell.matrix)
        total += sum(conv_flops(in_channels, channels[v], 1, pixels) for v in _projected(cell))
        total += sum(cost.flops(channels[v], pixels) for v, cost in operations.items())
    return total + 2 * skeleton.out_channels * skeleton.num_labels


def _operation_costs(cell: PrunedCell) -> dict[int, OperationCost]:
    """Return the cost of each interior vertex's operation."""
    costs = {}
    for vertex in range(1, len(cell.ops) - 1):
        cost = OPERATION_COSTS.get(cell.ops[vertex])
        if cost is None:
            raise unknown_operation(cell.ops[vertex], vertex, list(OPERATION_COSTS))
        costs[vertex] = cost
    return costs


def _projected(cell: PrunedCell) -> Iterator[int]:
    """Yield the vertices that the module's input enters; each has a projection."""
    return (v for v in range(1, len(cell.rows)) if cell.rows[0] >> v & 1)
