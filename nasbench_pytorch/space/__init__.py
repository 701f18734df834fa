"""What a cell is, and all cells there are: description, hash, channels, cost, search space. Loads no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nasbench_pytorch.lazy import lazy_exports
from nasbench_pytorch.space.costs.channels import compute_vertex_channels
from nasbench_pytorch.space.costs.one_cell import count_flops, count_parameters
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS, OPERATION_COSTS
from nasbench_pytorch.space.presets import NAMED_CELLS, NamedCell, named_cell
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.space.spec import ModelSpec

if TYPE_CHECKING:
    from nasbench_pytorch.space.encodings import adjacency_one_hot, graph_tensors, operation_counts, path_encoding
    from nasbench_pytorch.space.enumerate import cell_by_hash, enumerate_cells
    from nasbench_pytorch.space.enumeration.bounds import SpaceBounds
    from nasbench_pytorch.space.filters import mask_where, select_where
    from nasbench_pytorch.space.mutation import crossover, mutate_notebook, mutate_one_edit
    from nasbench_pytorch.space.neighbourhood import neighbour_rows, neighbours
    from nasbench_pytorch.space.sampling import sample_distinct, sample_random_matrix, sample_uniform
    from nasbench_pytorch.space.search_space import SearchSpace
    from nasbench_pytorch.space.spec_hashes import hash_specs

_LAZY = {
    "SearchSpace": "search_space",
    "SpaceBounds": "enumeration.bounds",
    "adjacency_one_hot": "encodings",
    "cell_by_hash": "enumerate",
    "crossover": "mutation",
    "enumerate_cells": "enumerate",
    "graph_tensors": "encodings",
    "hash_specs": "spec_hashes",
    "mask_where": "filters",
    "mutate_notebook": "mutation",
    "mutate_one_edit": "mutation",
    "neighbour_rows": "neighbourhood",
    "neighbours": "neighbourhood",
    "operation_counts": "encodings",
    "path_encoding": "encodings",
    "sample_distinct": "sampling",
    "sample_random_matrix": "sampling",
    "sample_uniform": "sampling",
    "select_where": "filters",
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
    "adjacency_one_hot",
    "cell_by_hash",
    "compute_vertex_channels",
    "count_flops",
    "count_parameters",
    "crossover",
    "enumerate_cells",
    "graph_tensors",
    "hash_specs",
    "mask_where",
    "mutate_notebook",
    "mutate_one_edit",
    "named_cell",
    "neighbour_rows",
    "neighbours",
    "operation_counts",
    "path_encoding",
    "sample_distinct",
    "sample_random_matrix",
    "sample_uniform",
    "select_where",
]


__getattr__ = lazy_exports(__name__, _LAZY)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
