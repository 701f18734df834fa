"""A Gaussian process with a Matérn kernel, whose length scales are one for each group of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_solve, cholesky, lapack
from scipy.optimize import minimize

from nasbench_pytorch.errors import InputError

Floats = npt.NDArray[np.float64]

_JITTER = 1e-6
_PRIOR_DEVIATION = 2.0
_START_VARIANCE, _START_WEIGHT, _START_NOISE = 0.0, -2.0, -1.5


@dataclass(frozen=True)
class MaternSettings:
    """Logarithms of what the marginal likelihood chooses.

    Attributes:
        variance: of the function.
        weights: one a group: the inverse square of its length scale.
        noise: variance of what is measured around the function.
    """

    variance: float
    weights: Floats
    noise: float

    @classmethod
    def most_likely(cls, groups: Sequence[Floats], targets: Floats, iterations: int) -> MaternSettings:
        """Return the settings of greatest posterior density, with a broad normal prior on each logarithm.

        Args:
            groups: standardised columns of N cells, one array of shape (N, columns) a group.
            targets: shape (N,), about standard normal.
            iterations: of L-BFGS.
        """
        start = np.array([_START_VARIANCE, *[_START_WEIGHT] * len(groups), _START_NOISE])
        distances = [squared_distances(columns, columns) for columns in groups]
        found = minimize(
            _loss, start, (start, distances, targets), "L-BFGS-B", jac=True, options={"maxiter": iterations}
        ).x
        return cls(float(found[0]), found[1:-1], float(found[-1]))

    def scaled(self, groups: Sequence[Floats]) -> Floats:
        """Return all columns beside each other, divided by their length scales, shape (N, columns)."""
        scales = np.exp(self.weights / 2).tolist()
        return np.concatenate([columns * scale for columns, scale in zip(groups, scales, strict=True)], axis=1)

    def kernel(self, one: Floats, other: Floats) -> Floats:
        """Return covariances of the function between scaled cells, shape (N, M)."""
        values, _ = _matern(squared_distances(one, other))
        covariances: Floats = np.exp(self.variance) * values
        return covariances


@dataclass(frozen=True)
class Posterior:
    """A Gaussian process that has learnt from N cells.

    Attributes:
        settings: of the kernel.
        scaled: the cells as `MaternSettings.scaled` gives them.
        weights: the inverse covariance times the targets, shape (N,).
        left_out: predictions of each cell from all others, shape (N,).
    """

    settings: MaternSettings
    scaled: Floats
    weights: Floats
    left_out: Floats

    @classmethod
    def fit(cls, settings: MaternSettings, groups: Sequence[Floats], targets: Floats) -> Posterior:
        """Learn from N cells.

        Raises:
            InputError: the covariance of the cells is not positive definite.
        """
        scaled = settings.scaled(groups)
        inverse_factor = _inverse_factor(settings, scaled)
        weights = inverse_factor.T @ (inverse_factor @ targets)
        # The prediction without a cell's own target has a closed form: Rasmussen and Williams, equation 5.12.
        left_out = targets - weights / (inverse_factor**2).sum(axis=0)
        return cls(settings, scaled, weights, left_out)

    def mean(self, scaled: Floats) -> Floats:
        """Return the mean of the function at M cells, shape (M,)."""
        mean: Floats = self.settings.kernel(scaled, self.scaled) @ self.weights
        return mean

    def deviation(self, scaled: Floats, most: int) -> Floats:
        """Return the standard deviation of the function at M cells, shape (M,), from at most so many learnt cells.

        Args:
            scaled: the M cells.
            most: with more learnt cells than this the deviation is that of the first ones alone, an upper bound.
        """
        known = self.scaled[:most]
        explained = self.settings.kernel(scaled, known) @ _inverse_factor(self.settings, known).T
        variance = np.exp(self.settings.variance) - (explained**2).sum(axis=1)
        deviation: Floats = np.sqrt(np.maximum(variance, 0.0))
        return deviation


def squared_distances(one: Floats, other: Floats) -> Floats:
    """Return squared Euclidean distances between rows, shape (N, columns) and (M, columns) → (N, M)."""
    norms = (one**2).sum(axis=1)[:, None] + (other**2).sum(axis=1)
    squared: Floats = np.maximum(norms - 2 * one @ other.T, 0.0)
    return squared


def _matern(squared: Floats) -> tuple[Floats, Floats]:
    """The Matérn 3/2 correlation at squared distances, and its derivative by the squared distance."""
    distance = np.sqrt(3 * squared)
    decay = np.exp(-distance)
    return (1 + distance) * decay, -1.5 * decay


def _inverse_factor(settings: MaternSettings, scaled: Floats) -> Floats:
    """The inverse of the lower Cholesky factor of the covariance of what is measured."""
    covariance = settings.kernel(scaled, scaled)
    covariance[np.diag_indices(len(covariance))] += np.exp(settings.noise) + _JITTER
    try:
        factor = cholesky(covariance, lower=True, overwrite_a=True)
    except np.linalg.LinAlgError:
        raise InputError(
            "the Gaussian process finds no covariance for these cells; their features or accuracies are of extreme size"
        ) from None
    inverse, _ = lapack.dtrtri(factor, lower=1, overwrite_c=1)
    return np.asarray(inverse)


def _loss(values: Floats, start: Floats, distances: Sequence[Floats], targets: Floats) -> tuple[float, Floats]:
    """The negative logarithm of the posterior density and its gradient, by the logarithms of the settings."""
    variance, weights, noise = np.exp(values[0]), np.exp(values[1:-1]), np.exp(values[-1])
    squared = sum((w * d for w, d in zip(weights, distances, strict=True)), np.zeros_like(distances[0]))
    correlation, slope = _matern(squared)
    covariance = variance * correlation
    covariance[np.diag_indices(len(targets))] += noise + _JITTER
    try:
        factor = cholesky(covariance, lower=True)
    except np.linalg.LinAlgError:
        return 1e10, np.zeros_like(values)
    solved = cho_solve((factor, True), targets)
    inverse = cho_solve((factor, True), np.eye(len(targets)))
    by_covariance = inverse - np.outer(solved, solved)
    by_square = by_covariance * (variance * slope)
    gradient = np.array(
        [
            (by_covariance * correlation).sum() * variance,
            *((by_square * d).sum() * w for w, d in zip(weights, distances, strict=True)),
            np.trace(by_covariance) * noise,
        ]
    )
    away = (values - start) / _PRIOR_DEVIATION
    loss = (targets @ solved + away @ away) / 2 + np.log(np.diag(factor)).sum()
    return float(loss), gradient / 2 + away / _PRIOR_DEVIATION
