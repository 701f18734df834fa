"""The graph of a cell as the page draws it: matrix, operations, channels of every vertex."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.costs.one_cell import count_flops

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.space.spec import ModelSpec


def describe_graph(spec: ModelSpec, skeleton: Skeleton) -> dict[str, Any]:
    """Return a valid cell's pruned graph, the channels of its vertices in the first module, and its FLOPs.

    Channels and FLOPs are None where the skeleton is too narrow for the cell, or an operation's cost is unknown.
    """
    cell = spec.pruned()
    first = next(skeleton.modules())
    try:
        channels = compute_vertex_channels(first.in_channels, first.out_channels, cell.matrix)
    except InputError:
        channels = None
    try:
        flops = count_flops(spec, skeleton)
    except InputError:
        flops = None
    return {"matrix": cell.matrix.tolist(), "ops": list(cell.ops), "channels": channels, "flops": flops}
