"""Exact trainable-parameter counts and FLOPs of a cell's network, from the spec alone."""

from __future__ import annotations

from collections.abc import Iterator

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.operations import OPERATION_COSTS, OperationCost, conv_bn_parameters, conv_flops
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.space.spec import ModelSpec, unknown_operation

IMAGE_SIZE = 32
"""Height and width in pixels of the images of NAS-Bench-101."""

TRAINING_FLOPS = 3
"""FLOPs of forward and backward pass together, in forward passes: the backward pass makes two products, one for the
gradient of the input and one for that of the kernel, where the forward pass makes one."""


def count_parameters(spec: ModelSpec, skeleton: Skeleton = NASBENCH101_SKELETON) -> int:
    """Trainable parameters of the network: kernels, BN scales and offsets, dense kernel and bias.

    Raises:
        InputError: the cell is invalid, has an unknown operation or is too wide for the skeleton.
    """
    operations = _operation_costs(spec)
    total = conv_bn_parameters(skeleton.in_channels, skeleton.stem_out_channels, 3)
    for _, _, in_channels, out_channels in skeleton.modules():
        channels = compute_vertex_channels(in_channels, out_channels, spec.matrix)  # type: ignore[arg-type]
        total += sum(conv_bn_parameters(in_channels, channels[v], 1) for v in _projected(spec))
        total += sum(cost.parameters(channels[v]) for v, cost in operations.items())
    return total + (skeleton.out_channels + 1) * skeleton.num_labels


def count_flops(spec: ModelSpec, skeleton: Skeleton = NASBENCH101_SKELETON, image_size: int = IMAGE_SIZE) -> int:
    """FLOPs of the network for one image, forward: multiply-adds × 2 of the convolutions and the dense layer.

    Batch norm, ReLU, pooling and additions are not counted. A training step costs about three times as much.

    Args:
        image_size: height and width of the image in pixels.

    Raises:
        InputError: the cell is invalid, has an unknown operation or is too wide for the skeleton.
    """
    operations = _operation_costs(spec)
    total = conv_flops(skeleton.in_channels, skeleton.stem_out_channels, 3, image_size * image_size)
    for stack, _, in_channels, out_channels in skeleton.modules():
        side = -(-image_size >> stack)
        pixels = side * side
        channels = compute_vertex_channels(in_channels, out_channels, spec.matrix)  # type: ignore[arg-type]
        total += sum(conv_flops(in_channels, channels[v], 1, pixels) for v in _projected(spec))
        total += sum(cost.flops(channels[v], pixels) for v, cost in operations.items())
    return total + 2 * skeleton.out_channels * skeleton.num_labels


def _operation_costs(spec: ModelSpec) -> dict[int, OperationCost]:
    """The cost of each interior vertex's operation."""
    if not spec.valid_spec or spec.ops is None:
        raise InputError("the output of this cell cannot be reached from its input; add a path between them")
    costs = {}
    for vertex in range(1, len(spec.ops) - 1):
        cost = OPERATION_COSTS.get(spec.ops[vertex])
        if cost is None:
            raise unknown_operation(spec.ops[vertex], vertex, list(OPERATION_COSTS))
        costs[vertex] = cost
    return costs


def _projected(spec: ModelSpec) -> Iterator[int]:
    """Vertices that the module's input enters, each through a projection of its own."""
    first_row = spec.adjacency_rows()[0]
    return (v for v in range(1, len(spec.adjacency_rows())) if first_row >> v & 1)
