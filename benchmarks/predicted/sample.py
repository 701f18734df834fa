"""The published cells that the predicted table is fitted to."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nasbench_pytorch.space import SearchSpace


Floats = npt.NDArray[np.float64]
BUDGETS = (4, 12, 36, 108)
FAILED_BELOW = 0.2
"""A finished training of 36 or 108 epochs with less validation accuracy has failed: its loss became NaN, or nearly."""


@dataclass(frozen=True)
class Sample:
    """25,000 cells of the published table, one repeat of each: the one of three that is best at 108 epochs.

    Attributes:
        rows: of the cells in `enumerate_cells()`, ascending.
        validation: shape (N, 4): at 4, 12, 36 and 108 epochs. Each budget is a training of its own, so the first three
            are single random trainings and only the last is the greatest of three.
        training_time_s: of 108 epochs.
    """

    rows: npt.NDArray[np.int64]
    validation: Floats
    training_time_s: Floats

    @property
    def healthy(self) -> npt.NDArray[np.bool_]:
        """Cells whose trainings of 36 and of 108 epochs both succeeded."""
        return (self.validation[:, 2:] > FAILED_BELOW).all(axis=1)


def read_sample(folder: Path, space: SearchSpace) -> Sample:
    """The sample from `validation_30k.csv` in that folder."""
    with (folder / "validation_30k.csv").open(encoding="utf-8") as file:
        records = list(csv.DictReader(file))
    validation = [[float(record[f"val_{budget}"]) for budget in BUDGETS] for record in records]
    times = [float(record["final_training_time_108"]) for record in records]
    rows = [space.index_of(record["hash"]) for record in records]
    return Sample(np.array(rows), np.array(validation), np.array(times))


def read_repeats(folder: Path, field: str, epochs: int = 108) -> Floats:
    """One field of the cells of which all three repeats are known, shape (cells, 3)."""
    known = json.loads((folder / "real_rows.expected.json").read_text(encoding="utf-8"))["rows"].values()
    return np.array(
        [[run[field] for run in cell["computed"][str(epochs)]] for cell in known if str(epochs) in cell["computed"]]
    )
