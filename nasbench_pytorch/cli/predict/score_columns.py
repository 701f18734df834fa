"""Columns of numbers by hash, from a file, in the order of a space."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import known_suffix
from nasbench_pytorch.suggestions import did_you_mean

if TYPE_CHECKING:
    import pyarrow as pa

    from nasbench_pytorch.space.search_space import SearchSpace


def read_score_columns(path: Path, space: SearchSpace, names: Sequence[str] = ()) -> dict[str, npt.NDArray[np.float64]]:
    """Return name → one number for each cell of a space, NaN where the file has none.

    Args:
        path: a `.csv`, `.parquet` or `.arrow` file with a column `hash`.
        space: the cells.
        names: columns to read; empty for all that hold numbers.

    Raises:
        InputError: the file cannot be read, lacks `hash` or a named column, names a cell twice, or shares no cell with
            the space.
        OSError: the file is not there.
    """
    table = _read(path)
    if "hash" not in table.column_names:
        raise InputError(f"{path}: no column 'hash'; it has: {', '.join(table.column_names)}")
    hashes = [str(value).lower() for value in table["hash"].to_pylist()]
    if len(set(hashes)) < len(hashes):
        twice = next(value for position, value in enumerate(hashes) if value in hashes[:position])
        raise InputError(f"{path}: cell {twice} has more than one row; keep one")
    found = [space.find(value) for value in hashes]
    here = np.array([position for position, row in enumerate(found) if row is not None], dtype=np.int64)
    rows = np.array([row for row in found if row is not None], dtype=np.int64)
    if not len(rows):
        raise InputError(f"{path}: none of its {len(hashes):,} cells is among the {len(space):,} cells of the table")
    columns = {}
    for name in names or _number_columns(table):
        columns[name] = np.full(len(space), np.nan)
        columns[name][rows] = _numbers(path, table, name)[here]
    if not columns:
        raise InputError(f"{path}: no columns of numbers beside 'hash'")
    return columns


def _read(path: Path) -> pa.Table:
    import pyarrow as pa
    from pyarrow import csv, ipc, parquet

    suffix = known_suffix(path, (".csv", ".parquet", ".arrow"), "read")
    with path.open("rb") as stream:
        try:
            if suffix == ".csv":
                return csv.read_csv(stream, convert_options=csv.ConvertOptions(column_types={"hash": pa.string()}))
            return parquet.read_table(stream) if suffix == ".parquet" else ipc.open_file(stream).read_all()
        except (pa.ArrowException, ValueError) as error:
            raise InputError(f"{path}: not a {suffix} file of columns: {str(error).splitlines()[0]}") from None


def _number_columns(table: pa.Table) -> list[str]:
    import pyarrow as pa

    types = [(name, table.schema.field(name).type) for name in table.column_names if name != "hash"]
    return [name for name, kind in types if pa.types.is_integer(kind) or pa.types.is_floating(kind)]


def _numbers(path: Path, table: pa.Table, name: str) -> npt.NDArray[Any]:
    import pyarrow as pa

    known = _number_columns(table)
    if name not in known:
        raise InputError(
            f"{path}: no column of numbers '{name}'; it has: {', '.join(known)}{did_you_mean(name, known)}"
        )
    values: npt.NDArray[Any] = table[name].cast(pa.float64()).to_numpy()
    return values
