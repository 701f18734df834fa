"""What a notebook shows of a search space: its size by vertices and edges, and some of its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nasbench_pytorch.markup import Markup, element, facts_markup, table_markup
from nasbench_pytorch.space.drawing import cell_cards

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace

_DRAWN = 4


def space_overview(space: SearchSpace) -> Markup:
    """Return bounds, a table of the numbers of cells, and a few cells, evenly spread over the hashes."""
    bounds, columns = space.bounds, space.columns
    facts = {
        "cells": f"{len(space):,}{'' if space.complete else ', a subset'}",
        "bounds": f"at most {bounds.max_vertices} vertices and {bounds.max_edges} edges",
        "operations": ", ".join(bounds.operations),
    }
    counts: dict[tuple[int, int], int] = {}
    pairs = np.stack([columns.vertices, columns.edges], axis=1)
    for pair, count in zip(*np.unique(pairs, axis=0, return_counts=True), strict=True):
        counts[int(pair[0]), int(pair[1])] = int(count)
    edges = sorted({pair[1] for pair in counts})
    rows = [
        [vertices, *(f"{counts[vertices, edge]:,}" if (vertices, edge) in counts else "" for edge in edges)]
        for vertices in sorted({pair[0] for pair in counts})
    ]
    headings = ["vertices", *(f"{edge} edge{'' if edge == 1 else 's'}" for edge in edges)]
    table = table_markup(headings, rows, caption="Cells by vertices and edges") if rows else None
    shown = np.unique(np.linspace(0, len(space) - 1, _DRAWN).round().astype(int)).tolist() if len(space) else []
    cells = cell_cards([(space[row], (element("code", space.hash_at(row)[:8]),)) for row in shown])
    return element("div", facts_markup(facts), table, cells if shown else None)
