"""Distances from the golden numbers and their limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tests.golden.goldens import Array


@dataclass(frozen=True)
class Error:
    """A measured distance; `name` says what was compared."""

    name: str
    value: float
    limit: float


def assert_within(errors: Iterable[Error]) -> None:
    """Fail with a table of the errors above their limit; NaN counts as above."""
    errors = list(errors)
    assert errors, "nothing was compared"
    outside = sorted((e for e in errors if not e.value <= e.limit), key=lambda e: e.limit - e.value)
    table = "\n".join(f"{e.name}: {e.value:.3g} > {e.limit:.3g}" for e in outside[:12])
    assert not outside, f"{len(outside)} of {len(errors)} comparisons fail; the worst:\n{table}"


def norm_of(array: Array) -> float:
    """Compute the L2 norm without numpy.linalg, whose threads are slow while other tests use the cores."""
    return float(np.sqrt((array * array).sum()))


def array_error(name: str, ours: Array | float, golden: Array | float, limit: float) -> Error:
    """Compute ‖ours - golden‖ / ‖golden‖; only equality passes if the reference is all zeros."""
    difference = norm_of(np.asarray(ours, dtype=np.float64) - golden)
    norm = norm_of(np.asarray(golden, dtype=np.float64))
    return Error(name, 0.0 if difference == 0 else difference / norm if norm else np.inf, limit)


def digest(array: Array) -> Array:
    """Compute [L2 norm, sum, dot with cos(1..n), first 8 values] in C order; small arrays give shorter rows."""
    flat = np.ravel(array).astype(np.float64)
    return np.array([norm_of(flat), flat.sum(), (flat * np.cos(np.arange(1, flat.size + 1))).sum(), *flat[:8]])


def digest_errors(what: str, ours: Mapping[str, Array], golden: Array, limit: float) -> list[Error]:
    """Compute one error per variable: the largest difference in its digest row over the reference's norm.

    The sum and the dot product have one term per element, so their rounding may grow with the square root of the size.
    """
    assert len(ours) == len(golden), f"{len(ours)} variables, {len(golden)} golden rows"
    result = []
    for (name, array), row in zip(ours.items(), golden, strict=True):
        our_row = digest(array)
        difference = np.abs(our_row - row[: our_row.size])
        difference[1:3] /= np.sqrt(array.size)
        value = 0.0 if not difference.any() else float(difference.max() / row[0]) if row[0] else np.inf
        result.append(Error(f"{what} of {name}", value, limit))
    return result
