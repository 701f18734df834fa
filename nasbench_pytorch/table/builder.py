"""Build a table from any cells, budgets and repeats, with extra columns."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import CANONICAL_OPERATIONS, NASBENCH101_SKELETON, ModelSpec, Skeleton, count_parameters
from nasbench_pytorch.table.builder_arrays import cell_arrays, extra_arrays, number_columns, row_values
from nasbench_pytorch.table.storage.fields import ORIGINAL_EVALUATION_IMAGES, ROW_FIELDS
from nasbench_pytorch.table.storage.row_block import Block, Vocabulary
from nasbench_pytorch.table.storage.schema import CELL_COLUMNS, ROW_COLUMNS, Metadata
from nasbench_pytorch.table.storage.sort_rows import assemble
from nasbench_pytorch.table.storage.writer import write_content
from nasbench_pytorch.table.tfrecord.importer import USUAL_OPERATIONS
from nasbench_pytorch.training.recipe_id import recipe_id

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation, RunResult


@dataclass
class _Cell:
    number: int
    spec: ModelSpec
    parameters: int


class TableBuilder:
    """Builder that collects trainings and writes them as a table. Absent values are missing in the table.

    Args:
        evaluation_images: images of an evaluation; accuracies that are whole numbers of them are kept as counts.
        skeleton: the network around the cells.
        available_ops: operations in the order of the hash's labels.

    Raises:
        InputError: `evaluation_images` is below 1.
    """

    def __init__(
        self,
        evaluation_images: int = ORIGINAL_EVALUATION_IMAGES,
        skeleton: Skeleton = NASBENCH101_SKELETON,
        available_ops: Sequence[str] = CANONICAL_OPERATIONS,
    ) -> None:
        if evaluation_images < 1:
            raise InputError(f"evaluation_images must be at least 1, got {evaluation_images}")
        self._images, self._skeleton, self._ops = evaluation_images, skeleton, tuple(available_ops)
        self._cells: dict[str, _Cell] = {}
        self._keys: dict[tuple[str, int, int], None] = {}
        self._values: list[tuple[float | None, ...]] = []
        self._extra_columns: list[dict[str, Any]] = []

    def __len__(self) -> int:
        return len(self._keys)

    def add(
        self,
        spec: ModelSpec,
        epochs: int,
        repeat: int,
        evaluations: Sequence[Evaluation],
        *,
        trainable_parameters: int | None = None,
        total_time_s: float | None = None,
        extra_columns: Mapping[str, Any] | None = None,
        own: Mapping[str, Any] | None = None,
    ) -> None:
        """Add one training.

        Args:
            spec: the cell; the table shows the first spec of each hash.
            epochs: the budget, the planned number of epochs.
            repeat: number of the training among those of this cell and budget, from 0.
            evaluations: the table keeps those at 0 epochs, at half and at the whole of `epochs`; any may be absent.
            trainable_parameters: parameters of the network; None to count them from the cell.
            total_time_s: time of the whole job.
            extra_columns: extra values of the row by column: numbers, texts, lists (a learning curve), …; null in rows
                without the column.
            own: former name of `extra_columns`.

        Raises:
            InputError: the row exists already, a number is out of range, or a column's name is taken.
        """
        if epochs < 1 or repeat < 0:
            raise InputError(f"epochs must be at least 1 and repeat at least 0, got {epochs} and {repeat}")
        module_hash = spec.hash_spec(self._ops)
        if (module_hash, epochs, repeat) in self._keys:
            raise InputError(
                f"repeat {repeat} of cell {module_hash} at {epochs} epochs is in the table already; choose another one"
            )
        extra = {**(own or {}), **(extra_columns or {})}
        taken = sorted({*extra} & {*CELL_COLUMNS, *ROW_COLUMNS, *ROW_FIELDS})
        if taken:
            raise InputError(f"extra columns cannot be called {', '.join(taken)}: every table has these columns")
        parameters = trainable_parameters
        if parameters is None:
            parameters = count_parameters(spec, self._skeleton)
        cell = self._cells.setdefault(module_hash, _Cell(len(self._cells), spec, parameters))
        if cell.parameters != parameters:
            raise InputError(
                f"cell {module_hash} has {parameters:,} trainable parameters in this row and {cell.parameters:,} in an "
                "earlier one; a table holds networks of one skeleton"
            )
        self._keys[module_hash, epochs, repeat] = None
        self._values.append(row_values(epochs, evaluations, total_time_s))
        self._extra_columns.append(extra)

    def add_run(
        self,
        result: RunResult,
        repeat: int,
        own: Mapping[str, Any] | None = None,
        *,
        extra_columns: Mapping[str, Any] | None = None,
    ) -> None:
        """Add a finished training, with `status`, `seed`, `attempts`, `recipe_id` and `environment` as extra columns.

        Args:
            result: result of `run_training`; a failed training becomes a row without numbers.
            repeat: number of the training among those of this cell and budget, from 0.
            own: former name of `extra_columns`.
            extra_columns: further extra columns.

        Raises:
            InputError: as for `add`.
        """
        facts = {
            "status": result.status,
            "seed": result.seed,
            "attempts": result.attempts,
            "recipe_id": recipe_id(
                result.recipe, {"skeleton": result.skeleton, "data": result.data}, result.environment
            ),
            "environment": json.dumps(result.environment, sort_keys=True),
        }
        self.add(
            ModelSpec.from_dict(result.spec),
            int(result.recipe["epochs"]),
            repeat,
            [] if result.status == "failed" else result.evaluations,
            trainable_parameters=result.trainable_parameters,
            total_time_s=result.total_time_s,
            extra_columns={**facts, **(own or {}), **(extra_columns or {})},
        )

    def write(self, path: str | os.PathLike[str]) -> Metadata:
        """Write the table, atomically; rows are sorted by cell, and keep the order of `add` within a cell.

        Raises:
            InputError: there is no row, or a column has values of different types.
            OSError: the file cannot be written.
        """
        vocabulary = Vocabulary(USUAL_OPERATIONS)
        numbers = np.array([self._cells[module_hash].number for module_hash, _, _ in self._keys], np.int32)
        keys = np.array([(epochs, repeat) for _, epochs, repeat in self._keys], np.uint32).reshape(-1, 2)
        cells = {module_hash: (cell.spec, cell.parameters) for module_hash, cell in self._cells.items()}
        block = Block(
            cell_arrays(cells, vocabulary),
            numbers,
            keys[:, 0],
            number_columns(self._values, self._images),
            keys[:, 1],
            extra_columns=extra_arrays(self._extra_columns),
        )
        content = assemble(block)
        content.positions = None
        metadata = Metadata(0, (), 0, self._images, dict(vars(self._skeleton)), available_ops=self._ops)
        return write_content(path, content, vocabulary.names, metadata)
