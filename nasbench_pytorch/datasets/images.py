"""Labelled images as one uint8 tensor, and the five image sets of a training."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Int64, UInt8
from torch import Tensor


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Images and their labels, in file order.

    Attributes:
        images: raw pixels, 0 to 255.
        labels: class of each image.

    Raises:
        ValueError: the images are not a 4-d uint8 tensor, or the labels are not one int64 per image.
    """

    images: UInt8[Tensor, "images channels height width"]
    labels: Int64[Tensor, " images"]

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.dtype != torch.uint8:
            found = f"{list(self.images.shape)} of {self.images.dtype}"
            raise ValueError(f"images must be uint8 [images, channels, height, width], got {found}")
        if self.labels.shape != self.images.shape[:1] or self.labels.dtype != torch.int64:
            found = f"{list(self.labels.shape)} of {self.labels.dtype}"
            raise ValueError(f"labels must be int64 [{len(self.images)}], one for each image, got {found}")

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: torch.device | str) -> ImageSet:
        """Return the same images on `device`."""
        return ImageSet(self.images.to(device), self.labels.to(device))

    def take(self, count: int) -> ImageSet:
        """Return the first `count` images, or all if there are fewer; the result shares memory with this set."""
        return ImageSet(self.images[:count], self.labels[:count])

    def select(self, indices: Int64[Tensor, " chosen"]) -> ImageSet:
        """Return a copy of the images at `indices`, in that order."""
        indices = indices.to(self.images.device)
        return ImageSet(self.images.index_select(0, indices), self.labels.index_select(0, indices))

    def _begins(self, other: ImageSet) -> bool:
        """Whether this set is the first part of `other`, in the same memory."""
        return len(self) <= len(other) and self.images.data_ptr() == other.images.data_ptr()


@dataclass(frozen=True, eq=False)
class ImageData:
    """All image sets of a training.

    Attributes:
        name: `"cifar10"` or `"digits"`.
        source: origin of the images, shown to users and recorded in run folders, such as `"cifar-10-batches-py"`.
        train: images that the network is trained on.
        train_eval: training images on which train accuracy is measured.
        validation: images for choosing between networks; empty if the training uses all images.
        test: images for the final evaluation, never used to choose anything.
        sample: 10 images of each class, grouped by class, for the sample metrics.
        num_labels: number of classes.
    """

    name: str
    source: str
    train: ImageSet
    train_eval: ImageSet
    validation: ImageSet
    test: ImageSet
    sample: ImageSet
    num_labels: int

    def take(self, train: int | None = None, evaluation: int | None = None) -> ImageData:
        """Return the same data with fewer images, the first ones of each set; None leaves a number unchanged.

        Args:
            train: number of images in `train`; `train_eval` is limited too, so that it remains a part of `train`.
            evaluation: number of images in each of `train_eval`, `validation` and `test`.
        """
        limits = [count for count in (train, evaluation) if count is not None]
        return replace(
            self,
            train=self.train if train is None else self.train.take(train),
            train_eval=self.train_eval.take(min(limits)) if limits else self.train_eval,
            validation=self.validation if evaluation is None else self.validation.take(evaluation),
            test=self.test if evaluation is None else self.test.take(evaluation),
        )

    def to(self, device: torch.device | str) -> ImageData:
        """Return the same data on `device`; `train_eval` shares memory with `train` if it does now."""
        train = self.train.to(device)
        shared = self.train_eval._begins(self.train)
        return replace(
            self,
            train=train,
            train_eval=train.take(len(self.train_eval)) if shared else self.train_eval.to(device),
            validation=self.validation.to(device),
            test=self.test.to(device),
            sample=self.sample.to(device),
        )


def first_of_each_class(images: ImageSet, num_labels: int, per_class: int = 10) -> ImageSet:
    """Select the first `per_class` images of every class in file order, grouped by class 0, 1, 2, …

    A class with fewer images contributes all of them.
    """
    chosen = [torch.nonzero(images.labels == label).flatten()[:per_class] for label in range(num_labels)]
    return images.select(torch.cat(chosen))
