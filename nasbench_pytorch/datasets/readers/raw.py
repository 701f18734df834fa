"""Result of all readers: raw pixels and labels in file order, checked for damage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int64, UInt8

from nasbench_pytorch.errors import InputError

CIFAR10_LABELS = 10
SIDE = 32
IMAGE_BYTES = 3 * SIDE * SIDE

TRAIN_BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))
TEST_BATCH = "test_batch"


@dataclass(frozen=True, eq=False)
class RawImages:
    """Images and labels of one file, or of several files in order."""

    images: UInt8[np.ndarray, "images 3 32 32"]
    labels: Int64[np.ndarray, " images"]

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, eq=False)
class RawDataset:
    """Training and test images of a layout.

    Attributes:
        source: name of the layout, to show to users.
        train: training images in file order.
        test: test images in file order.
    """

    source: str
    train: RawImages
    test: RawImages


def label_array(labels: Iterable[Any], where: str) -> Int64[np.ndarray, " images"]:
    """Return labels as an array.

    Raises:
        InputError: a label is no whole number, or too large for one of 64 bits; the message names `where`.
    """
    numbers = list(labels)
    if not all(isinstance(label, int | np.integer) for label in numbers):
        raise InputError(f"{where}: not CIFAR-10: labels must be whole numbers")
    try:
        return np.array(numbers, dtype=np.int64)
    except OverflowError:
        raise InputError(f"{where}: not CIFAR-10: a label is above 9 or below 0") from None


def checked(images: UInt8[np.ndarray, "images 3072"], labels: Int64[np.ndarray, " images"], where: str) -> RawImages:
    """Check rows of 1,024 red, 1,024 green and 1,024 blue values and their labels, and return them as images.

    Raises:
        InputError: the counts differ, or a label is not 0 to 9; the message names `where`.
    """
    if len(images) != len(labels):
        raise InputError(f"{where}: damaged: {len(images):,} images but {len(labels):,} labels")
    wrong = np.flatnonzero((labels < 0) | (labels >= CIFAR10_LABELS))
    if len(wrong):
        first = wrong[0]
        raise InputError(
            f"{where}: image {first} has label {labels[first]}; CIFAR-10 has labels 0 to 9 (damaged file?)"
        )
    return RawImages(images.reshape(-1, 3, SIDE, SIDE), labels)


def joined(parts: list[RawImages]) -> RawImages:
    """Concatenate the images of `parts`."""
    return RawImages(np.concatenate([part.images for part in parts]), np.concatenate([part.labels for part in parts]))
