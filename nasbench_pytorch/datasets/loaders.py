"""Loaders of nasbench-pytorch 1.3.1: like torch's DataLoader, they have a length and give batches in each pass."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from torch import Tensor
from torch.utils.data import SubsetRandomSampler

from nasbench_pytorch.datasets.augmentation import Normalisation
from nasbench_pytorch.datasets.batches import TrainingBatches, evaluation_batches

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageData, ImageSet

Loaders: TypeAlias = dict[str, Any]
"""`train`, `train_size`, `test`, `test_size`, and with validation images `validation` and `validation_size`."""

LEGACY_MEAN = tuple(255 * mean for mean in (0.4914, 0.4822, 0.4465))
"""Mean of each channel in nasbench-pytorch 1.3.1, on the 0–255 scale."""

LEGACY_STD = tuple(255 * std for std in (0.2023, 0.1994, 0.2010))
"""Standard deviation of each channel in nasbench-pytorch 1.3.1, on the 0–255 scale."""

_NORMALISATION = Normalisation(LEGACY_MEAN, LEGACY_STD)


class TrainingLoader:
    """Loader of one epoch per pass: a new order, new crops and flips, and a last partial batch.

    Attributes:
        dataset: the images.
        batch_size: images in a batch.
    """

    def __init__(self, images: ImageSet, batch_size: int, seed: int) -> None:
        self._batches = TrainingBatches(images, batch_size, seed, normalisation=_NORMALISATION, partial_batches=True)
        self._passes = 0
        self.dataset = images
        self.batch_size = batch_size

    def __len__(self) -> int:
        return self._batches.steps_per_epoch

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        segment, self._passes = self._passes, self._passes + 1
        return (self._batches.batch(segment, step) for step in range(len(self)))


class EvaluationLoader:
    """Loader of all images in file order, only normalised, with a last partial batch.

    Attributes:
        dataset: the images.
        batch_size: images in a batch.
    """

    def __init__(self, images: ImageSet, batch_size: int) -> None:
        self.dataset = images
        self.batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        return evaluation_batches(self.dataset, self.batch_size, normalisation=_NORMALISATION, drop_remainder=False)


def legacy_loaders(
    data: ImageData,
    batch_size: int,
    test_batch_size: int,
    seed: int,
    set_global_seed: bool,
    validation_as_is: bool,
) -> Loaders:
    """Return the loaders of nasbench-pytorch 1.3.1 over `data`.

    Args:
        data: the images.
        batch_size: batch size of training and validation.
        test_batch_size: batch size of the test.
        seed: seed of the order, crops and flips.
        set_global_seed: also seed Python's and numpy's global generators.
        validation_as_is: only normalise the validation images; False also crops, flips and shuffles them.
    """
    if set_global_seed:
        seed_worker(seed, 0)
    loaders: Loaders = {
        "train": TrainingLoader(data.train, batch_size, seed),
        "train_size": len(data.train),
        "test": EvaluationLoader(data.test, test_batch_size),
        "test_size": len(data.test),
    }
    if len(data.validation):
        loaders["validation"] = (
            EvaluationLoader(data.validation, batch_size)
            if validation_as_is
            else TrainingLoader(data.validation, batch_size, seed)
        )
        loaders["validation_size"] = len(data.validation)
    return loaders


def train_valid_split(
    dataset_size: int, valid_size: int, random_state: int | None = None
) -> tuple[SubsetRandomSampler, SubsetRandomSampler]:
    """Return samplers of training and validation images as in nasbench-pytorch 1.3.1.

    Args:
        dataset_size: number of images.
        valid_size: number of validation images.
        random_state: seed of the split; None draws from numpy's global generator.
    """
    # The legacy generators, as 1.3.1 had them: numpy guarantees that their numbers never change.
    generator: Any = np.random if random_state is None else np.random.RandomState(seed=random_state)
    validation: Any = generator.choice(dataset_size, size=valid_size, replace=False)
    training: Any = np.delete(np.arange(dataset_size), validation)
    return SubsetRandomSampler(training), SubsetRandomSampler(validation)


def seed_worker(seed: int | None, worker_id: int) -> None:
    """Seed Python's and numpy's global generators with `seed + worker_id`, as in nasbench-pytorch 1.3.1.

    Args:
        seed: None counts as 0.
        worker_id: number of a worker of torch's DataLoader.
    """
    worker_seed = (seed or 0) + worker_id
    np.random.seed(worker_seed)  # noqa: NPY002 - 1.3.1 seeded the global generator
    random.seed(worker_seed)
