"""The layout of a table file: an Arrow IPC file of one record batch, in which one row is one cell.

Cells are in ascending hash order, so the file is its own index: a bisection searches `search_key`, the hash's first
eight bytes as a number. Each cell holds its rows, in the order of their source. A field that has the same value (or
the same share of the epochs) in every row is not a column but a line of the metadata. So is a field that no row has.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from nasbench_pytorch.space import CANONICAL_OPERATIONS
from nasbench_pytorch.table.storage.fields import ORIGINAL_EVALUATION_IMAGES

SCHEMA_VERSION = 1
METADATA_KEY = b"nasbench_table"
ENCODING_KEY = b"encoding"
FIELD_KEY = b"field"

CELL_COLUMNS = ("hash", "search_key", "adjacency", "operations", "trainable_parameters", "rows")
ROW_COLUMNS = ("epochs", "repeat", "position", "record")
"""Columns of a row beside its numbers: budget, repeat, position in the imported file, and original record."""


@dataclass(frozen=True)
class Source:
    """The file that a table was imported from.

    Attributes:
        name: file name, without folders.
        size_bytes: file size.
        sha256: digest, 64 hex digits.
        complete: whether the table holds every byte of the file; False after a salvage.
    """

    name: str
    size_bytes: int
    sha256: str
    complete: bool = True


@dataclass(frozen=True)
class Metadata:
    """The metadata of a table.

    Attributes:
        rows: number of rows.
        epochs: budgets of the rows, ascending.
        repeats: largest repeat + 1.
        evaluation_images: images of an evaluation; an accuracy is a whole number of them.
        images_by_set: `train`, `validation` and `test` → images of the set's evaluation, if they differ; else empty.
        skeleton: the network around the cells, by the field names of `Skeleton`; None if unknown.
        module_vertices: largest number of vertices of a cell of this table's space.
        max_edges: largest number of edges of a cell of this table's space.
        available_ops: operations in the order of the hash's labels.
        constants: fields that have one value in every row.
        shares_of_epochs: fields that are this multiple of the row's epochs.
        absent_fields: fields that no row has, such as those that the layout of an imported file lacks.
        source: the imported file, or None.
        about: the author's description of the table, JSON; "text" is a sentence to be shown.
        written_by: the program that wrote the table.
        schema_version: version of this layout.
    """

    rows: int
    epochs: tuple[int, ...]
    repeats: int
    evaluation_images: int = ORIGINAL_EVALUATION_IMAGES
    skeleton: dict[str, int] | None = None
    module_vertices: int = 7
    max_edges: int = 9
    available_ops: tuple[str, ...] = CANONICAL_OPERATIONS
    constants: dict[str, float] = field(default_factory=dict)
    shares_of_epochs: dict[str, float] = field(default_factory=dict)
    absent_fields: tuple[str, ...] = ()
    source: Source | None = None
    images_by_set: dict[str, int] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)
    written_by: str = ""
    schema_version: int = SCHEMA_VERSION

    def images_of(self, name: str) -> int:
        """Return the number of evaluation images of an accuracy, such as `halfway_test_accuracy`."""
        return self.images_by_set.get(name.removesuffix("_accuracy").rpartition("_")[2], self.evaluation_images)

    def to_bytes(self) -> bytes:
        """Return the JSON text for the schema's metadata."""
        values = asdict(self)
        if not self.absent_fields:
            del values["absent_fields"]  # earlier versions do not know the field
        return json.dumps(values).encode()
