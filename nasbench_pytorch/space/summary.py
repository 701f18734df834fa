"""What is in a space, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@dataclass(frozen=True)
class SpaceSummary:
    """Counts and quantiles of a space.

    Attributes:
        cells: how many there are.
        by_vertices: cells by their number of vertices.
        by_edges: cells by their number of edges.
        by_operation: for each operation the number of cells in which it occurs 0, 1, 2, … times.
        parameters: `QUANTILES` of the trainable parameters; an actual cell's value each. Empty where there is no cell.
        flops: the same of the FLOPs for one image.
    """

    cells: int
    by_vertices: dict[int, int]
    by_edges: dict[int, int]
    by_operation: dict[str, list[int]]
    parameters: list[int]
    flops: list[int]


def summarise(space: SearchSpace) -> SpaceSummary:
    """Count the cells of a space."""
    columns = space.columns
    occurrences = {
        name: np.bincount((columns.operations == label).sum(axis=1), minlength=space.bounds.max_vertices - 1).tolist()
        for label, name in enumerate(space.bounds.operations)
    }
    return SpaceSummary(
        cells=len(space),
        by_vertices=_counted(columns.vertices),
        by_edges=_counted(columns.edges),
        by_operation=occurrences,
        parameters=_quantiles(columns.trainable_parameters),
        flops=_quantiles(columns.flops),
    )


def _counted(values: np.typing.NDArray[np.uint8]) -> dict[int, int]:
    numbers, counts = np.unique(values, return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _quantiles(values: np.typing.NDArray[np.int64]) -> list[int]:
    if not len(values):
        return []
    quantiles: list[int] = np.quantile(values, QUANTILES, method="inverted_cdf").tolist()
    return quantiles
