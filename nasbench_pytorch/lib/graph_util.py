"""Drop-in replacement for `nasbench.lib.graph_util`."""

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
