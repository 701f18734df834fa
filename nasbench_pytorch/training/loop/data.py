"""Data sets, split and batched as a recipe says."""

from __future__ import annotations

import os
from typing import Literal

import torch

from nasbench_pytorch.datasets.augmentation import Normalisation
from nasbench_pytorch.datasets.batches import TrainingBatches
from nasbench_pytorch.datasets.images import ImageData, ImageSet
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.folders import data_folder
from nasbench_pytorch.training.recipe import Recipe

DatasetName = Literal["cifar10", "digits"]


def load_data(
    name: DatasetName,
    recipe: Recipe,
    data_root: str | os.PathLike[str] | None = None,
    *,
    train_images: int | None = None,
    evaluation_images: int | None = None,
    download: bool = True,
) -> ImageData:
    """Load a data set, split as `recipe` says.

    Args:
        name: `cifar10`, or `digits`, which needs no files.
        recipe: sizes and kind of the split.
        data_root: folder with CIFAR-10 in any of its layouts; missing data are downloaded into it. None is
            the folder in the environment variable `NASBENCH_DATA_DIR`, else `data`.
        train_images: use only this many training images, the first ones; None uses all. The record of a run holds
            the number.
        evaluation_images: evaluate on at most this many images of each set; None leaves the recipe's numbers.
        download: False raises an error instead of downloading.

    Raises:
        InputError: the data are missing or damaged, or have fewer images than requested.
    """
    for argument, count in (("train_images", train_images), ("evaluation_images", evaluation_images)):
        if count is not None and count < 1:
            raise InputError(f"{argument} must be at least 1, or left out for all, got {count}")
    data = _load(name, recipe, data_folder() if data_root is None else data_root, download)
    if train_images is not None and train_images > len(data.train):
        raise InputError(f"train_images is {train_images:,}, but {name} has {len(data.train):,} training images")
    largest = max(len(data.validation), len(data.test), len(data.train_eval))
    if evaluation_images is not None and evaluation_images > largest:
        raise InputError(f"evaluation_images is {evaluation_images:,}, but {name}'s largest set for it has {largest:,}")
    return data.take(train_images, evaluation_images)


def _load(name: DatasetName, recipe: Recipe, data_root: str | os.PathLike[str], download: bool) -> ImageData:
    if name == "digits":
        from nasbench_pytorch.datasets.digits import load_digits

        data = load_digits(recipe.train_evaluation_images)
        if recipe.validation_size != len(data.validation) or recipe.split != "file_order":
            raise InputError(
                f"the digits have a fixed split with {len(data.validation)} validation images, the recipe asks for "
                f"{recipe.validation_size} ({recipe.split}); start from --preset digits"
            )
        return data
    from nasbench_pytorch.datasets.cifar10 import load_cifar10

    return load_cifar10(
        data_root,
        validation_size=recipe.validation_size,
        split=recipe.split,
        split_seed=recipe.split_seed,
        train_eval_images=recipe.train_evaluation_images,
        download=download,
    )


def training_batches(images: ImageSet, recipe: Recipe, seed: int, dtype: torch.dtype) -> TrainingBatches:
    """Return the stream of a recipe's training batches, in the memory layout of the networks.

    Args:
        images: training images; the batches are made on the same device.
        recipe: batch size, normalisation and augmentation.
        seed: decides order, crops and flips.
        dtype: dtype of the network.

    Raises:
        InputError: a batch is larger than the number of images.
    """
    return TrainingBatches(
        images,
        recipe.batch_size,
        seed,
        normalisation=Normalisation(recipe.pixel_mean, recipe.pixel_std, dtype, torch.channels_last),
        augment=recipe.augment,
        padding=recipe.crop_padding,
        flip=recipe.horizontal_flip,
        partial_batches=recipe.partial_batches,
    )
