"""Cells that other packages describe: specs of other classes, and pairs of matrix and operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Union

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.spec import ModelSpec

AnySpec = Union[ModelSpec, "tuple[Any, Sequence[str]]", Any]
"""A `ModelSpec`, a spec of another package with the original's attributes, or a (matrix, ops) pair."""


def as_spec(spec: AnySpec) -> ModelSpec:
    """Return a `ModelSpec` for a cell that is described in another way.

    Args:
        spec: a `ModelSpec`; an object with `original_matrix` and `original_ops`, or with `matrix` and `ops`, such as
            the original's and 1.3.1's specs; or a (matrix, ops) pair.

    Raises:
        InputError: it is none of these, or the cell is malformed.
    """
    if isinstance(spec, ModelSpec):
        return spec
    for matrix, ops in (("original_matrix", "original_ops"), ("matrix", "ops")):
        if hasattr(spec, matrix) and hasattr(spec, ops):
            return ModelSpec(getattr(spec, matrix), list(getattr(spec, ops)))
    if isinstance(spec, tuple | list) and len(spec) == 2:
        return ModelSpec(*spec)
    raise InputError(f"a cell is a ModelSpec or a (matrix, ops) pair, got {type(spec).__name__}")
