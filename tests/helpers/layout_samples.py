"""Files of foreign layouts with the same records, written as the programs that own the layouts write them."""

from __future__ import annotations

import json
import pickle
import sqlite3
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nasbench_pytorch.table.tfrecord import record as record_format

if TYPE_CHECKING:
    from nasbench_pytorch.table.tfrecord.record import Record

_NAMES = ("training_time", "train_accuracy", "validation_accuracy", "test_accuracy")


def matrix_of(record: Record) -> np.ndarray[Any, np.dtype[np.int8]]:
    size = len(record.operations)
    return np.array(np.frombuffer(record.adjacency, np.int8).reshape(size, size))


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
        "latest_by_arch": {key: {**cell[-1], "derived": {}} for key, cell in entries.items()},  # the same texts
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


def gates(folder: Path, records: Sequence[Record], protocol: int = 4) -> list[Path]:
    codes = {"conv1x1-bn-relu": 0, "conv3x3-bn-relu": 1, "maxpool3x3": 2}
    entries = []
    for cell in by_cell(records).values():
        trainings = by_budget(cell)[108]
        small = matrix_of(cell[0])
        matrix = np.zeros((7, 7))
        places = [*range(len(small) - 1), 6]
        matrix[np.ix_(places, places)] = small
        operations = [codes[name] for name in cell[0].operations[1:-1]]
        means = [np.mean([evaluation(record, stage)[2] for record in trainings]) for stage in (2, 1)]
        entries.append(((matrix, operations + [3] * (5 - len(operations))), *means))
    cut = max(1, len(entries) * 9 // 10)
    return [
        _pickled(folder / "nasbench_allv.pkl", entries[:cut], protocol),
        *([_pickled(folder / "nasbench_allv_valid.pkl", entries[cut:], protocol)] if entries[cut:] else []),
    ]


def nni(folder: Path, records: Sequence[Record]) -> list[Path]:
    path = folder / "nasbench101-209f5694.db"
    database = sqlite3.connect(path)
    numbers = "train_acc REAL NOT NULL, valid_acc REAL NOT NULL, test_acc REAL NOT NULL, training_time REAL NOT NULL"
    database.executescript(
        f"""
        CREATE TABLE nb101trialconfig (id INTEGER NOT NULL PRIMARY KEY, arch JSON NOT NULL,
            num_vertices INTEGER NOT NULL, hash VARCHAR(64) NOT NULL, num_epochs INTEGER NOT NULL);
        CREATE TABLE nb101trialstats (id INTEGER NOT NULL PRIMARY KEY, config_id INTEGER NOT NULL, {numbers},
            parameters REAL NOT NULL);
        CREATE TABLE nb101intermediatestats (id INTEGER NOT NULL PRIMARY KEY, trial_id INTEGER NOT NULL,
            current_epoch INTEGER NOT NULL, {numbers});
        """
    )
    for key, cell in by_cell(records).items():
        matrix, operations = matrix_of(cell[0]), cell[0].operations
        size = len(operations)
        arch: dict[str, Any] = {f"op{vertex}": operations[vertex] for vertex in range(1, size - 1)}
        arch |= {f"input{vertex}": np.flatnonzero(matrix[:, vertex]).tolist() for vertex in range(1, size)}
        for epochs, trainings in by_budget(cell).items():
            configuration = database.execute(
                "INSERT INTO nb101trialconfig (arch, num_vertices, hash, num_epochs) VALUES (?, ?, ?, ?)",
                (json.dumps(arch), size, key, epochs),
            ).lastrowid
            for record in trainings:
                assert record.trainable_parameters is not None
                end = _percents(evaluation(record, 2))
                trial = database.execute(
                    "INSERT INTO nb101trialstats VALUES (NULL, ?, ?, ?, ?, ?, ?)",
                    (configuration, *end[1:], end[0] * 60, record.trainable_parameters / 1e6),
                ).lastrowid
                for stage in (1, 2):
                    time_s, *accuracies = _percents(evaluation(record, stage))
                    epoch = epochs * stage // 2
                    row = (trial, epoch, *accuracies, time_s)
                    database.execute("INSERT INTO nb101intermediatestats VALUES (NULL, ?, ?, ?, ?, ?, ?)", row)
    database.commit()
    database.close()
    return [path]


def _percents(values: Sequence[float | None]) -> list[float]:
    time_s, *accuracies = (float(value or 0.0) for value in values)
    return [time_s, *(accuracy * 100 for accuracy in accuracies)]


def neuralpredictor(folder: Path, records: Sequence[Record]) -> list[Path]:
    """Needs h5py, and three trainings of each of the four budgets."""
    import h5py

    codes = {"input": -1, "output": -2, "conv3x3-bn-relu": 0, "conv1x1-bn-relu": 1, "maxpool3x3": 2}
    cells = by_cell(records)
    count = len(cells)
    adjacency, operations = np.zeros((count, 7, 7), np.int8), np.zeros((count, 7), np.int8)
    metrics = np.zeros((count, 4, 3, 2, 4), np.float32)
    for number, cell in enumerate(cells.values()):
        size = len(cell[0].operations)
        adjacency[number, :size, :size] = matrix_of(cell[0])
        operations[number, :size] = [codes[name] for name in cell[0].operations]
        for place, epochs in enumerate((4, 12, 36, 108)):
            for repeat, record in enumerate(by_budget(cell)[epochs]):
                metrics[number, place, repeat] = [evaluation(record, 1), evaluation(record, 2)]
    path = folder / "nasbench.hdf5"
    with h5py.File(path, "w") as file:
        file.create_dataset("hash", data=np.array([key.encode() for key in cells]))
        file.create_dataset(
            "num_vertices", data=np.array([len(cell[0].operations) for cell in cells.values()], np.int8)
        )
        counts = np.array([cell[0].trainable_parameters for cell in cells.values()], np.int32)
        file.create_dataset("trainable_parameters", data=counts)
        file.create_dataset("adjacency", data=adjacency)
        file.create_dataset("operations", data=operations)
        file.create_dataset("metrics", data=metrics)
    return [path]


def nasbench_rs(folder: Path, records: Sequence[Record]) -> list[Path]:
    codes = {"input": 0, "conv1x1-bn-relu": 1, "conv3x3-bn-relu": 2, "maxpool3x3": 3, "output": 4}
    cells = by_cell(records)
    out = bytearray(b"nasbench-rs" + struct.pack(">I", len(cells)))
    for key, cell in cells.items():
        matrix, operations = matrix_of(cell[0]), cell[0].operations
        size = len(operations)
        bits = matrix[np.triu_indices(size, 1)].tolist()
        out += bytes([size, *(codes[name] for name in operations), size])
        out += struct.pack(">I", sum(bit << place for place, bit in enumerate(bits))) + bytes.fromhex(key)
        out += struct.pack(">I", cell[0].trainable_parameters) + bytes([len(by_budget(cell))])
        for epochs, trainings in sorted(by_budget(cell).items()):
            out += bytes([epochs, len(trainings)])
            for record in trainings:
                out += struct.pack(">8d", *evaluation(record, 1), *evaluation(record, 2))
    path = folder / "nasbench_full.bin"
    path.write_bytes(out)
    return [path]


def _means(cell: Sequence[Record]) -> dict[str, float]:
    trainings = np.array([evaluation(record, 2) for record in by_budget(cell)[108]], np.float64)
    time_s, _, validation, test = trainings.mean(axis=0).tolist()
    return {"test_accuracy": test, "validation_accuracy": validation, "training_time": time_s}


_ORDER = ("input", "conv1x1-bn-relu", "conv3x3-bn-relu", "maxpool3x3", "output")


def arch2vec(folder: Path, records: Sequence[Record]) -> list[Path]:
    entries = {}
    for number, cell in enumerate(by_cell(records).values()):
        size = len(cell[0].operations)
        matrix, one_hot = np.zeros((7, 7), int), np.zeros((7, 5), int)
        matrix[:size, :size] = matrix_of(cell[0])
        one_hot[np.arange(size), [_ORDER.index(name) for name in cell[0].operations]] = 1
        graph = {"module_adjacency": matrix.tolist(), "module_operations": one_hot.tolist()}
        entries[number] = {**_means(cell), **graph}
    return [_json(folder / "data.json", entries)]


def nar_former(folder: Path, records: Sequence[Record]) -> list[Path]:
    entries = {}
    for number, cell in enumerate(by_cell(records).values()):
        operations = [_ORDER.index(name) for name in cell[0].operations]
        graph = {"module_adjacency": matrix_of(cell[0]).tolist(), "module_operations": operations}
        entries[number] = {**_means(cell), **graph, "parameters": cell[0].trainable_parameters}
    return [_json(folder / "nasbench101.json", entries)]


def alphax(folder: Path, records: Sequence[Record]) -> list[Path]:
    entries = {}
    for cell in by_cell(records).values():
        graph = {"adj_mat": matrix_of(cell[0]).tolist(), "node_list": list(cell[0].operations)}
        entries[json.dumps(graph, sort_keys=True)] = _means(cell)["test_accuracy"]
    return [_json(folder / "nasbench_dataset", entries)]


def lanas(folder: Path, records: Sequence[Record]) -> list[Path]:
    codes = {"input": 2, "conv1x1-bn-relu": 3, "maxpool3x3": 4, "conv3x3-bn-relu": 5, "output": 6}
    entries = []
    for cell in by_cell(records).values():
        size = len(cell[0].operations)
        matrix = np.zeros((7, 7), int)
        matrix[:size, :size] = matrix_of(cell[0])
        operations = [codes[name] for name in cell[0].operations] + [9] * (7 - size)
        feature = [*matrix[:6].ravel().tolist(), *operations]
        entries.append({"feature": feature, "acc": _means(cell)["test_accuracy"]})
    return [_json(folder / "nasbench_dataset", entries)]


def mf_nas(folder: Path, records: Sequence[Record], as_json: bool = True) -> list[Path]:
    """The first training of each cell and budget."""
    content: dict[str, dict[str, Any]] = {}
    for key, cell in by_cell(records).items():
        for epochs, trainings in by_budget(cell).items():
            time_s, train, validation, test = evaluation(trainings[0], 2)
            content.setdefault(str(epochs), {})[key] = {
                "train_acc": train, "val_acc": validation, "test_acc": test, "train_time": time_s,
                "n_params": trainings[0].trainable_parameters, "flops": 0.5,
            }  # fmt: skip
    return [_json(folder / "data.json", content) if as_json else _pickled(folder / "data.p", content, 4)]


def _json(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content))
    return path


EVERY_TRAINING: dict[str, Callable[[Path, Sequence[Record]], list[Path]]] = {
    "NASLib": naslib,
    "NPENAS": npenas,
    "nasbenchapi": nasbenchapi,
    "archai": archai,
    "NNI": nni,
    "nasbench-rs": nasbench_rs,
}
"""Layouts that hold every training."""
MEANS: dict[str, Callable[[Path, Sequence[Record]], list[Path]]] = {
    "arch2vec": arch2vec,
    "NAR-Former": nar_former,
    "AlphaX": alphax,
    "LaNAS": lanas,
    "GATES": gates,
}
"""Layouts that hold means over the trainings of 108 epochs."""
