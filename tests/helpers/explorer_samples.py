"""Explored tables and their server for tests."""

from __future__ import annotations

import dataclasses
import functools
import json
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from nasbench_pytorch.explorer import ExploredTable, Searches, TableComparison, create_app
from nasbench_pytorch.records import Evaluation
from nasbench_pytorch.search import Budget, run_search
from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.table import TableBuilder, TableFile
from nasbench_pytorch.table.default_table import EMBEDDED_TABLE
from nasbench_pytorch.table.storage.schema import METADATA_KEY
from nasbench_pytorch.table.storage.writer import write_batch

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # newer versions of starlette want another client
    from starlette.testclient import TestClient

ADDRESS = "http://127.0.0.1:8101"


@functools.cache
def mini_file() -> Path:
    """Return a copy of the embedded table that says its cells have at most 5 vertices: that space is listed at once."""
    table = TableFile(EMBEDDED_TABLE)
    return _rewritten(table, table.batch_with({}), Path(_folder().name) / "mini.arrow", module_vertices=5)


def _rewritten(table: TableFile, batch: pa.RecordBatch, path: Path, **changes: Any) -> Path:
    """Write rows of a table with other metadata."""
    facts = dataclasses.replace(table.metadata, **changes)
    write_batch(path, batch.replace_schema_metadata({**batch.schema.metadata, METADATA_KEY: facts.to_bytes()}))
    return path


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="nasbench-tests-")


@functools.cache
def mini_table() -> ExploredTable:
    """Return the table of `mini_file`, explored."""
    return ExploredTable(TableFile(mini_file()), "mini")


def client_of(
    table: ExploredTable | None = None, comparison: TableComparison | None = None, searches: Searches | None = None
) -> TestClient:
    """Return a client of a server over a table."""
    app = create_app(table or mini_table(), comparison, searches)
    return TestClient(app, base_url=ADDRESS, raise_server_exceptions=False)


def irregular_table(folder: Path, repeats: Sequence[Sequence[int]], seed: int = 0) -> ExploredTable:
    """Return a table of chains of 3×3 convolutions, whose cell i has `repeats[i][b]` rows at the budgets 4 and 12.

    About one accuracy of eight is missing.
    """
    rng, builder = np.random.default_rng(seed), TableBuilder()
    for length, counts in enumerate(repeats):
        size = length + 2
        spec = ModelSpec(np.eye(size, k=1, dtype=np.int8), ["input", *["conv3x3-bn-relu"] * length, "output"])
        for epochs, count in zip((4, 12), counts, strict=True):
            for repeat in range(count):
                accuracy = float("nan") if rng.random() < 0.125 else float(rng.integers(0, 100)) / 100
                final = Evaluation(float(epochs), 1, rng.random(), 0.5, 0.5, accuracy, 1.0, 1.0, 1.0)
                builder.add(spec, epochs, repeat, [final])
    builder.write(folder / "irregular.arrow")
    return ExploredTable(TableFile(folder / "irregular.arrow"))


def table_without_cells(folder: Path) -> TableFile:
    """Return a table of 0 cells, which is a valid file."""
    table = TableFile(EMBEDDED_TABLE)
    changes: dict[str, Any] = {"rows": 0, "repeats": 0, "epochs": ()}
    return TableFile(_rewritten(table, table.batch_with({}).slice(0, 0), folder / "none.arrow", **changes))


def table_of_chains(folder: Path, cells: int, accuracy: float) -> TableFile:
    """Return a table of chains of 3×3 convolutions in which every number of a result is the same."""
    builder = TableBuilder()
    for length in range(1, cells + 1):
        spec = ModelSpec(np.eye(length + 2, k=1, dtype=np.int8), ["input", *["conv3x3-bn-relu"] * length, "output"])
        for repeat in range(3):
            numbers = (accuracy, accuracy, accuracy, accuracy)
            builder.add(spec, 12, repeat, [Evaluation(12.0, 1, *numbers, 1.0, 1.0, 1.0)])
    builder.write(folder / "large.arrow")
    table = TableFile(folder / "large.arrow")
    return TableFile(_rewritten(table, table.batch_with({}), folder / "chains.arrow", module_vertices=5))


def newer_table(path: Path) -> Path:
    """Write what a later version of the format could look like: other columns, fields and types, several batches."""
    facts = {"schema_version": 2, "written_by": "nasbench-pytorch 9.0", "budgets": [[4, "epochs"]], "epochs": {"4": 1}}
    columns = {
        "cell_id": pa.array(["a", "b"]),
        "graph": pa.array([{"edges": [1]}, None]),
        "search_key": pa.array([0.5, 1]),
    }
    batch = pa.record_batch(list(columns.values()), list(columns))
    schema = batch.schema.with_metadata({METADATA_KEY: json.dumps(facts).encode()})
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(path, schema, options=options) as file:
        for _ in range(3):
            file.write_batch(batch.replace_schema_metadata(schema.metadata))
    return path


def write_searches(folder: Path, searches: int = 2, runs: int = 2) -> Path:
    """Write searches of the embedded table into sub-folders, and return the folder."""
    for seed in range(searches):
        run_search(
            "random_search",
            table=mini_table().file,
            settings={"epochs": 12},
            budget=Budget(seconds=3000),
            runs=runs,
            seed=seed,
            out=folder / f"seed{seed}",
        )
    return folder
