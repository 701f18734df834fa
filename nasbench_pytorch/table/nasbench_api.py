"""The interface of the original `nasbench.api`: same methods, names, values and exceptions, over a mapped table."""

from __future__ import annotations

import copy
import functools
import os
import random
from collections.abc import KeysView, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.any_spec import AnySpec, as_spec
from nasbench_pytorch.space.operations import CANONICAL_OPERATIONS
from nasbench_pytorch.table import queries
from nasbench_pytorch.table.default_table import open_table
from nasbench_pytorch.table.errors import MissingRowError, OutOfDomainError, UnknownHashError
from nasbench_pytorch.table.nasbench_config import build_config, check_spec
from nasbench_pytorch.table.statistics_view import StatisticsView
from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY, METRICS
from nasbench_pytorch.table.storage.row_reader import RowReader

if TYPE_CHECKING:
    from nasbench_pytorch.space import ModelSpec
    from nasbench_pytorch.space.cell_rows import CellRows

_CANONICAL_OPERATIONS = list(CANONICAL_OPERATIONS)


class OriginalInterface:
    """The methods of the original's `NASBench`. `NASBench` documents the attributes."""

    def __init__(self, dataset_file: str | os.PathLike[str] | None = None, seed: int | None = None) -> None:
        self.table = open_table(dataset_file)
        self.config: dict[str, Any] = build_config(self.table.metadata)
        self.valid_epochs: set[int] = set(self.table.metadata.epochs)
        self.training_time_spent = 0.0
        self.total_epochs_spent = 0
        self.history: dict[Any, Any] = {}
        self._reader = RowReader(self.table)
        # The module has the functions of a generator: the global one, which the original uses too.
        self._random: Any = random if seed is None else random.Random(seed)
        self.fixed_statistics = StatisticsView(self.table, lambda name: self._fixed(self._cell_of_hash(name)))
        self.computed_statistics = StatisticsView(self.table, lambda name: self._computed(self._cell_of_hash(name)))

    def query(
        self,
        model_spec: AnySpec,
        epochs: int | None = None,
        stop_halfway: bool = False,
        repeat: int | str = "random",
    ) -> dict[str, Any]:
        """Return the metrics of one training of a cell, and add its cost to the budget counters.

        Args:
            model_spec: the cell, with any numbering of its vertices: a `ModelSpec`, of this package or another, or a
                (matrix, ops) pair.
            epochs: the budget, one of `valid_epochs`. None stands for the original's default, 108, or for the largest
                budget of a table without 108.
            stop_halfway: return (and charge) the evaluation at half of the training.
            repeat: "random" draws one of the existing repeats, with one draw a query, as the original does. A number
                selects a repeat. "mean" averages the existing repeats and charges the time and epochs of all of them,
                because a real average would need all these trainings.

        Returns:
            module_adjacency (int8, V×V) and module_operations of the stored cell, trainable_parameters,
            training_time (s), train_accuracy, validation_accuracy, test_accuracy (fractions).

        Raises:
            OutOfDomainError: the epochs are not in the table, or the spec is outside of its space.
            UnknownHashError: the table lacks this cell; a KeyError.
            MissingRowError: the table has the cell, but not this budget or repeat.
        """
        epochs = self._epochs(epochs)
        if epochs not in self.valid_epochs:
            raise queries.invalid_epochs(self.table)
        cell = self._cell(model_spec)
        stage = HALFWAY if stop_halfway else FINAL
        rows = self._reader.rows(cell, epochs, stage)
        if repeat == "random" and rows:
            drawn = self._random.randint(0, min(len(rows), self.config["num_repeats"]) - 1)
            metrics = self._kept_metrics(cell, epochs, drawn, stage) or self._reader.metrics(rows[drawn], stage)
            charged = 1
        else:
            metrics, charged = self._chosen(cell, epochs, stage, rows, repeat)
        self.training_time_spent += metrics[0] * charged
        self.total_epochs_spent += (epochs // 2 if stop_halfway else epochs) * charged
        return self._fixed(cell) | dict(zip(METRICS, metrics, strict=True))

    def is_valid(self, model_spec: AnySpec) -> bool:
        """Return whether the pruned spec is inside the space; nothing is charged."""
        try:
            check_spec(as_spec(model_spec), self.config)
        except (OutOfDomainError, InputError):
            return False
        return True

    def get_metrics_from_spec(self, model_spec: AnySpec) -> tuple[dict[str, Any], dict[int, list[dict[str, float]]]]:
        """Return all rows of a cell; see `get_metrics_from_hash`.

        Raises:
            OutOfDomainError: the spec is outside of the space.
            UnknownHashError: the table lacks this cell; a KeyError.
        """
        return self.get_metrics_from_hash(self.table.hash_of(self._cell(model_spec)))

    def get_metrics_from_hash(self, module_hash: str) -> tuple[dict[str, Any], dict[int, list[dict[str, float]]]]:
        """Return all rows of a cell; nothing is charged.

        Returns:
            (fixed, computed): the cell with its trainable_parameters, and for each budget a list of repeats in the
            order of the file, each with the four metrics as `halfway_…` and `final_…`.

        Raises:
            UnknownHashError: the table lacks this cell; a KeyError.
        """
        cell = self._cell_of_hash(module_hash)
        kept = self.computed_statistics.kept.get(module_hash)
        return self._fixed(cell), self._computed(cell) if kept is None else copy.deepcopy(kept)

    def hash_iterator(self) -> KeysView[str]:
        """Return a view of the hashes, in the order of their first rows in the file."""
        return self.fixed_statistics.keys()

    def get_budget_counters(self) -> tuple[float, int]:
        """Return the seconds and epochs that queries have charged."""
        return self.training_time_spent, self.total_epochs_spent

    def reset_budget_counters(self) -> None:
        """Set both counters to 0."""
        self.training_time_spent, self.total_epochs_spent = 0.0, 0

    def evaluate(
        self, model_spec: ModelSpec, model_dir: str | os.PathLike[str], data_root: str | os.PathLike[str] | None = None
    ) -> dict[str, Any]:
        """Train a cell from scratch by the original's recipe; the table is not used, and nothing is charged.

        The skeleton and the settings of the training are those in `config`.

        Args:
            model_spec: any cell, in the table or not.
            model_dir: folder for checkpoints and results of the run.
            data_root: folder of CIFAR-10; None for the default folders.

        Returns:
            The fields of a query's answer, for the pruned spec.

        Raises:
            InputError: a setting in `config` was changed that this package has no counterpart for, the cell is
                invalid, CIFAR-10 is missing, the folder is in use, or every attempt failed.
        """
        from nasbench_pytorch.table.train_from_scratch import train_from_scratch

        folder = None if data_root is None else Path(data_root)
        return train_from_scratch(as_spec(model_spec), Path(model_dir), folder, self.config)

    def _hash_spec(self, model_spec: AnySpec) -> str:
        """Return a spec's hash with the operations of `config`, under the original's name."""
        return as_spec(model_spec).hash_spec(self.config["available_ops"])

    def _epochs(self, epochs: int | None) -> int:
        return queries.default_epochs(self.table) if epochs is None else epochs

    def _cell(self, model_spec: AnySpec) -> int:
        spec = as_spec(model_spec)
        check_spec(spec, self.config)
        operations = self.config["available_ops"]
        rows = self._rows_without_hash
        if rows is not None and operations == _CANONICAL_OPERATIONS and (cell := rows.find(spec)) is not None:
            return cell
        return self._cell_of_hash(spec.hash_spec(operations))

    @functools.cached_property
    def _rows_without_hash(self) -> CellRows | None:
        """The rows of all NAS-Bench-101 cells where they are the cells of this table; None for every other table."""
        from nasbench_pytorch.space.cell_rows import NASBENCH101_CELLS, cell_rows

        rows = cell_rows() if self.table.cells == NASBENCH101_CELLS else None
        return rows if rows is not None and rows.are_rows_of(self.table.hashes) else None

    def _cell_of_hash(self, module_hash: str) -> int:
        cell = self.table.find(module_hash)
        if cell is None:
            raise UnknownHashError(
                f"hash '{module_hash}' is not among the {self.table.cells:,} cells of {self.table.path.name}"
            )
        return cell

    def _fixed(self, cell: int) -> dict[str, Any]:
        return self._reader.cell(cell)

    def _computed(self, cell: int) -> dict[int, list[dict[str, float]]]:
        reader = self._reader
        return {
            epochs: [
                dict(zip([HALFWAY + name for name in METRICS], reader.metrics(row, HALFWAY), strict=True))
                | dict(zip(["final_" + name for name in METRICS], reader.metrics(row, FINAL), strict=True))
                for row in reader.rows(cell, epochs, FINAL)
            ]
            for epochs in reader.budgets(cell)
        }

    def _kept_metrics(self, cell: int, epochs: int, repeat: int, stage: str) -> list[float] | None:
        """Return the metrics of a row that `computed_statistics` has handed out, which the program may have changed."""
        if not self.computed_statistics.kept:
            return None
        kept = self.computed_statistics.kept.get(self.table.hash_of(cell))
        prefix = HALFWAY if stage == HALFWAY else "final_"
        return None if kept is None else [kept[epochs][repeat][prefix + name] for name in METRICS]

    def _chosen(
        self, cell: int, epochs: int, stage: str, rows: Sequence[int], repeat: int | str
    ) -> tuple[list[float], int]:
        """Return the metrics of a given repeat or the mean, and the number of trainings to charge."""
        queries.check_repeat(repeat)
        repeats = [self._reader.repeat(row) for row in rows]
        chosen = (
            rows if repeat == "mean" else [row for row, number in zip(rows, repeats, strict=True) if number == repeat]
        )
        if not chosen:
            if all(stage + name in self.table.metadata.absent_fields for name in METRICS):
                what = "evaluations halfway" if stage == HALFWAY else "evaluations at the end"
                raise MissingRowError(f"{self.table.path.name} has no {what}: its source lacks them")
            missing = f"no repeat {repeat!r}" if rows else "no training"
            known = f"the repeats {repeats}" if rows else f"{sorted(set(self._reader.budgets(cell)))}"
            raise MissingRowError(
                f"{self.table.path.name} has {missing} of cell {self.table.hash_of(cell)} at {epochs} epochs; "
                f"it has {known}"
            )
        metrics = np.array([self._reader.metrics(row, stage) for row in chosen])
        return metrics.mean(axis=0).tolist(), len(chosen)
