"""Export of a table in the layout of syne-tune's blackbox repository."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import atomic_write
from nasbench_pytorch.search.encoded_parameters import Categorical, parameter_encoding
from nasbench_pytorch.search.evaluators.table_grid import TableGrid, table_grid
from nasbench_pytorch.space.encodings import graph_tensors
from nasbench_pytorch.space.encodings_abc import EDGES_OF_A, ENCODED_OPERATIONS, VERTICES
from nasbench_pytorch.table.default_table import open_table

if TYPE_CHECKING:
    import pyarrow as pa

    from nasbench_pytorch.table.storage.table_file import TableFile

TASK = "cifar10"
FIDELITY = "hp_epoch"
OBJECTIVES = (
    "metric_valid_error",
    "metric_test_error",
    "metric_train_error",
    "metric_runtime",
    "metric_elapsed_time",
)

Floats = npt.NDArray[np.float32]


def export_syne_tune(
    folder: str | os.PathLike[str], table: str | Path | None = None, epochs: Sequence[int] | None = None
) -> Path:
    """Write a table as a blackbox that syne-tune 0.16 loads.

    A cell becomes a configuration, a repeat a seed, and a budget a fidelity.

    syne-tune takes the fidelities for checkpoints of one training: a paused trial resumes from its checkpoint with the
    same seed. In NAS-Bench-101 that assumption fails. Each budget is a training of its own with its own cosine
    schedule, and repeat 1 of 12 epochs has nothing in common with repeat 1 of 4. Only the charged time can be made
    right: `metric_elapsed_time` is the sum of a cell's trainings up to a budget. A promotion is thus charged the whole
    larger training, and a trial that is never paused pays for all of them (160 epochs, where one training has 108).
    `metric_runtime` is the time of the one training. For a search with a single budget, export `epochs=(108,)`; both
    times are then the same.

    A configuration has the 26 parameters of encoding A. Each cell has one configuration: its pruned matrix, with
    isolated vertices before the output. Other matrices of the same cell are not found, so let a scheduler choose from
    `blackbox.all_configurations()` only, or add a surrogate.

    The files are `configspace.json`, `fidelityspace.json`, `hyperparameters.parquet`, `objectives_evaluations.npy`
    (float32, shape (1, cells, repeats, budgets, 5)), `fidelities_values.npy` and `metadata.json`. Errors are fractions
    and times are in seconds; missing rows are NaN. The whole of NAS-Bench-101 takes 100 MB. Writing needs neither
    syne-tune nor pandas; syne-tune needs fastparquet to read the files.

    Args:
        folder: folder for the files; it is made if it does not exist.
        table: name of a table, or its file; None for the best table on this machine.
        epochs: the budgets to export; None for all of the table.

    Returns:
        The folder.

    Raises:
        InputError: there is no such table, it lacks a budget, or its cells are not those of NAS-Bench-101.
        OSError: a file cannot be written.

    Source: `serialize` of awslabs/syne-tune 0.16, `blackbox_repository/blackbox_tabular.py`; names as in its
    NAS-Bench-201.
    """
    opened = open_table(table)
    grid = table_grid(opened, opened.metadata.epochs if epochs is None else epochs)
    bounds = grid.space.bounds
    if bounds.max_vertices > VERTICES or not set(bounds.operations) <= set(ENCODED_OPERATIONS):
        raise InputError(
            f"{opened.path.name} has cells of {grid.space!r}; encoding A holds only those of NAS-Bench-101, so name "
            "another table"
        )
    present = np.zeros(len(grid.space), dtype=np.bool_)
    present[grid.positions] = True
    cells = np.flatnonzero(present)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    _write_json(target / "configspace.json", _configuration_space())
    limits = {"lower": min(grid.epochs), "upper": max(grid.epochs)}
    _write_json(target / "fidelityspace.json", {FIDELITY: _domain("Integer", limits)})
    _write_parquet(target / "hyperparameters.parquet", _configurations(grid, cells))
    _write_array(target / "objectives_evaluations.npy", _objectives(opened, grid)[None, cells])
    _write_array(target / "fidelities_values.npy", np.array(grid.epochs, dtype=np.int64))
    metadata = {
        "metric_elapsed_time": "metric_elapsed_time",
        "metric_default": "metric_valid_error",
        "time_attr": FIDELITY,
        "objectives_names": list(OBJECTIVES),
        "task_names": [TASK],
    }
    _write_json(target / "metadata.json", metadata)  # last: where it exists, all files do
    return target


def _objectives(table: TableFile, grid: TableGrid) -> Floats:
    """Return the objectives in the order of `OBJECTIVES`, shape (cells of the space, repeats, budgets, 5)."""
    accuracies = [table.values(f"{part}_accuracy", grid.rows) for part in ("validation", "test", "train")]
    times_s = grid.fill(table.values("training_time", grid.rows), np.nan)
    columns = [1 - grid.fill(column, np.nan) for column in accuracies]
    stacked = np.stack([*columns, times_s, np.cumsum(times_s, axis=1)], axis=-1)
    objectives: Floats = stacked.swapaxes(1, 2).astype(np.float32)
    return objectives


def _configurations(grid: TableGrid, cells: npt.NDArray[np.int64]) -> pa.Table:
    """Return the parameters of encoding A of some cells, one column for each parameter.

    Args:
        grid: the rows of the table.
        cells: positions of the cells.
    """
    import pyarrow as pa

    space = grid.space.subset(cells)
    adjacency, operations = graph_tensors(space)
    size = adjacency.shape[1]
    padded = [*range(size - 1), VERTICES - 1]  # the output comes last
    matrices = np.zeros((len(cells), VERTICES, VERTICES), dtype=np.int64)
    matrices[np.ix_(range(len(cells)), padded, padded)] = adjacency
    order = [ENCODED_OPERATIONS.index(name) for name in space.bounds.operations]
    labels = np.zeros((len(cells), VERTICES - 2), dtype=np.int64)  # of isolated vertices: the first operation
    labels[:, : size - 2] = (operations[:, 1:-1, 2:] * np.array(order)).sum(axis=2)
    names = np.array(ENCODED_OPERATIONS)
    columns = {f"op_node_{vertex}": names[labels[:, vertex]] for vertex in range(VERTICES - 2)}
    columns |= {f"edge_{number}": matrices[:, u, w] for number, (u, w) in enumerate(EDGES_OF_A)}
    return pa.table(columns)


def _configuration_space() -> dict[str, Any]:
    parameters = [parameter for parameter in parameter_encoding("a").parameters if isinstance(parameter, Categorical)]
    return {name: _domain("Categorical", {"categories": list(values)}) for name, values in parameters}


def _domain(kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {"domain_cls": kind, "domain_kwargs": settings, "sampler_cls": "Uniform", "sampler_kwargs": {}}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    with atomic_write(path, "w") as stream:
        stream.write(json.dumps(content))


def _write_array(path: Path, array: npt.NDArray[Any]) -> None:
    with atomic_write(path) as stream:
        np.save(stream, array, allow_pickle=False)


def _write_parquet(path: Path, table: pa.Table) -> None:
    from pyarrow import parquet

    with atomic_write(path) as stream:
        parquet.write_table(table, stream, compression="gzip")
