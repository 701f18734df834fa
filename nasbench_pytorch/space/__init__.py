"""What a cell is: its description, hash, channels and cost. Loads no torch."""

from nasbench_pytorch.space.channels import compute_vertex_channels
from nasbench_pytorch.space.cost import count_flops, count_parameters
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS, OPERATION_COSTS
from nasbench_pytorch.space.presets import NAMED_CELLS, NamedCell, named_cell
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.space.spec import ModelSpec

__all__ = [
    "CANONICAL_OPERATIONS",
    "NAMED_CELLS",
    "NASBENCH101_SKELETON",
    "OPERATION_COSTS",
    "ModelSpec",
    "NamedCell",
    "Skeleton",
    "compute_vertex_channels",
    "count_flops",
    "count_parameters",
    "named_cell",
]
