"""Export of a space to a file for other tools: Arrow, Parquet, CSV, or the original's JSON."""

from __future__ import annotations

import functools
import io
import json
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from nasbench_pytorch.files import atomic_write, known_suffix

if TYPE_CHECKING:
    import pyarrow as pa

    from nasbench_pytorch.space.search_space import SearchSpace


def export_space(space: SearchSpace, path: str | os.PathLike[str]) -> None:
    """Write a space atomically, in the format of the path's suffix.

    - `.arrow`: the format of `SearchSpace.save`; `SearchSpace.load` maps it.
    - `.parquet`, `.csv`: the columns of `readable_table`.
    - `.json`: the format of the original's `generated_graphs.json`: hash → [matrix, labels], with labels -1 for the
      input, -2 for the output, else the operation's index.

    Raises:
        InputError: the suffix is unknown.
        OSError: the file cannot be written.
    """
    WRITERS[check_suffix(path)](space, path)


def check_suffix(path: str | os.PathLike[str]) -> str:
    """Return the path's suffix.

    Raises:
        InputError: `export_space` has no format for the suffix.
    """
    return known_suffix(path, WRITERS)


def readable_table(space: SearchSpace) -> pa.Table:
    """Return the cells as a table of readable columns.

    The columns are `hash` (hex), `vertices`, `edges`, `adjacency` (row-major digits), `operations` (names joined by
    commas, input and output included), `trainable_parameters`, `flops`.
    """
    import pyarrow as pa

    columns = space.columns
    digits, names = zip(*_texts(space), strict=True) if len(space) else ((), ())
    return pa.table(
        {
            "hash": pa.array(space.hashes(), pa.string()),
            "vertices": columns.vertices,
            "edges": columns.edges,
            "adjacency": pa.array(digits, pa.string()),
            "operations": pa.array(names, pa.string()),
            "trainable_parameters": columns.trainable_parameters,
            "flops": columns.flops,
        }
    )


def _texts(space: SearchSpace) -> Iterator[tuple[str, str]]:
    """Yield the adjacency digits and the operation names of each cell."""
    operations = space.bounds.operations

    @functools.cache
    def named(labels: bytes) -> str:
        return ",".join(["input", *(operations[label] for label in labels), "output"])

    columns = space.columns
    labels = columns.operations.tobytes()
    width = columns.operations.shape[1]
    for row, (vertices, bits) in enumerate(zip(columns.vertices.tolist(), columns.adjacency.tolist(), strict=True)):
        yield _digits(vertices, bits), named(labels[row * width : row * width + vertices - 2])


@functools.lru_cache(maxsize=1 << 14)
def _digits(vertices: int, bits: int) -> str:
    cells = range(vertices)
    return "".join(str(int(u < w and bits >> (u + w * (w - 1) // 2) & 1)) for u in cells for w in cells)


def _write_arrow(space: SearchSpace, path: str | os.PathLike[str]) -> None:
    space.save(path)


def _write_parquet(space: SearchSpace, path: str | os.PathLike[str]) -> None:
    import pyarrow.parquet as pq

    table = readable_table(space)
    with atomic_write(path) as stream:
        pq.write_table(table, stream, compression="zstd")


def _write_csv(space: SearchSpace, path: str | os.PathLike[str]) -> None:
    from pyarrow import csv

    buffer = io.BytesIO()
    csv.write_csv(readable_table(space), buffer, csv.WriteOptions(quoting_style="needed"))
    with atomic_write(path) as stream:
        stream.write(buffer.getvalue())


def _write_json(space: SearchSpace, path: str | os.PathLike[str]) -> None:
    columns = space.columns
    cells = zip(space.hashes(), columns.vertices.tolist(), columns.adjacency.tolist(), columns.operations, strict=True)
    with atomic_write(path, "w") as stream:
        separator = "{"
        for hash_hex, vertices, bits, labels in cells:
            interior = labels[: vertices - 2].tolist()
            stream.write(f'{separator}"{hash_hex}": [{_nested(vertices, bits)}, {[-1, *interior, -2]}]')
            separator = ", "
        stream.write("{}" if separator == "{" else "}")


@functools.lru_cache(maxsize=1 << 14)
def _nested(vertices: int, bits: int) -> str:
    digits = [int(digit) for digit in _digits(vertices, bits)]
    return json.dumps([digits[start : start + vertices] for start in range(0, len(digits), vertices)])


WRITERS: dict[str, Callable[[SearchSpace, str | os.PathLike[str]], None]] = {
    ".arrow": _write_arrow,
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".json": _write_json,
}
"""Suffix → function that writes the format."""
