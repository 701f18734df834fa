from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given

from nasbench_pytorch.plots.cell_layout import lay_out_cell
from nasbench_pytorch.space import ModelSpec, named_cell
from tests.helpers.space_cells import specs


@given(specs(valid=True))
def test_a_layout_leads_down_and_keeps_its_distances(spec: ModelSpec) -> None:
    matrix = spec.pruned().matrix
    layout = lay_out_cell(matrix, vertex_gap=1.0, bend_gap=0.5, layer_gap=2.0)
    assert set(layout.routes) == {(int(u), int(w)) for u, w in np.argwhere(matrix)}
    for (source, target), route in layout.routes.items():
        assert route[0] == layout.centres[source]
        assert route[-1] == layout.centres[target]
        assert all(upper[1] - lower[1] == pytest.approx(2.0) for upper, lower in itertools.pairwise(route))
    points = [*layout.centres, *(point for route in layout.routes.values() for point in route[1:-1])]
    for (x, y), (other_x, other_y) in itertools.combinations(points, 2):
        assert y != other_y or abs(x - other_x) > 0.5 - 1e-6
    for (x, y), (other_x, other_y) in itertools.combinations(layout.centres, 2):
        assert y != other_y or abs(x - other_x) > 1.0 - 1e-6


def test_a_chain_is_a_straight_line() -> None:
    matrix = np.eye(5, k=1, dtype=np.int8)
    assert {x for x, _ in lay_out_cell(matrix, 1.0, 0.5, 1.0).centres} == {0.0}


def test_planar_cells_are_drawn_without_crossings() -> None:
    matrix = named_cell("inception").spec.pruned().matrix
    layout = lay_out_cell(matrix, 1.0, 0.5, 1.0)
    segments = [pair for route in layout.routes.values() for pair in itertools.pairwise(route)]
    for (a, b), (c, d) in itertools.combinations(segments, 2):
        if a[1] == c[1]:
            assert (a[0] - c[0]) * (b[0] - d[0]) >= 0
