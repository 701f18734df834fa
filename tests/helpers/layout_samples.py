"""Files of foreign layouts with the same records, written as the programs that own the layouts write them."""

from __future__ import annotations

import gzip
import json
import pickle
import sqlite3
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from nasbench_pytorch.table.tfrecord import record as record_format
from nasbench_pytorch.table.tfrecord.record import Record

_NAMES = ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")


def matrix_of(record: Record) -> np.ndarray[Any, np.dtype[np.int8]]:
    size = len(record.operations)
    return np.frombuffer(record.adjacency, np.int8).reshape(size, size).copy()


def by_cell(records: Iterable[Record]) -> dict[str, list[Record]]:
    return {key: list(group) for key, group in groupby(records, lambda record: record.hash)}


def by_budget(records: Iterable[Record]) -> dict[int, list[Record]]:
    budgets: dict[int, list[Record]] = {}
    for record in records:
        budgets.setdefault(record.epochs, []).append(record)
    return budgets


def evaluation(record: Record, stage: int) -> list[float | None]:
    """Return time and three accuracies at the start (0), half (1) or end (2)."""
    return list(record.values[5 * stage + 1 : 5 * stage + 5])


def fixed(record: Record) -> dict[str, Any]:
    return {
        "module_adjacency": matrix_of(record),
        "module_operations": list(record.operations),
        "trainable_parameters": record.trainable_parameters,
    }


def computed(records: Iterable[Record]) -> dict[int, list[dict[str, Any]]]:
    return {
        epochs: [
            {
                f"{prefix}_{name}": value
                for stage, prefix in ((1, "halfway"), (2, "final"))
                for name, value in zip(_NAMES, evaluation(record, stage), strict=True)
            }
            for record in trainings
        ]
        for epochs, trainings in by_budget(records).items()
    }


def naslib(folder: Path, records: Sequence[Record], protocol: int = 4) -> list[Path]:
    content = {key: (fixed(cell[0]), computed(cell)) for key, cell in by_cell(records).items()}
    return [_pickled(folder / "nasbench_only108.pkl", content, protocol)]


def npenas(folder: Path, records: Sequence[Record], protocol: int = 4) -> list[Path]:
    cells = by_cell(records)
    return [
        _pickled(folder / "fixed_statistics.pkl", {key: fixed(cell[0]) for key, cell in cells.items()}, protocol),
        _pickled(folder / "computed_statistics.pkl", {key: computed(cell) for key, cell in cells.items()}, protocol),
    ]


def nasbenchapi(folder: Path, records: Sequence[Record], protocol: int = 5) -> list[Path]:
    entries: dict[str, list[dict[str, Any]]] = {}
    for record in records:
        module_hash, epochs, adjacency, operations, metrics = json.loads(record_format.encode(record))
        derived = dict(zip(_NAMES, evaluation(record, 2), strict=True))
        entries.setdefault(module_hash, []).append(
            {
                "epoch": epochs,
                "adjacency_str": adjacency,
                "operations_str": operations,
                "metrics_b64": metrics,
                "derived": {"trainable_parameters": record.trainable_parameters, **derived},
            }
        )
    content = {
        "benchmark": "nasbench101",
        "format": "lossless",
        "entries_by_arch": entries,
        "latest_by_arch": {key: {**cell[-1], "epoch": 108} for key, cell in entries.items()},
        "num_records": len(records),
        "fallback_records": [{} for _ in range(6)],
    }
    return [_pickled(folder / "nasbench101_full.pkl", content, protocol)]


def archai(folder: Path, records: Sequence[Record], protocol: int = 4) -> list[Path]:
    cells = []
    for key, cell in by_cell(records).items():
        metrics = {
            epochs: [
                [dict(zip(_NAMES, evaluation(record, stage), strict=True)) for stage in range(3)]
                for record in trainings
            ]
            for epochs, trainings in by_budget(cell).items()
        }
        cells.append({"module_hash": key, **fixed(cell[0]), "total_time": cell[0].values[15], "metrics": metrics})
    cells.sort(key=lambda facts: float(np.mean([run[-1]["test_accuracy"] for run in facts["metrics"][108]])))
    content = OrderedDict((facts["module_hash"], {**facts, "rank": rank}) for rank, facts in enumerate(cells))
    return [_pickled(folder / "nasbench_full.pkl", content, protocol)]


def _pickled(path: Path, content: Any, protocol: int) -> Path:
    path.write_bytes(pickle.dumps(content, protocol=protocol))
    return path
