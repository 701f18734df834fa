"""The module `nasbench_pytorch.model.graph_util` of nasbench-pytorch 1.3.1."""

from __future__ import annotations

from nasbench_pytorch.space.graphs import (
    gen_is_edge_fn,
    hash_module,
    is_full_dag,
    is_isomorphic,
    num_edges,
    permute_graph,
)

__all__ = ["gen_is_edge_fn", "hash_module", "is_full_dag", "is_isomorphic", "num_edges", "permute_graph"]
