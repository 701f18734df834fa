from __future__ import annotations

from typing import Any

import pytest

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import SpaceBounds, enumerate_cells
from nasbench_pytorch.space.enumeration.bounds import count_labelled


def test_labelled_graphs_are_counted_without_looking_at_them(golden: dict[str, Any]) -> None:
    for vertices, count in golden["labelled_cumulative_by_vertices"].items():
        assert count_labelled(SpaceBounds(max_vertices=int(vertices))) == count


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"max_vertices": 1}, "max_vertices must be 2 to 10, got 1"),
        ({"max_vertices": 11}, "max_vertices must be 2 to 10, got 11"),
        ({"max_edges": 0}, "max_edges must be at least 1, got 0"),
        ({"operations": ()}, "1 to 250 names, got 0"),
        ({"operations": ("maxpool3x3", "maxpool3x3")}, "given more than once: maxpool3x3"),
        ({"operations": ("input",)}, "is reserved for the input and output vertices"),
        ({"operations": ("conv9x9",)}, "unknown operation 'conv9x9'"),
        ({"max_vertices": 10, "max_edges": 20}, r"at least [\d,]+ cells and needs at least [\d,.]+ GiB"),
    ],
)
def test_bounds_that_cannot_be_used_are_refused(bounds: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        enumerate_cells(**bounds)


def test_a_space_larger_than_the_memory_is_refused_with_its_exact_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nasbench_pytorch.space.enumeration.bounds.available_memory_bytes", lambda: 50 << 20)
    with pytest.raises(InputError, match=r"is 423,624 cells and needs 0\.1 GiB"):
        enumerate_cells(cache=False)
