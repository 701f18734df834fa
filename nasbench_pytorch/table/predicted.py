"""Two modelled tables of all 423,624 cells: `predicted`, and `semireal`, whose mean test accuracies are published."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.enumerate import nasbench101_space
from nasbench_pytorch.table.modelled import MODEL_VERSION
from nasbench_pytorch.table.modelled.cell_means import CORRECT_OF, PREDICTED, CellMeans
from nasbench_pytorch.table.modelled.hashed_draws import HashedDraws
from nasbench_pytorch.table.modelled.whole_table import write_modelled_table

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.schema import Metadata

SIZE_BYTES = 152_000_000
"""Size of either table, for messages."""

_SEMIREAL_STREAM = 56
"""The draws whose random search is nearest to the published curves: `benchmarks/predicted/choose_stream.py`."""

_USE = "for trying things out, teaching, testing code and sizing an experiment; never for a result in a paper"
_FITTED_TO = "a model fitted to 25,000 published cells, one repeat each, and to 108 published records"
_MODELLED_FIELDS = (
    *(stage + name for stage in ("halfway_", "") for name in ("training_time", "train_accuracy")),
    *(stage + name for stage in ("halfway_", "") for name in ("validation_accuracy", "test_accuracy")),
)
_ORIGINS = {
    "trainable_parameters": "counted from the cell",
    **dict.fromkeys(_MODELLED_FIELDS, "predicted"),
}
_PREDICTED_ABOUT: dict[str, Any] = {
    "name": "predicted",
    "text": f"Predicted, not measured: all cells of NAS-Bench-101, trainings by {_FITTED_TO}; {_USE}",
    "model_version": MODEL_VERSION,
    "origins": _ORIGINS,
}
_SEMIREAL_ABOUT: dict[str, Any] = {
    "name": "semireal",
    "text": (
        "Semi-real: each cell's mean test accuracy at 108 epochs is the published one (NiccoloCavagnero/FreeREA); "
        f"everything else is predicted, by {_FITTED_TO}; {_USE}"
    ),
    "model_version": MODEL_VERSION,
    "origins": _ORIGINS
    | {
        "test_accuracy": "at 108 epochs the mean of a cell's three repeats is published, how they differ is predicted; "
        "at other budgets predicted"
    },
}


def build_predicted_table(destination: str | os.PathLike[str]) -> Metadata:
    """Write the predicted table: 423,624 cells × 4 budgets × 3 repeats, in about ten seconds.

    The repeats are drawn by each cell's hash, so the rows are the same on every machine.

    Args:
        destination: the `.arrow` file; its folder is made if it does not exist. The file appears when it is complete.

    Raises:
        InputError: the predictions are not installed, or the file cannot be written.
    """
    return _build(Path(destination), _PREDICTED_ABOUT, None)


def build_semireal_table(
    correct_of_29952: npt.NDArray[np.integer[Any]], destination: str | os.PathLike[str]
) -> Metadata:
    """Write the semi-real table: published mean test accuracies at 108 epochs, the rest modelled given them.

    Args:
        correct_of_29952: right answers of a cell's three trainings of 108 epochs together, in ascending hash order,
            shape (423,624,); their test accuracies have exactly this sum.
        destination: the `.arrow` file; its folder is made if it does not exist. The file appears when it is complete.

    Raises:
        InputError: there are not as many numbers as cells, one is out of range, the predictions are not installed, or
            the file cannot be written.
    """
    return _build(Path(destination), _SEMIREAL_ABOUT, _checked(correct_of_29952))


def _build(path: Path, about: dict[str, Any], test_correct: npt.NDArray[np.int64] | None) -> Metadata:
    space, means = nasbench101_space(), _installed_means()
    draws = HashedDraws(space.hash_halves[1])
    if test_correct is not None:
        draws = draws.of_stream(_SEMIREAL_STREAM)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return write_modelled_table(path, space, means, draws, about, test_correct)
    except OSError as error:
        raise _not_written(path, error) from None


def _installed_means() -> CellMeans:
    try:
        return CellMeans.load()
    except FileNotFoundError:
        raise InputError(
            f"{PREDICTED} is missing: this installation has no predictions; install the package again"
        ) from None


def _checked(correct_of_29952: npt.NDArray[np.integer[Any]]) -> npt.NDArray[np.int64]:
    given, cells = np.asarray(correct_of_29952), len(nasbench101_space())
    if given.shape != (cells,) or given.dtype.kind not in "iu":
        raise InputError(
            f"correct_of_29952 has shape {given.shape} and type {given.dtype}; give {cells:,} whole numbers, one "
            "a cell in ascending hash order"
        )
    outside = np.flatnonzero((given < 0) | (given > CORRECT_OF))
    if len(outside):
        row = int(outside[0])
        raise InputError(f"correct_of_29952[{row}] is {given[row]}; allowed are 0 to {CORRECT_OF}")
    return given.astype(np.int64)


def _not_written(path: Path, error: OSError) -> InputError:
    return InputError(
        f"{path}: the table cannot be written ({error.strerror or error}); it takes {SIZE_BYTES / 1e6:.0f} MB: free "
        "some space, or set NASBENCH_CACHE_DIR to another folder"
    )
