"""Readers of search spaces and of images."""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from nasbench_pytorch.datasets.readers import binary_batches, parquet, python_batches
from nasbench_pytorch.space import SearchSpace, enumerate_cells
from tests.fuzz.mutations import changed_bytes, changed_json
from tests.fuzz.reader import FuzzedReader, WrongReadError
from tests.helpers.datasets_tiny_cifar10 import binary, encoded, python2_pickle

_IMAGES = 3
_METADATA_KEY = b"nasbench-pytorch"


def _space(folder: Path) -> bytes:
    path = folder / "sound.arrow"
    enumerate_cells(max_vertices=4, cache=False).save(path)
    return path.read_bytes()


def _changed_description(data: bytes, generator: random.Random) -> bytes:
    with pa.ipc.open_file(pa.BufferReader(data)) as reader:
        table = reader.read_all()
    description = json.loads(changed_json(table.schema.metadata[_METADATA_KEY], generator))
    table = table.replace_schema_metadata({_METADATA_KEY: json.dumps(description)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def _same_cells(path: Path) -> None:
    """The cells and their bounds must be those that were saved."""
    found, sound = SearchSpace.load(path), SearchSpace.load(path.with_name("sound.arrow"))
    cells = [(spec.original_matrix.tolist(), spec.original_ops) for spec in found]
    if cells != [(spec.original_matrix.tolist(), spec.original_ops) for spec in sound]:
        raise WrongReadError("other cells were read")
    if (found.bounds, found.complete, found.merged) != (sound.bounds, sound.complete, sound.merged):
        raise WrongReadError("other bounds were read")


def _images() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    return generator.integers(0, 256, (_IMAGES, 3, 32, 32), dtype=np.uint8), np.array([3, 0, 9])


def _pickle(folder: Path) -> bytes:
    del folder
    return python2_pickle(*_images())


def _binary(folder: Path) -> bytes:
    del folder
    return binary(*_images())


def _parquet(folder: Path) -> bytes:
    images, labels = _images()
    images[:] = images[:, :, :1]  # small files, in which most bytes are structure
    path = folder / "sound.parquet"
    pyarrow.parquet.write_table(pa.table({"img": [encoded(image, "PNG") for image in images], "label": labels}), path)
    return path.read_bytes()


def _read_parquet(path: Path) -> None:
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        for split in ("train", "test"):
            shutil.copy(path, Path(scratch) / f"{split}-0.parquet")
        parquet.read(Path(scratch))


DATA_READERS: dict[str, FuzzedReader] = {
    "search space": FuzzedReader(".arrow", _space, changed_bytes, _same_cells),
    "JSON of a search space": FuzzedReader(".arrow", _space, _changed_description, _same_cells),
    "pickled CIFAR-10": FuzzedReader(
        "", _pickle, changed_bytes, lambda path: python_batches.read_batch(path.read_bytes(), "it")
    ),
    "binary CIFAR-10": FuzzedReader(
        ".bin", _binary, changed_bytes, lambda path: binary_batches.read_batch(path.read_bytes(), "it")
    ),
    "Parquet CIFAR-10": FuzzedReader(".parquet", _parquet, changed_bytes, _read_parquet),
}
