"""Convert the trainings of a `TableBuilder` to arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.table.storage.encoded_column import Column, narrow
from nasbench_pytorch.table.storage.fields import EVALUATION_FIELDS, ROW_FIELDS
from nasbench_pytorch.table.storage.row_block import Cells, Vocabulary

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation
    from nasbench_pytorch.space import ModelSpec

RowValues = tuple[float | None, ...]


def row_values(epochs: int, evaluations: Sequence[Evaluation], total_time_s: float | None) -> RowValues:
    """Return the 16 numbers of a row: the evaluations at the start, half and end of the budget, and the total time."""
    values: list[float | None] = []
    for share in (0.0, 0.5, 1.0):
        found = next((item for item in reversed(evaluations) if item.epochs == share * epochs), None)
        if found is None:
            values += [None] * len(EVALUATION_FIELDS)
        else:
            accuracies = (found.train_accuracy, found.validation_accuracy, found.test_accuracy)
            values += [float(found.epochs), found.training_time_s, *accuracies]
    return (*values, total_time_s)


def number_columns(rows: Sequence[RowValues], images: int) -> dict[str, Column]:
    """Return the numbers of rows by field.

    Args:
        rows: as `row_values` gives them.
        images: evaluation images.
    """
    columns = zip(*rows, strict=True) if rows else [()] * len(ROW_FIELDS)
    return {
        name: narrow(
            name,
            np.array([0.0 if value is None else value for value in values], np.float64),
            np.array([value is None for value in values], np.bool_),
            images,
        )
        for name, values in zip(ROW_FIELDS, columns, strict=True)
    }


def extra_arrays(rows: Sequence[Mapping[str, Any]]) -> dict[str, pa.Array]:
    """Return the extra values of rows by column, null in rows without the column.

    Raises:
        InputError: a column has values of different types.
    """
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: _extra_array(name, [row.get(name) for row in rows]) for name in names}


def _extra_array(name: str, values: list[Any]) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"the values of column '{name}' are of different kinds ({error}); use one type for all rows"
        ) from None


def cell_arrays(cells: Mapping[str, tuple[ModelSpec, int]], vocabulary: Vocabulary) -> Cells:
    """Return cells as arrays.

    Args:
        cells: hash → valid spec and trainable parameters.
        vocabulary: receives the names of operations.
    """
    pruned = [spec.pruned() for spec, _ in cells.values()]
    return Cells(
        np.frombuffer(bytes.fromhex("".join(cells)), np.uint8).reshape(-1, 16),
        np.array([len(cell.ops) for cell in pruned], np.int64),
        np.array([parameters for _, parameters in cells.values()], np.int64),
        np.frombuffer(b"".join(cell.matrix.tobytes() for cell in pruned), np.uint8),
        np.array([vocabulary.code(name) for cell in pruned for name in cell.ops], np.uint8),
    )
