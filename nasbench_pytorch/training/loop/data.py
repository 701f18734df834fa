"""The images that a recipe asks for."""

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
        data_root: folder with CIFAR-10 in any of its layouts; it is downloaded into it where it is missing. None is
            the folder in the environment variable `NASBENCH_DATA_DIR`, else `data`.
        train_images: learn from the first so many of the training images only; None for all. The record of a run
            says how many there were.
        evaluation_images: evaluate on at most so many images of each set; None for what the recipe says.
        download: False refuses instead of downloading.

    Raises:
        InputError: the data are missing or damaged, or have fewer images than asked for.
    """
    for what, count in (("train_images", train_images), ("evaluation_images", evaluation_images)):
        if count is not None and count < 1:
            raise InputError(f"{what} must be at least 1, or left out for all, got {count}")
    data = _load(name, recipe, data_folder() if data_root is None else data_root, download)
    if train_images is not None and train_images > len(data.train):
        raise InputError(f"train_images is {train_images:,}, but {name} has {len(data.train):,} training images")
    most = max(len(data.validation), len(data.test), len(data.train_eval))
    if evaluation_images is not None and evaluation_images > most:
        raise InputError(f"evaluation_images is {evaluation_images:,}, but {name}'s largest set for it has {most:,}")
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
    """The stream of batches that a recipe trains on, in the layout that networks train in.

    Args:
        images: the training images, on the device that the batches should be on.
        recipe: batch size, normalisation and augmentation.
        seed: decides order, crops and flips.
        dtype: the network's.

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
