"""What a torch DataLoader is to a training loop: something with a length that gives batches, anew in each pass."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from torch import Tensor

from nasbench_pytorch.datasets.batches import TrainingBatches, evaluation_batches

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageData, ImageSet

Loaders: TypeAlias = dict[str, Any]
"""`train`, `train_size`, `test`, `test_size`, and with validation `validation`, `validation_size`."""

LEGACY_MEAN = tuple(255 * mean for mean in (0.4914, 0.4822, 0.4465))
"""What nasbench-pytorch 1.3.1 took as the mean, here on the 0–255 scale."""

LEGACY_STD = tuple(255 * std for std in (0.2023, 0.1994, 0.2010))
"""What nasbench-pytorch 1.3.1 took as the standard deviation, here on the 0–255 scale."""


class TrainingLoader:
    """Every pass is one epoch in an order of its own, with new crops and flips, a last partial batch included.

    Attributes:
        dataset: the images.
        batch_size: images in a batch.
    """

    def __init__(
        self, images: ImageSet, batch_size: int, seed: int, mean: tuple[float, ...], std: tuple[float, ...]
    ) -> None:
        self._batches = TrainingBatches(images, batch_size, seed, mean=mean, std=std, partial_batches=True)
        self._passes = 0
        self.dataset = images
        self.batch_size = batch_size

    def __len__(self) -> int:
        return self._batches.steps_per_epoch

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        segment, self._passes = self._passes, self._passes + 1
        return (self._batches.batch(segment, step) for step in range(len(self)))


class EvaluationLoader:
    """All images in file order, only normalised, a last partial batch included.

    Attributes:
        dataset: the images.
        batch_size: images in a batch.
    """

    def __init__(self, images: ImageSet, batch_size: int, mean: tuple[float, ...], std: tuple[float, ...]) -> None:
        self._mean, self._std = mean, std
        self.dataset = images
        self.batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return evaluation_batches(self.dataset, self.batch_size, mean=self._mean, std=self._std, drop_remainder=False)


def legacy_loaders(
    data: ImageData,
    batch_size: int,
    test_batch_size: int,
    seed: int,
    set_global_seed: bool,
    validation_as_is: bool,
) -> Loaders:
    """The loaders of nasbench-pytorch 1.3.1 over `data`; see `cifar10.prepare_dataset`."""
    if set_global_seed:
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - the global generator is what 1.3.1 promised to seed
    loaders: Loaders = {
        "train": TrainingLoader(data.train, batch_size, seed, LEGACY_MEAN, LEGACY_STD),
        "train_size": len(data.train),
        "test": EvaluationLoader(data.test, test_batch_size, LEGACY_MEAN, LEGACY_STD),
        "test_size": len(data.test),
    }
    if len(data.validation):
        kept = data.validation
        loaders["validation"] = (
            EvaluationLoader(kept, batch_size, LEGACY_MEAN, LEGACY_STD)
            if validation_as_is
            else TrainingLoader(kept, batch_size, seed, LEGACY_MEAN, LEGACY_STD)
        )
        loaders["validation_size"] = len(kept)
    return loaders
