"""Cells of a space that meet a filter such as `vertices<=4 and maxpool3x3==0`; `filtering` has the grammar."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.filtering.filter_language import Mask, parse_where

if TYPE_CHECKING:
    from nasbench_pytorch.space.enumeration.cell_columns import Columns
    from nasbench_pytorch.space.search_space import SearchSpace


class SpaceFields(Mapping[str, npt.NDArray[Any]]):
    """Fields of a filter as arrays of shape (N,), each computed when it is read.

    The fields are `vertices`, `edges`, `parameters`, `flops`, and the number of occurrences of each operation under
    its name.
    """

    def __init__(self, space: SearchSpace) -> None:
        columns = space.columns
        self._fields: dict[str, Callable[[], npt.NDArray[Any]]] = {
            "vertices": lambda: columns.vertices,
            "edges": lambda: columns.edges,
            "parameters": lambda: columns.trainable_parameters,
            "flops": lambda: columns.flops,
        }
        for label, name in enumerate(space.bounds.operations):
            self._fields[name] = functools.partial(_occurrences, columns, label)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._fields[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def _occurrences(columns: Columns, label: int) -> npt.NDArray[np.uint8]:
    counts: npt.NDArray[np.uint8] = (columns.operations == label).sum(axis=1, dtype=np.uint8)
    return counts


def mask_where(space: SearchSpace, condition: str) -> Mask:
    """Return which cells of `space` meet a condition, as a mask of shape (N,).

    Raises:
        InputError: the condition cannot be parsed; the message gives the position.
    """
    fields = SpaceFields(space)
    return parse_where(condition, list(fields)).mask(fields)


def select_where(space: SearchSpace, condition: str) -> SearchSpace:
    """Return the subset of the cells that meet a condition.

    Raises:
        InputError: the condition cannot be parsed; the message gives the position.
    """
    return space.subset(mask_where(space, condition))
