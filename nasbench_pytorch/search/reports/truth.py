"""TableTruth: the accuracies in a table by which a report judges incumbents."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.search.evaluators.table_grid import table_grid
from nasbench_pytorch.search.proposals import FULL_EPOCHS
from nasbench_pytorch.space.encodings import NASBENCH101_BOUNDS
from nasbench_pytorch.space.search_space import SearchSpace
from nasbench_pytorch.table.queries import default_epochs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nasbench_pytorch.search.history import History
    from nasbench_pytorch.search.protocols import Reported
    from nasbench_pytorch.table.storage.table_file import TableFile

Floats = npt.NDArray[np.float64]

PUBLISHED_BEST_TEST = 0.943175752957662
"""Best mean test accuracy at 108 epochs in the published table: 1 - .056824247042338016 of nas_benchmarks."""


@dataclass(frozen=True, eq=False)
class TableTruth:
    """Accuracies of a table's cells, which a report reads.

    Attributes:
        space: the complete space of N cells in which positions are rows.
        full_epochs: the budget at which incumbents are judged: 108, or the largest of a table without 108.
        mean_test: float64, shape (N,): mean test accuracy at that budget; NaN where the table has none.
        mean_validation: float64, shape (N,): the same for the validation accuracy.
        drawn_test: for protocols that report the drawn repeat, the budgets and the test accuracies of the repeats,
            float64, shape (N, B, R); else None.
    """

    space: SearchSpace
    full_epochs: int
    mean_test: Floats
    mean_validation: Floats
    drawn_test: tuple[tuple[int, ...], Floats] | None = None

    @property
    def best_test(self) -> float:
        """Best mean test accuracy of the table."""
        return float(np.nanmax(self.mean_test))

    @cached_property
    def is_best(self) -> npt.NDArray[np.bool_]:
        """Which cells have the best mean test accuracy, shape (N,)."""
        return np.asarray(self.mean_test >= self.best_test - 1e-12)

    @property
    def best_validation(self) -> float:
        """Best mean validation accuracy of the table."""
        return float(np.nanmax(self.mean_validation))

    @cached_property
    def is_whole_nasbench101(self) -> bool:
        """Whether the table has all cells of NAS-Bench-101 at 108 epochs.

        Regrets of other tables cannot be counted from the published best accuracy.
        """
        whole = self.space.bounds == NASBENCH101_BOUNDS and self.full_epochs == FULL_EPOCHS
        return whole and bool(np.isfinite(self.mean_test).all())

    def worth(self, history: History, evaluations: npt.NDArray[np.int64], reported: Reported) -> Floats:
        """Return the test accuracy by which a report judges some evaluations of a run; NaN where the table has none.

        Args:
            history: the run.
            evaluations: numbers of the evaluations, any shape; -1 gives NaN.
            reported: see `Protocol`.

        Raises:
            InputError: the run drew a repeat that the table lacks.
        """
        if not len(history):
            return np.full(evaluations.shape, np.nan)
        positions = history.positions[evaluations]
        if reported == "drawn_test":
            assert self.drawn_test is not None
            budgets, tests = self.drawn_test
            columns = np.searchsorted(budgets, history.epochs[evaluations])
            if history.repeats.max() >= tests.shape[2]:
                raise InputError(
                    f"a run drew repeat {history.repeats.max()}, which the table lacks; the run is damaged: run the "
                    "search again into a new folder"
                )
            found = tests[positions, columns, history.repeats[evaluations]]
        else:
            found = self.mean_test[positions]
        return np.where(evaluations >= 0, found, np.nan)


def read_truth(table: TableFile, epochs: Iterable[int], reported: Reported) -> TableTruth:
    """Read the accuracies that a report needs.

    Apart from protocols that search on test accuracies, no other function for searches reads test columns of a table.

    Args:
        table: the open table.
        epochs: the budgets of the searches.
        reported: see `Protocol`.

    Raises:
        InputError: the table lacks a budget, or has no test accuracy at its largest one.
    """
    full = default_epochs(table)
    grid = table_grid(table, [full])
    test, validation = (
        grid.fill(table.values(name, grid.rows), np.nan) for name in ("test_accuracy", "validation_accuracy")
    )
    if np.isnan(test).all():
        raise InputError(f"{table.path.name} has no test accuracies after {full} epochs; a report needs them")
    drawn = None
    if reported == "drawn_test":
        drawn = _drawn(table, sorted(set(epochs)))
    return TableTruth(grid.space, full, _mean(test), _mean(validation), drawn)


def _drawn(table: TableFile, epochs: list[int]) -> tuple[tuple[int, ...], Floats]:
    """Return the budgets, and test accuracies of shape (N, B, R) by the table's numbers of repeats.

    In the grid itself a repeat moves to an earlier entry where the table lacks one before it.
    """
    grid = table_grid(table, epochs)
    numbers = np.asarray(table.repeats)[grid.rows].astype(np.int64)
    tests = np.full((len(grid.space), len(grid.epochs), int(numbers.max(initial=0)) + 1), np.nan)
    tests.reshape(-1)[grid.groups * tests.shape[2] + numbers] = table.values("test_accuracy", grid.rows)
    return grid.epochs, tests


def _mean(values: Floats) -> Floats:
    """Return the mean of each cell over budgets and repeats, shape (N,), without NaN; NaN where all are NaN."""
    present = np.isfinite(values)
    count = present.sum(axis=(1, 2))
    total = np.where(present, values, 0.0).sum(axis=(1, 2))
    means: Floats = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    return means
