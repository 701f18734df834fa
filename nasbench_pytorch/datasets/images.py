"""Labelled images as one uint8 tensor, and the five sets that a training looks at."""

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
        ValueError: the images are not a 4-d uint8 tensor, or the labels not one int64 for each.
    """

    images: UInt8[Tensor, "images channels height width"]
    labels: Int64[Tensor, " images"]

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or self.images.dtype != torch.uint8:
            given = f"{list(self.images.shape)} of {self.images.dtype}"
            raise ValueError(f"images must be uint8 [images, channels, height, width], got {given}")
        if self.labels.shape != self.images.shape[:1] or self.labels.dtype != torch.int64:
            given = f"{list(self.labels.shape)} of {self.labels.dtype}"
            raise ValueError(f"labels must be int64 [{len(self.images)}], one for each image, got {given}")

    def __len__(self) -> int:
        return len(self.images)

    def to(self, device: torch.device | str) -> ImageSet:
        """The same images on `device`."""
        return ImageSet(self.images.to(device), self.labels.to(device))

    def take(self, count: int) -> ImageSet:
        """The first `count` images, or all where there are fewer; shares memory with this set."""
        return ImageSet(self.images[:count], self.labels[:count])

    def select(self, indices: Int64[Tensor, " chosen"]) -> ImageSet:
        """The images at `indices`, in that order, as a copy."""
        indices = indices.to(self.images.device)
        return ImageSet(self.images.index_select(0, indices), self.labels.index_select(0, indices))

    def _begins(self, other: ImageSet) -> bool:
        """Whether this set is the front of `other`, in the same memory."""
        return len(self) <= len(other) and self.images.data_ptr() == other.images.data_ptr()


@dataclass(frozen=True, eq=False)
class ImageData:
    """Everything that a training looks at.

    Attributes:
        name: `"cifar10"` or `"digits"`.
        source: where the images came from, for people and for the record of a run, such as `"cifar-10-batches-py"`.
        train: what the network learns from.
        train_eval: the training images that train accuracy is measured on.
        validation: may hold 0 images, where a training uses all of them.
        test: never looked at to choose anything.
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
        """The same data with fewer images, the first ones of each set; None leaves a number as it is.

        Args:
            train: images to learn from; `train_eval` is cut with them, so that it stays a part of them.
            evaluation: images of each of `train_eval`, `validation` and `test`.
        """
        seen = [count for count in (train, evaluation) if count is not None]
        return replace(
            self,
            train=self.train if train is None else self.train.take(train),
            train_eval=self.train_eval.take(min(seen)) if seen else self.train_eval,
            validation=self.validation if evaluation is None else self.validation.take(evaluation),
            test=self.test if evaluation is None else self.test.take(evaluation),
        )

    def to(self, device: torch.device | str) -> ImageData:
        """The same data on `device`; `train_eval` goes on sharing memory with `train` where it does now."""
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
    """The first `per_class` images of every class in file order, grouped by class 0, 1, 2, …

    A class with fewer images gives what it has.
    """
    chosen = [torch.nonzero(images.labels == label).flatten()[:per_class] for label in range(num_labels)]
    return images.select(torch.cat(chosen))
