"""neuralpredictor.pytorch's `nasbench.hdf5`: the whole table as arrays.

Datasets: hash (N texts), num_vertices, trainable_parameters, adjacency (N, 7, 7, padded at the end), operations (N, 7:
-1 input, -2 output, 0 conv3x3, 1 conv1x1, 2 maxpool, padded with 0), metrics (float32: N, 4 budgets, 3 repeats, half
and end, time in seconds and train, validation and test accuracy).

Source: ultmaster/neuralpredictor.pytorch, `tools/nasbench_tfrecord_converter.py`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from nasbench_pytorch.errors import InputError, MissingExtraError
from nasbench_pytorch.space.operations import CONV1X1, CONV3X3, INPUT, MAXPOOL3X3, OUTPUT
from nasbench_pytorch.table.layouts.layout import Layout, Reading
from nasbench_pytorch.table.layouts.reading.graphs import matrix_bytes
from nasbench_pytorch.table.layouts.reading.rows import block_of
from nasbench_pytorch.table.storage.fields import FINAL, HALFWAY, METRICS
from nasbench_pytorch.table.storage.row_block import Cells

if TYPE_CHECKING:
    from nasbench_pytorch.table.layouts.reading.candidate import Candidate
    from nasbench_pytorch.table.storage.row_block import Block, Vocabulary

_MAGIC = b"\x89HDF\r\n\x1a\n"
_SIZE, _BUDGETS, _REPEATS = 7, (4, 12, 36, 108), 3
_SHAPES: dict[str, tuple[int, ...]] = {
    "hash": (),
    "num_vertices": (),
    "trainable_parameters": (),
    "adjacency": (_SIZE, _SIZE),
    "operations": (_SIZE,),
    "metrics": (len(_BUDGETS), _REPEATS, 2, len(METRICS)),
}
_KINDS = {
    "hash": "SO",
    "num_vertices": "iu",
    "trainable_parameters": "iu",
    "adjacency": "iub",
    "operations": "i",
    "metrics": "f",
}
_OPERATIONS = {-2: OUTPUT, -1: INPUT, 0: CONV3X3, 1: CONV1X1, 2: MAXPOOL3X3}
_CELLS_AT_A_TIME = 1 << 14


class NeuralPredictorArrays(Layout):
    """The layout; needs h5py."""

    name = "neuralpredictor's HDF5"
    content = "an HDF5 file with the datasets hash, num_vertices, adjacency, operations and metrics"
    lacks = "evaluations at the start, total_time, and all digits of times beyond float32"

    @override
    def recognises(self, candidate: Candidate) -> bool:
        if not candidate.head.startswith(_MAGIC):
            return False
        candidate.refuse_gzip()
        with _opened(candidate) as file:
            return set(_SHAPES) <= set(file)

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        candidate = candidates[0]
        with _opened(candidate) as file:
            count = _check_shapes(file, candidate)
            for start in range(0, count, _CELLS_AT_A_TIME):
                part = {name: np.asarray(file[name][start : start + _CELLS_AT_A_TIME]) for name in _SHAPES}
                yield _block(part, candidate, reading)
                if reading.progress is not None:
                    reading.progress(min(start + _CELLS_AT_A_TIME, count), count)


@contextlib.contextmanager
def _opened(candidate: Candidate) -> Iterator[Any]:
    """Open an HDF5 file for reading.

    Raises:
        MissingExtraError: h5py is not installed.
        InputError: the file is damaged.
    """
    try:
        import h5py
    except ImportError as error:
        raise MissingExtraError(f"{candidate.path} is an HDF5 file, but h5py", "hdf5") from error
    try:
        with h5py.File(candidate.path, "r") as file:
            yield file
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = ascii(str(error).split("\n")[0])[1:-1]
        raise InputError(f"{candidate.path}: damaged or cut short ({reason:.120}); get the file again") from None


def _check_shapes(file: Any, candidate: Candidate) -> int:
    """Return the number of cells, after a check of all types and shapes."""
    for name in _SHAPES:
        if getattr(file[name], "shape", None) is None:
            raise InputError(f"{candidate.path}: {name} is no array; the file is damaged")
    count = int(file["hash"].shape[0]) if file["hash"].shape else 0
    for name, shape in _SHAPES.items():
        found = file[name]
        if tuple(found.shape) != (count, *shape) or found.dtype.kind not in _KINDS[name]:
            wanted = "×".join(map(str, ("cells", *shape)))
            raise InputError(
                f"{candidate.path}: {name} has shape {tuple(found.shape)} and type {found.dtype}, not {wanted}"
            )
        if found.external or found.is_virtual:
            raise InputError(f"{candidate.path}: {name} refers to another file; copy the data into one file")
    return count


def _block(part: dict[str, npt.NDArray[Any]], candidate: Candidate, reading: Reading) -> Block:
    cells = _cells(part, candidate, reading.vocabulary)
    count = len(cells)
    metrics = part["metrics"].astype(np.float64).reshape(-1, 2, len(METRICS))
    epochs = np.tile(np.repeat(_BUDGETS, _REPEATS), count)
    values = {"halfway_current_epoch": epochs / 2, "current_epoch": epochs.astype(np.float64)}
    for place, stage in enumerate((HALFWAY, FINAL)):
        for number, name in enumerate(METRICS):
            values[stage + name] = metrics[:, place, number]
    row_cell = np.repeat(np.arange(count), len(_BUDGETS) * _REPEATS)
    return block_of(cells, row_cell, epochs, values, reading.images)


def _cells(part: dict[str, npt.NDArray[Any]], candidate: Candidate, vocabulary: Vocabulary) -> Cells:
    vertices = part["num_vertices"].astype(np.int64)
    if len(vertices) and not 2 <= int(vertices.min()) <= int(vertices.max()) <= _SIZE:
        raise InputError(f"{candidate.path}: num_vertices from {vertices.min()} to {vertices.max()}, not 2 to {_SIZE}")
    inside = np.arange(_SIZE) < vertices[:, None]
    matrices = matrix_bytes(part["adjacency"])
    operations = part["operations"]
    known = np.isin(operations, list(_OPERATIONS)) | ~inside
    if matrices is None or matrices[~(inside[:, :, None] & inside[:, None, :])].any() or not known.all():
        raise InputError(f"{candidate.path}: adjacency or operations hold other numbers than the layout's")
    codes = np.zeros(5, np.uint8)
    for number, name in _OPERATIONS.items():
        codes[number + 2] = vocabulary.code(name)
    hashes = [text if isinstance(text, bytes) else str(text).encode() for text in part["hash"].tolist()]
    try:
        digests = bytes.fromhex(b"".join(hashes).decode("ascii"))
    except ValueError:
        digests = b""
    if len(digests) != 16 * len(hashes) or {len(text) for text in hashes} - {32}:
        raise InputError(f"{candidate.path}: hash is not a list of texts of 32 hex digits")
    return Cells(
        np.frombuffer(digests, np.uint8).reshape(-1, 16),
        vertices,
        part["trainable_parameters"].astype(np.int64),
        matrices[inside[:, :, None] & inside[:, None, :]],
        codes[operations[inside].astype(np.int64) + 2],
    )
