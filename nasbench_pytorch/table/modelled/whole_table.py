"""Write modelled trainings of every cell as a table."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.space import NASBENCH101_SKELETON
from nasbench_pytorch.table.modelled.repeats import BUDGETS, REPEATS, model_rows
from nasbench_pytorch.table.modelled.space_cells import cells_of
from nasbench_pytorch.table.storage.encoded_column import Column, Encoding
from nasbench_pytorch.table.storage.fields import is_accuracy
from nasbench_pytorch.table.storage.schema import Metadata
from nasbench_pytorch.table.storage.sort_rows import Content
from nasbench_pytorch.table.storage.writer import write_content

if TYPE_CHECKING:
    from nasbench_pytorch.space import SearchSpace
    from nasbench_pytorch.table.modelled.cell_means import CellMeans
    from nasbench_pytorch.table.modelled.hashed_draws import HashedDraws
    from nasbench_pytorch.table.modelled.repeats import ModelledRows

_SHARES = {"start_current_epoch": 0.0, "halfway_current_epoch": 0.5, "current_epoch": 1.0}
_MODELLED = {
    "validation_accuracy": "validation",
    "test_accuracy": "test",
    "train_accuracy": "train",
    "training_time": "time_s",
    "halfway_validation_accuracy": "halfway_validation",
    "halfway_test_accuracy": "halfway_test",
    "halfway_train_accuracy": "halfway_train",
    "halfway_training_time": "halfway_time_s",
}
"""Field of a row → attribute of `ModelledRows`. The table lacks the others: nothing is known of them."""


def write_modelled_table(
    path: str | os.PathLike[str],
    space: SearchSpace,
    means: CellMeans,
    draws: HashedDraws,
    about: dict[str, Any],
    test_correct: npt.NDArray[np.int64] | None = None,
) -> Metadata:
    """Write three trainings at each of four budgets for every cell, atomically.

    Args:
        path: the `.arrow` file; its folder must exist.
        space: N cells.
        means: what the trainings are drawn around, in the order of the space.
        draws: random numbers by the cells' hashes, in the same order.
        about: description of the table for its metadata.
        test_correct: right answers of the three trainings of 108 epochs together, of 29,952, where they are known.

    Raises:
        OSError: the folder is missing or read-only, or the disk is full.
    """
    cells, names = cells_of(space)
    rows = [model_rows(means, draws, epochs, test_correct) for epochs in BUDGETS]
    per_cell = len(BUDGETS) * REPEATS
    epochs = np.tile(np.repeat(np.array(BUDGETS, np.uint8), REPEATS), len(space))
    content = Content(
        cells,
        np.arange(0, len(epochs) + 1, per_cell),
        epochs,
        np.tile(np.arange(REPEATS, dtype=np.uint8), len(space) * len(BUDGETS)),
        {name: _column(name, rows, epochs) for name in (*_SHARES, *_MODELLED)},
    )
    metadata = Metadata(0, (), 0, skeleton=dict(vars(NASBENCH101_SKELETON)), about=about)
    return write_content(path, content, names, metadata)


def _column(name: str, rows: list[ModelledRows], epochs: npt.NDArray[np.uint8]) -> Column:
    if name in _SHARES:
        return Column(Encoding.FLOAT64, epochs * _SHARES[name])
    values = np.stack([getattr(of_budget, _MODELLED[name]) for of_budget in rows], axis=1).ravel()
    return Column(Encoding.COUNT if is_accuracy(name) else Encoding.FLOAT32, values)
