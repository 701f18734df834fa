"""Acquisition functions: how promising a cell is, from a predictor's mean and spread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.suggestions import unknown_name

if TYPE_CHECKING:
    from nasbench_pytorch.predictors import Prediction

Floats = npt.NDArray[np.float64]

UCB_FACTOR = 0.5
"""Factor of the spread in the upper confidence bound."""

EI_DIVISOR = 5.0
"""The spread is divided by this before the expected improvement is computed."""


def independent_thompson(prediction: Prediction, best: float, rng: np.random.Generator) -> Floats:
    """Draw each cell's value from the normal distribution of its mean and spread, independently of the others."""
    del best
    return rng.normal(prediction.mean, prediction.spread)


def upper_confidence(prediction: Prediction, best: float, rng: np.random.Generator) -> Floats:
    """Return the mean plus half of the spread."""
    del best, rng
    return prediction.mean + UCB_FACTOR * prediction.spread


def expected_improvement(prediction: Prediction, best: float, rng: np.random.Generator) -> Floats:
    """Return the expected improvement over the best value, with a fifth of the spread."""
    from scipy.special import ndtr

    del rng
    gain, spread = prediction.mean - best, prediction.spread / EI_DIVISOR
    standardised = gain / np.maximum(spread, 1e-12)
    density = np.exp(-0.5 * standardised**2) / np.sqrt(2 * np.pi)
    expected: Floats = gain * ndtr(standardised) + spread * density
    return expected


def predicted_mean(prediction: Prediction, best: float, rng: np.random.Generator) -> Floats:
    """Return the mean: no exploration."""
    del best, rng
    return prediction.mean


Acquisition = Callable[["Prediction", float, np.random.Generator], Floats]

ACQUISITIONS: dict[str, Acquisition] = {
    "its": independent_thompson,
    "ucb": upper_confidence,
    "ei": expected_improvement,
    "mean": predicted_mean,
}
"""Name → function of a prediction of M cells, the best value so far and a generator; it returns M values, shape (M,).

The cells with the largest values are evaluated next.

Source: naszilla/naszilla, `acquisition_functions.py`, with its factors, but for accuracies instead of errors."""


def acquisition(name: str) -> Acquisition:
    """Return an acquisition function.

    Raises:
        InputError: there is no such function; the message lists all.
    """
    if name not in ACQUISITIONS:
        raise unknown_name("acquisition", name, ACQUISITIONS)
    return ACQUISITIONS[name]
