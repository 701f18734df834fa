"""Extra columns of a table, such as scores of proxies, as columns of the map."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nasbench_pytorch.explorer.views.column import OWN, Column, category, number
from nasbench_pytorch.explorer.views.result_columns import MISSING, mean

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.table_file import TableFile

_NOT_RESULTS = ("seed",)
"""Numbers of a campaign's rows whose mean says nothing."""


def own_columns(table: TableFile) -> Iterator[Column]:
    """Yield the extra columns that a map can show: numbers and flags, and texts of fewer than 255 values.

    Numbers of the rows are means over a cell's repeats, one column for each budget. Names are unique only among
    themselves and may be any text.
    """
    for name in table.extra_cell_columns:
        kind = table.extra_cell_column(name).type
        if _is_number(kind):
            yield number(name, name, "", OWN, partial(_numbers, table, name))
        elif _is_text(kind) and (texts := _texts(table, name)) is not None:
            yield category(name, name, OWN, partial(_codes, table, name, texts), tuple(texts))
    for name in table.extra_columns:
        if _is_number(table.extra_column(name).type) and name not in _NOT_RESULTS:
            for epochs in reversed(table.metadata.epochs):
                label = f"{name}, {epochs} epochs"
                yield number(f"{name}_{epochs}", label, "", OWN, partial(mean, table, name, epochs))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind))


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _numbers(table: TableFile, name: str) -> npt.NDArray[np.float64]:
    column = table.extra_cell_column(name)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    values: npt.NDArray[np.float64] = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(values), values, np.nan)


def _texts(table: TableFile, name: str) -> list[str] | None:
    """Return the values of a text column, sorted; None if a colour cannot tell so many apart."""
    distinct = pc.unique(_plain(table.extra_cell_column(name))).to_pylist()
    texts = sorted(text for text in distinct if text is not None)
    return texts if 0 < len(texts) < MISSING else None


def _codes(table: TableFile, name: str, texts: list[str]) -> npt.NDArray[np.uint8]:
    places = pc.index_in(_plain(table.extra_cell_column(name)), pa.array(texts))
    codes: npt.NDArray[Any] = places.fill_null(MISSING).to_numpy(zero_copy_only=False)
    return codes.astype(np.uint8)


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(pa.string())
