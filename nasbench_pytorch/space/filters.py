"""Cells of a space that meet a filter such as `vertices<=4 and maxpool3x3==0`; the grammar is in `where`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space.filter_language import Mask, parse_where

if TYPE_CHECKING:
    from nasbench_pytorch.space.search_space import SearchSpace


class SpaceFields(Mapping[str, npt.NDArray[Any]]):
    """The fields that a filter may name, as arrays of shape (N,), each computed when asked for.

    `vertices`, `edges`, `parameters`, `flops`, and under each operation's name how often it occurs.
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
            self._fields[name] = lambda label=label: (columns.operations == label).sum(axis=1, dtype=np.uint8)  # type: ignore[misc]

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        return self._fields[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def mask_where(space: SearchSpace, condition: str) -> Mask:
    """Which cells of `space` meet a condition; shape (N,).

    Raises:
        InputError: the condition cannot be read; says where.
    """
    fields = SpaceFields(space)
    return parse_where(condition, list(fields)).mask(fields)


def select_where(space: SearchSpace, condition: str) -> SearchSpace:
    """The subset of the cells that meet a condition.

    Raises:
        InputError: the condition cannot be read; says where.
    """
    return space.subset(mask_where(space, condition))
