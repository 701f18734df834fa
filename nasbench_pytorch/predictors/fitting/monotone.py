"""A strictly increasing curve through the mean of the values at each score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class MonotoneCurve:
    """Piecewise linear and strictly increasing, so that it changes no order; straight on beyond both ends.

    Attributes:
        inputs: ascending, at least two.
        outputs: ascending.
    """

    inputs: Floats
    outputs: Floats

    @classmethod
    def through_means(cls, scores: Floats, values: Floats, points: int = 100) -> MonotoneCurve:
        """The expected value at each score: means of groups of neighbours in score, made monotone.

        Args:
            scores: predictions of N cells that were not learnt from.
            values: what was measured of them.
            points: groups, of equal size.
        """
        order = np.argsort(scores, kind="stable")
        groups = np.array_split(order, max(2, min(points, len(order) // 5)))
        inputs = np.array([scores[group].mean() for group in groups])
        outputs = _pool_adjacent_violators(np.array([values[group].mean() for group in groups]))
        return cls(*_strictly_increasing(inputs, outputs))

    def __call__(self, scores: Floats) -> Floats:
        """Values of scores, same shape."""
        inside = np.interp(scores, self.inputs, self.outputs)
        first, last = (np.diff(self.outputs[e]) / np.diff(self.inputs[e]) for e in (slice(0, 2), slice(-2, None)))
        below, above = np.minimum(scores - self.inputs[0], 0), np.maximum(scores - self.inputs[-1], 0)
        return np.asarray(inside + first * below + last * above)


def _pool_adjacent_violators(values: Floats) -> Floats:
    """The nearest non-decreasing sequence, by least squares."""
    means: list[float] = []
    sizes: list[int] = []
    for value in values.tolist():
        means.append(value)
        sizes.append(1)
        while len(means) > 1 and means[-2] > means[-1]:
            size = sizes[-2] + sizes[-1]
            means[-2:] = [(means[-2] * sizes[-2] + means[-1] * sizes[-1]) / size]
            sizes[-2:] = [size]
    return np.repeat(means, sizes)


def _strictly_increasing(inputs: Floats, outputs: Floats) -> tuple[Floats, Floats]:
    """Points with distinct inputs, flat stretches tilted by a billionth of the range a point."""
    inputs, first = np.unique(inputs, return_index=True)
    outputs = outputs[first]
    if len(inputs) < 2:
        return np.array([inputs[0], inputs[0] + 1]), np.array([outputs[0], outputs[0] + 1e-9])
    tilt = max(float(np.ptp(outputs)), 1e-6) * 1e-6
    return inputs, outputs + tilt * np.arange(len(inputs)) / len(inputs)
