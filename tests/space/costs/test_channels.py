"""Channels of the vertices, by the rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import ModelSpec, compute_vertex_channels
from tests.helpers.space_cells import as_graph, specs


@given(specs(valid=True), st.integers(6, 300), st.integers(6, 300))
def test_inputs_of_the_output_share_its_channels_and_widths_fall_towards_it(
    spec: ModelSpec, inside: int, outside: int
) -> None:
    channels = compute_vertex_channels(inside, outside, spec.pruned().matrix)
    graph = as_graph(spec.matrix)
    last = len(graph) - 1
    assert channels[0] == inside
    assert channels[last] == outside
    feeding = [v for v in sorted(graph.predecessors(last)) if v != 0]
    shares = [channels[v] for v in feeding]
    if feeding:
        assert sum(shares) == outside
        assert max(shares) - min(shares) <= 1
        assert shares == sorted(shares, reverse=True)  # the first ones get the remainder
    for vertex in range(1, last):
        if vertex not in feeding:
            assert channels[vertex] == max(channels[w] for w in graph.successors(vertex))
        # An interior sum truncates at most one channel.
        assert all(0 <= channels[vertex] - channels[w] <= 1 for w in graph.successors(vertex) if w != last)


def test_an_output_with_more_inputs_than_channels_is_refused() -> None:
    matrix = [[0, 1, 1, 1, 0], *[[0, 0, 0, 0, 1]] * 3, [0] * 5]
    message = "the output has 2 channels but 3 vertices feed it; use a wider stem"
    with pytest.raises(InputError, match=message):
        compute_vertex_channels(2, 2, matrix)
    assert compute_vertex_channels(2, 3, matrix) == [2, 1, 1, 1, 3]
