"""A table from rows of one's own: any cells, budgets and repeats, with further columns."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import CANONICAL_OPERATIONS, NASBENCH101_SKELETON, ModelSpec, Skeleton, count_parameters
from nasbench_pytorch.table.storage.encoded_column import Column, narrow
from nasbench_pytorch.table.storage.fields import EVALUATION_FIELDS, ORIGINAL_EVALUATION_IMAGES, ROW_FIELDS
from nasbench_pytorch.table.storage.row_block import Block, Cells, Vocabulary
from nasbench_pytorch.table.storage.schema import CELL_COLUMNS, ROW_COLUMNS, Metadata
from nasbench_pytorch.table.storage.sort_rows import assemble
from nasbench_pytorch.table.storage.writer import write_content
from nasbench_pytorch.table.tfrecord.importer import USUAL_OPERATIONS

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation, RunResult


@dataclass
class _Cell:
    number: int
    spec: ModelSpec
    parameters: int


class TableBuilder:
    """Collects trainings and writes them as a table. What is not given is missing in the table, never invented.

    Args:
        evaluation_images: images of an evaluation; accuracies that are whole numbers of them are kept as counts.
        skeleton: the network around the cells.
        available_ops: operations in the order that gives the hash's labels.
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
        self._own: list[dict[str, Any]] = []

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
        own: Mapping[str, Any] | None = None,
    ) -> None:
        """Add one training.

        Args:
            spec: the cell; the first spec of a hash is the one that the table shows.
            epochs: the budget, how long the training was planned to be.
            repeat: which training of this cell and budget, from 0.
            evaluations: those at 0 epochs, at half and at the whole of `epochs` are kept; any of them may be absent.
            trainable_parameters: of the network; counted from the cell if None.
            total_time_s: of the whole job.
            own: further columns of the row: numbers, texts, lists (a learning curve), …; absent ones are null.

        Raises:
            InputError: the row is there already, a number makes no sense, or a column's name is taken.
        """
        if epochs < 1 or repeat < 0:
            raise InputError(f"epochs must be at least 1 and repeat at least 0, got {epochs} and {repeat}")
        module_hash = spec.hash_spec(self._ops)
        if (module_hash, epochs, repeat) in self._keys:
            raise InputError(f"repeat {repeat} of cell {module_hash} at {epochs} epochs is in the table already")
        taken = sorted(set(own or ()) & {*CELL_COLUMNS, *ROW_COLUMNS, *ROW_FIELDS})
        if taken:
            raise InputError(f"own columns cannot be called {', '.join(taken)}: the table has such columns itself")
        parameters = trainable_parameters
        if parameters is None:
            parameters = count_parameters(spec, self._skeleton)
        cell = self._cells.setdefault(module_hash, _Cell(len(self._cells), spec, parameters))
        if cell.parameters != parameters:
            raise InputError(
                f"cell {module_hash} comes with {parameters:,} trainable parameters, and came with {cell.parameters:,} "
                "before; a table holds networks of one skeleton"
            )
        self._keys[module_hash, epochs, repeat] = None
        self._values.append(_row_values(epochs, evaluations, total_time_s))
        self._own.append(dict(own or {}))

    def add_run(self, result: RunResult, repeat: int, own: Mapping[str, Any] | None = None) -> None:
        """Add a finished training, with its status, seed, recipe, hardware and versions as columns.

        Args:
            result: from `run_training`; one that failed becomes a row without numbers.
            repeat: which training of this cell and budget, from 0.
            own: further columns.

        Raises:
            InputError: as for `add`.
        """
        recipe = json.dumps(result.recipe, sort_keys=True)
        facts = {
            "status": result.status,
            "seed": result.seed,
            "attempts": result.attempts,
            "recipe_id": hashlib.sha256(recipe.encode()).hexdigest()[:12],
            "environment": json.dumps(result.environment, sort_keys=True),
        }
        self.add(
            ModelSpec.from_dict(result.spec),
            int(result.recipe["epochs"]),
            repeat,
            [] if result.status == "failed" else result.evaluations,
            trainable_parameters=result.trainable_parameters,
            total_time_s=result.total_time_s,
            own=facts | dict(own or {}),
        )

    def write(self, path: str | os.PathLike[str]) -> Metadata:
        """Write the table, atomically; rows stand by cell, and within a cell as they were added.

        Raises:
            InputError: there is no row, or a column's values are of different kinds.
            OSError: the file cannot be written.
        """
        vocabulary = Vocabulary(USUAL_OPERATIONS)
        numbers = np.array([self._cells[module_hash].number for module_hash, _, _ in self._keys], np.int32)
        keys = np.array([(epochs, repeat) for _, epochs, repeat in self._keys], np.uint32).reshape(-1, 2)
        block = Block(
            self._cell_block(vocabulary), numbers, keys[:, 0], self._columns(), keys[:, 1], own=self._own_columns()
        )
        content = assemble(block)
        content.positions = None
        metadata = Metadata(0, (), 0, self._images, dict(vars(self._skeleton)), available_ops=self._ops)
        return write_content(path, content, vocabulary.names, metadata)

    def _cell_block(self, vocabulary: Vocabulary) -> Cells:
        specs = [cell.spec for cell in self._cells.values()]
        hashes = bytes.fromhex("".join(self._cells))
        matrices = b"".join(spec.matrix.tobytes() for spec in specs if spec.matrix is not None)
        codes = [vocabulary.code(name) for spec in specs for name in spec.ops or ()]
        return Cells(
            np.frombuffer(hashes, np.uint8).reshape(-1, 16),
            np.array([len(spec.ops or ()) for spec in specs], np.int64),
            np.array([cell.parameters for cell in self._cells.values()], np.int64),
            np.frombuffer(matrices, np.uint8),
            np.array(codes, np.uint8),
        )

    def _columns(self) -> dict[str, Column]:
        rows = zip(*self._values, strict=True) if self._values else [()] * len(ROW_FIELDS)
        return {
            name: narrow(
                name,
                np.array([0.0 if value is None else value for value in values], np.float64),
                np.array([value is None for value in values], np.bool_),
                self._images,
            )
            for name, values in zip(ROW_FIELDS, rows, strict=True)
        }

    def _own_columns(self) -> dict[str, pa.Array]:
        names = dict.fromkeys(name for row in self._own for name in row)
        return {name: _own_column(name, [row.get(name) for row in self._own]) for name in names}


def _own_column(name: str, values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise InputError(f"the values of column '{name}' are of different kinds ({error}); make them one") from None


def _row_values(epochs: int, evaluations: Sequence[Evaluation], total_time_s: float | None) -> tuple[float | None, ...]:
    """The 16 numbers of a row: the evaluations at the start, half and end of the budget."""
    values: list[float | None] = []
    for share in (0.0, 0.5, 1.0):
        found = next((item for item in reversed(evaluations) if item.epochs == share * epochs), None)
        if found is None:
            values += [None] * len(EVALUATION_FIELDS)
        else:
            accuracies = (found.train_accuracy, found.validation_accuracy, found.test_accuracy)
            values += [float(found.epochs), found.training_time_s, *accuracies]
    return (*values, total_time_s)
