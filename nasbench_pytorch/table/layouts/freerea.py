"""FreeREA's `accuracies.pkl.gz`: a pickled data frame of one accuracy for each cell of the space.

Columns `index` (0 to 423,623, in ascending hash order) and `accuracy`: the mean test accuracy of three trainings of 108
epochs, a whole number of 29,952 images up to rounding.

Source: NiccoloCavagnero/FreeREA (MIT), `cached_metrics/nasbench101/cifar10/accuracies.pkl.gz`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from typing_extensions import override

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space import enumerate_cells
from nasbench_pytorch.table.layouts.layout import Layout, Reading
from nasbench_pytorch.table.layouts.pickles.allowed import PANDAS
from nasbench_pytorch.table.layouts.pickles.data_frame import frame_columns
from nasbench_pytorch.table.layouts.pickles.stream import PickleStream
from nasbench_pytorch.table.layouts.pickles.values import Values
from nasbench_pytorch.table.layouts.reading.candidate import Candidate
from nasbench_pytorch.table.layouts.reading.rows import mean_rows
from nasbench_pytorch.table.layouts.reading.whole_space import space_cells

if TYPE_CHECKING:
    from nasbench_pytorch.table.storage.row_block import Block

CELLS = 423_624
IMAGES_OF_THREE = 29_952
"""Test images of three evaluations."""
_NEAR = 0.02
"""Largest distance of an accuracy from a whole number of images: the file's means are sums of float32 numbers."""


class FreereaAccuracies(Layout):
    """The layout."""

    name = "FreeREA's accuracies"
    content = "a pickled data frame with the columns index and accuracy"
    lacks = "single trainings (each value is the mean of three)"
    has_hashes = False

    @override
    def recognises(self, candidate: Candidate) -> bool:
        return candidate.outline is not None and candidate.outline.kind == "DataFrame"

    @override
    def read(self, candidates: Sequence[Candidate], reading: Reading) -> Iterator[Block]:
        accuracies = _accuracies(candidates[0])
        cells = space_cells(enumerate_cells(), reading.vocabulary)
        yield mean_rows(cells, 108, {"test_accuracy": accuracies}, reading.images)


def read_freerea_accuracies(path: str | os.PathLike[str]) -> npt.NDArray[np.uint16]:
    """Read FreeREA's `accuracies.pkl.gz` without running the pickle.

    Args:
        path: the file, compressed or not.

    Returns:
        uint16, shape (423624,): how many of 29,952 test images were right after 108 epochs, cells in ascending hash
        order; the mean test accuracy is that / 29,952.

    Raises:
        InputError: the file is damaged, is another pickle, asks for code, or an accuracy is no such number.
        OSError: the file cannot be read.
    """
    accuracies = _accuracies(Candidate(path))
    counts = np.rint(accuracies * IMAGES_OF_THREE)
    wrong = np.flatnonzero(~(np.abs(accuracies * IMAGES_OF_THREE - counts) < _NEAR) | (counts < 0))
    if len(wrong) or counts.max() > IMAGES_OF_THREE:
        row = int(wrong[0]) if len(wrong) else int(counts.argmax())
        raise InputError(
            f"{path}: the accuracy of index {row} is {float(accuracies[row])!r}, no whole number of "
            f"{IMAGES_OF_THREE:,} images; get the file again"
        )
    return counts.astype(np.uint16)


def _accuracies(candidate: Candidate) -> npt.NDArray[np.float64]:
    """Return the accuracies of all cells in ascending hash order, as the file holds them."""
    path = candidate.path
    with candidate.open() as source:
        stream = PickleStream(source, str(path), allowed=PANDAS)
        columns = frame_columns(Values(stream).of(stream.read_whole()))
    if columns is None or not {"index", "accuracy"} <= set(columns):
        found = "no data frame" if columns is None else f"a data frame with the columns {', '.join(columns)}"
        raise InputError(f"{path}: {found:.200}, not one with the columns index and accuracy")
    index, accuracies = columns["index"], columns["accuracy"]
    if index.dtype.kind not in "iu" or accuracies.dtype.kind != "f":
        raise InputError(f"{path}: index is {index.dtype} and accuracy {accuracies.dtype}, not integers and floats")
    if len(index) != CELLS or not np.array_equal(np.sort(index), np.arange(CELLS)):
        raise InputError(
            f"{path}: {len(index):,} rows whose index is not 0 to {CELLS - 1:,}, each once; a row's index is its "
            "cell's place in ascending hash order, so all cells are needed"
        )
    ordered = np.empty(CELLS, np.float64)
    ordered[index] = accuracies
    return ordered
