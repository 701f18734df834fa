"""Cells as the arrays that predictors read, computed once for several of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors.encoding.features import cell_features, channel_shares
from nasbench_pytorch.space import SpaceBounds
from nasbench_pytorch.space.encodings import NASBENCH101_BOUNDS, graph_tensors
from nasbench_pytorch.space.search_space import SearchSpace
from nasbench_pytorch.space.spec import ModelSpec


@dataclass(frozen=True)
class EncodedCells:
    """N cells of at most V vertices and K operations.

    Attributes:
        adjacency: uint8, shape (N, V, V), as `graph_tensors` gives it.
        operations: uint8, shape (N, V, K + 2), as `graph_tensors` gives it.
        channels: float32, shape (N, V): channels of each vertex divided by those of the module's output.
        features: float32, shape (N, F): `cell_features`, and after them the columns that were added.
        bounds: of the space.
        extra: names of the columns that were added.
    """

    adjacency: npt.NDArray[np.uint8]
    operations: npt.NDArray[np.uint8]
    channels: npt.NDArray[np.float32]
    features: npt.NDArray[np.float32]
    bounds: SpaceBounds = NASBENCH101_BOUNDS
    extra: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.adjacency)

    def take(self, rows: npt.NDArray[np.int64] | slice) -> EncodedCells:
        """Some of the cells, by position."""
        arrays = (self.adjacency[rows], self.operations[rows], self.channels[rows], self.features[rows])
        return EncodedCells(*arrays, self.bounds, self.extra)

    def with_columns(self, columns: Mapping[str, npt.ArrayLike]) -> EncodedCells:
        """Return the same cells with more features, such as zero-cost proxies or a path encoding.

        Args:
            columns: name → one number a cell, shape (N,).

        Raises:
            InputError: a column has another length, holds NaN or infinity, or there is one of its name.
        """
        added = [self._checked_column(name, values) for name, values in columns.items()]
        features = np.column_stack([self.features, *added]).astype(np.float32)
        return dataclasses.replace(self, features=features, extra=(*self.extra, *columns))

    def _checked_column(self, name: str, values: npt.ArrayLike) -> npt.NDArray[np.float32]:
        try:
            with np.errstate(over="ignore"):
                column = np.asarray(values).astype(np.float32)
        except (TypeError, ValueError):
            raise InputError(f"column '{name}' is not of numbers") from None
        if name in self.extra:
            raise InputError(f"these cells have a column '{name}' already")
        if column.shape != (len(self),):
            raise InputError(f"column '{name}' has shape {column.shape}; give one number a cell, shape ({len(self)},)")
        if unusable := int((~np.isfinite(column)).sum()):
            raise InputError(
                f"column '{name}' is NaN or infinite (or beyond 3e38) for {unusable:,} of {len(self):,} cells; leave "
                "out the column or those cells"
            )
        return column


def encode_cells(
    cells: EncodedCells | SearchSpace | Iterable[ModelSpec], bounds: SpaceBounds = NASBENCH101_BOUNDS
) -> EncodedCells:
    """Encode N cells; cells that are encoded already are returned as they are.

    Args:
        cells: a space, or specs.
        bounds: of the space that the specs belong to; unused where `cells` is a space.

    Raises:
        InputError: a cell is invalid or not within the bounds.
    """
    if isinstance(cells, EncodedCells):
        return cells
    if isinstance(cells, SearchSpace):
        return encode_tensors(*graph_tensors(cells), cells.bounds)
    specs = _checked_specs(cells, bounds)
    return encode_tensors(*graph_tensors(specs, bounds), bounds)


def encode_tensors(
    adjacency: npt.NDArray[np.uint8], operations: npt.NDArray[np.uint8], bounds: SpaceBounds
) -> EncodedCells:
    """Encode N cells that are given as `graph_tensors` gives them."""
    features = cell_features(adjacency, operations, bounds.operations)
    return EncodedCells(adjacency, operations, channel_shares(adjacency), features, bounds)


def encode_rows(space: SearchSpace, rows: npt.NDArray[np.int64]) -> EncodedCells:
    """Encode the cells in some rows of a space, in the order of the rows."""
    distinct, position = np.unique(rows, return_inverse=True)
    encoded = encode_cells(space.subset(distinct))
    return encoded if np.array_equal(distinct, rows) else encoded.take(position)


def _checked_specs(cells: Iterable[ModelSpec], bounds: SpaceBounds) -> list[ModelSpec]:
    if not isinstance(cells, Iterable) or isinstance(cells, str | bytes):
        raise InputError(f"cells are a space, encoded cells or ModelSpecs, got {type(cells).__name__}")
    specs = list(cells)
    for position, spec in enumerate(specs):
        if not isinstance(spec, ModelSpec):
            raise InputError(f"cell {position} is a {type(spec).__name__}; give ModelSpecs (cell_by_hash finds them)")
        edges = sum(row.bit_count() for row in spec.pruned().rows)
        if edges > bounds.max_edges:
            raise InputError(f"cell {position} has {edges} edges; the bounds allow {bounds.max_edges}")
    return specs
