"""Counts and quantiles of a space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


@dataclass(frozen=True)
class SpaceSummary:
    """Counts and quantiles of a space.

    Attributes:
        cells: number of cells.
        by_vertices: number of vertices → number of cells.
        by_edges: number of edges → number of cells.
        by_operation: for each operation the numbers of cells in which it occurs 0, 1, 2, … times.
        parameters: `QUANTILES` of the trainable parameters, each the value of a cell. Empty for an empty space.
        flops: the same for the FLOPs of one image.
    """

    cells: int
    by_vertices: dict[int, int]
    by_edges: dict[int, int]
    by_operation: dict[str, list[int]]
    parameters: list[int]
    flops: list[int]


def summarise(space: SearchSpace) -> SpaceSummary:
    """Compute the counts and quantiles of a space."""
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


def _counted(values: npt.NDArray[np.uint8]) -> dict[int, int]:
    numbers, counts = np.unique(values, return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _quantiles(values: npt.NDArray[np.int64]) -> list[int]:
    if not len(values):
        return []
    quantiles: list[int] = np.quantile(values, QUANTILES, method="inverted_cdf").tolist()
    return quantiles
