"""The graph of a cell as the page draws it: matrix, operations, channels of every vertex, costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.costs.one_cell import count_flops, count_parameters

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.space.spec import ModelSpec

T = TypeVar("T")


def describe_graph(spec: ModelSpec, skeleton: Skeleton) -> dict[str, Any]:
    """Return a cell's pruned graph, the channels of its vertices in the first module, its parameters and FLOPs.

    Channels and costs are None where the skeleton is too narrow for the cell, or an operation's cost is unknown.

    Raises:
        InputError: the input cannot reach the output.
    """
    cell = spec.pruned()
    first = next(skeleton.modules())
    return {
        "matrix": cell.matrix.tolist(),
        "ops": list(cell.ops),
        "channels": _or_none(lambda: compute_vertex_channels(first.in_channels, first.out_channels, cell.matrix)),
        "parameters": _or_none(lambda: count_parameters(spec, skeleton)),
        "flops": _or_none(lambda: count_flops(spec, skeleton)),
    }


def _or_none(count: Callable[[], T]) -> T | None:
    try:
        return count()
    except InputError:
        return None
