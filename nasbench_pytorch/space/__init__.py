"""What a cell is, and all cells there are: description, hash, channels, cost, search space. Loads no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nasbench_pytorch.space.channels import compute_vertex_channels
from nasbench_pytorch.space.cost import count_flops, count_parameters
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS, OPERATION_COSTS
from nasbench_pytorch.space.presets import NAMED_CELLS, NamedCell, named_cell
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.space.spec import ModelSpec

if TYPE_CHECKING:
    from nasbench_pytorch.space.batch_specs import hash_specs
    from nasbench_pytorch.space.bounds import SpaceBounds
    from nasbench_pytorch.space.enumeration import enumerate_cells
    from nasbench_pytorch.space.lookup import cell_by_hash
    from nasbench_pytorch.space.search_space import SearchSpace

_LAZY = {
    "SearchSpace": "search_space",
    "SpaceBounds": "bounds",
    "cell_by_hash": "lookup",
    "enumerate_cells": "enumeration",
    "hash_specs": "batch_specs",
}
"""Name → its module here, imported when the name is first asked for: who describes one cell needs none of them."""

__all__ = [
    "CANONICAL_OPERATIONS",
    "NAMED_CELLS",
    "NASBENCH101_SKELETON",
    "OPERATION_COSTS",
    "ModelSpec",
    "NamedCell",
    "SearchSpace",
    "Skeleton",
    "SpaceBounds",
    "cell_by_hash",
    "compute_vertex_channels",
    "count_flops",
    "count_parameters",
    "enumerate_cells",
    "hash_specs",
    "named_cell",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    import importlib

    value = getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
