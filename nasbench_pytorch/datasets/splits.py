"""Split the training images into training and validation images."""

from __future__ import annotations

from typing import Literal

import numpy as np
import torch

from nasbench_pytorch.datasets.images import ImageSet, first_of_each_class
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.suggestions import unknown_name

Split = Literal["file_order", "random"]

_SAMPLE_PER_CLASS = 10


def check_split(count: int, validation_size: int, split: str, split_seed: int, train_eval_images: int) -> None:
    """Check that `count` images can be split as requested, before anything is read.

    Raises:
        InputError: the split is impossible; the message says what is allowed.
    """
    if not 0 <= validation_size < count:
        allowed = f"0 to {count - 1:,}, so that images are left to train on"
        raise InputError(f"validation size must be {allowed}; got {validation_size:,}")
    if split not in (splits := ("file_order", "random")):
        raise unknown_name("split", split, splits)
    if not 0 <= split_seed < 2**32:
        raise InputError(f"split seed must be 0 to {2**32 - 1:,}; got {split_seed:,}")
    if train_eval_images < 1:
        raise InputError(f"train accuracy needs at least 1 image; got {train_eval_images:,}")


def divide(everything: ImageSet, validation_size: int, split: Split, split_seed: int) -> tuple[ImageSet, ImageSet]:
    """Return training images and validation images, both in file order.

    Args:
        everything: all training images.
        validation_size: number of validation images; may be 0.
        split: `"file_order"` takes the validation images from the end, `"random"` draws them.
        split_seed: seed of the random split.
    """
    count = len(everything)
    if split == "file_order":
        chosen = np.arange(count - validation_size, count)
    else:
        # 1.3.1 drew its split with this legacy generator, whose numbers numpy guarantees never to change.
        chosen = np.random.RandomState(split_seed).choice(count, validation_size, replace=False)
    is_validation = torch.zeros(count, dtype=torch.bool)
    is_validation[torch.from_numpy(chosen)] = True
    train, validation = (everything.select(torch.nonzero(part).flatten()) for part in (~is_validation, is_validation))
    return train, validation


def sample_set(validation: ImageSet, last_batch: ImageSet, num_labels: int) -> ImageSet:
    """Select 10 images of each class from `validation`, or from `last_batch` if `validation` has too few."""
    counts = torch.bincount(validation.labels, minlength=num_labels)
    source = validation if int(counts.min()) >= _SAMPLE_PER_CLASS else last_batch
    return first_of_each_class(source, num_labels, _SAMPLE_PER_CLASS)
