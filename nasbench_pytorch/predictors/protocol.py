"""What every predictor can do: learn from cells with accuracies, then predict."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.predictors.encoding.encoded_cells import EncodedCells
from nasbench_pytorch.space.search_space import SearchSpace
from nasbench_pytorch.space.spec import ModelSpec

Floats = npt.NDArray[np.float64]
CellsToPredict = EncodedCells | SearchSpace | Iterable[ModelSpec]


class Prediction(NamedTuple):
    """Predictions of N cells.

    Attributes:
        mean: shape (N,), or (N, T) after a fit to T columns; on the scale of the accuracies that were learnt.
        spread: same shape: standard deviation between the predictor's members, 0 where it has only one. It measures
            how far models of the same data disagree, not the noise of a training.
    """

    mean: Floats
    spread: Floats


class Predictor(Protocol):
    """A regression from cells to accuracies.

    The order of the cells changes nothing, neither in `fit` nor in `predict`; isomorphic cells get the same prediction
    (to rounding); and the same seed and data give the same model on the same machine.
    """

    def fit(self, cells: CellsToPredict, accuracies: npt.ArrayLike) -> None:
        """Learn from N cells.

        Args:
            cells: the cells; `encode_cells` once where several predictors learn from the same ones.
            accuracies: shape (N,), or (N, T) for T quantities that are learnt together, such as four budgets.

        Raises:
            InputError: the shapes do not match, there are fewer than two cells, or a value is NaN or infinite.
        """
        ...

    def predict(self, cells: CellsToPredict) -> Prediction:
        """Predict N cells.

        Raises:
            InputError: `fit` has not been called.
        """
        ...


def check_targets(cells: EncodedCells, accuracies: npt.ArrayLike) -> Floats:
    """The accuracies as shape (N, T), refused where a predictor cannot learn from them.

    Raises:
        InputError: see `Predictor.fit`.
    """
    try:
        targets = np.asarray(accuracies, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("accuracies must be numbers, one for each cell, or one row of T numbers for each") from None
    if targets.ndim not in (1, 2) or len(targets) != len(cells):
        raise InputError(f"accuracies have shape {targets.shape}; give ({len(cells)},) or ({len(cells)}, T)")
    if len(targets) < 2:
        raise InputError(f"a predictor needs at least 2 cells, got {len(targets)}")
    if not targets.size:
        raise InputError("accuracies have no columns; give at least one number for each cell")
    unusable = int((~np.isfinite(targets)).reshape(len(targets), -1).any(axis=1).sum())
    if unusable:
        raise InputError(f"accuracies of {unusable:,} cells are NaN or infinite; leave those cells out")
    return targets.reshape(len(targets), -1)


def check_bounds(encoded: EncodedCells, learnt: int) -> None:
    """Refuse cells whose features are not those that were learnt.

    Raises:
        InputError: the cells are encoded within other bounds, or with other added columns.
    """
    features = encoded.features.shape[1]
    if features != learnt:
        raise InputError(
            f"these cells have {features} features, but {learnt} were learnt: they are of a space with other bounds, "
            "or have other added columns; encode both with encode_cells(specs, bounds) and the same bounds, and add "
            "the same columns"
        )


def as_given(mean: Floats, spread: Floats, flat: bool) -> Prediction:
    """Return predictions of shape (N, T) as the accuracies were given.

    Args:
        mean: shape (N, T).
        spread: shape (N, T).
        flat: whether the accuracies had shape (N,).
    """
    return Prediction(mean[:, 0], spread[:, 0]) if flat else Prediction(mean, spread)


def not_fitted(predictor: object) -> InputError:
    """The error of a prediction before `fit`."""
    return InputError(f"{type(predictor).__name__} has learnt nothing yet; call fit(cells, accuracies) first")
