"""Batches of a data set by its name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from nasbench_pytorch.datasets import augmentation, digits
from nasbench_pytorch.proxies.batch import Batch, draw_batch

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageData
    from nasbench_pytorch.proxies.proxy import Proxy
    from nasbench_pytorch.proxies.settings import ScoringSettings


def batches_of_dataset(
    settings: ScoringSettings, seeds: Iterable[int], proxies: Iterable[Proxy], data_root: Path | None = None
) -> dict[int, Batch]:
    """Return the batch of each seed; blank ones where no proxy looks at an image, so that CIFAR-10 need not be there.

    Args:
        settings: size of the batches, and the data set's name: `cifar10` or `digits`.
        seeds: the seeds.
        proxies: what is to be computed.
        data_root: folder with CIFAR-10; `NASBENCH_DATA_DIR` or `data` if None.

    Raises:
        InputError: the data are missing, or have fewer images than a batch.
    """
    if not any(proxy.uses_images for proxy in proxies):
        return _blank(settings, seeds)
    images = _load(settings.data, data_root).train
    mean, std = (
        (digits.DIGITS_MEAN, digits.DIGITS_STD)
        if settings.data == "digits"
        else (augmentation.CIFAR10_MEAN, augmentation.CIFAR10_STD)
    )
    return {seed: draw_batch(images, settings.batch_size, seed, mean=mean, std=std) for seed in seeds}


def _blank(settings: ScoringSettings, seeds: Iterable[int]) -> dict[int, Batch]:
    images = torch.zeros(settings.batch_size, settings.skeleton.in_channels, 32, 32)
    labels = torch.arange(settings.batch_size) % settings.skeleton.num_labels
    return {seed: Batch(images, labels, seed) for seed in seeds}


def _load(dataset: str, data_root: Path | None) -> ImageData:
    if dataset == "digits":
        return digits.load_digits()
    from nasbench_pytorch.datasets.cifar10 import load_cifar10
    from nasbench_pytorch.folders import data_folder

    return load_cifar10(data_folder() if data_root is None else data_root)
