"""Batches of a training, each determined by (seed, segment, step) alone, and batches of an evaluation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from nasbench_pytorch.datasets.augmentation import Normalisation, crop_and_flip, draw_augmentation, to_device
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageSet


def _generator(*parts: int | str) -> torch.Generator:
    """Return a CPU generator for `parts`; neighbouring seeds or steps give unrelated random streams."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "little"))


class TrainingBatches:
    """Shuffled, augmented stream of training batches with random access.

    A segment is the part of a training between two evaluations; the stream restarts in each segment. Within a segment,
    every epoch is a new permutation of the images, and batches run across the borders of epochs, so all are full. A
    batch depends only on (seed, segment, step), whatever the device, so a resumed training gets the same batches as an
    uninterrupted one.

    Source: the original's input pipeline. The original also replays its crops and flips from the start in every
    segment; here each segment draws new ones.

    Attributes:
        images: the training images.
        batch_size: images in a batch.
        steps_per_epoch: with `partial_batches`, the batches of one epoch, the last partial one included; otherwise the
            number of full batches that fit into one epoch.

    Raises:
        InputError: `batch_size` is below 1 or larger than the number of images.
    """

    def __init__(
        self,
        images: ImageSet,
        batch_size: int,
        seed: int,
        *,
        normalisation: Normalisation,
        augment: bool = True,
        padding: int = 4,
        flip: bool = True,
        partial_batches: bool = False,
    ) -> None:
        """Set up the stream.

        Args:
            images: the training images, on the device where batches are wanted.
            batch_size: images in a batch.
            seed: seed of the order, crops and flips.
            normalisation: mean, standard deviation, dtype and memory layout of the batches' images.
            augment: crop and flip the images; otherwise batches are only shuffled and normalised.
            padding: raw zeros on each side before a crop.
            flip: mirror each image with probability one half.
            partial_batches: end every epoch with a smaller batch instead of continuing into the next epoch, as the
                loader of nasbench-pytorch 1.3.1 did.
        """
        if not 1 <= batch_size <= len(images):
            raise InputError(
                f"batch size must be 1 to {len(images):,}, the number of training images; got {batch_size:,}"
            )
        self.images = images
        self.batch_size = batch_size
        self._seed = seed
        self._normalise = normalisation.on(images.images.device)
        self._augment, self._padding, self._flip = augment, padding, flip
        self._partial_batches = partial_batches
        self._orders: dict[tuple[int, int], Tensor] = {}

    @property
    def steps_per_epoch(self) -> int:
        """Number of batches in one epoch."""
        count = len(self.images)
        return -(-count // self.batch_size) if self._partial_batches else count // self.batch_size

    def batch(
        self, segment: int, step: int
    ) -> tuple[Float[Tensor, "batch channels height width"], Int64[Tensor, " batch"]]:
        """Return batch `step` (from 0) of `segment`: normalised images and labels, on the images' device."""
        indices = self.indices(segment, step)
        on_device = to_device(indices, self.images.images.device)
        images = self.images.images.index_select(0, on_device)
        if self._augment:
            generator = _generator("augmentation", self._seed, segment, step)
            drawn = draw_augmentation(len(indices), generator, self._padding, self._flip)
            images = crop_and_flip(images, drawn, self._padding, self._normalise.memory_format)
        return self._normalise(images), self.images.labels.index_select(0, on_device)

    def indices(self, segment: int, step: int) -> Int64[Tensor, " batch"]:
        """Return the indices of the images in batch `step` of `segment`, as a CPU tensor.

        Raises:
            ValueError: `segment` or `step` is negative.
        """
        if segment < 0 or step < 0:
            raise ValueError(f"segment and step count from 0, got segment {segment}, step {step}")
        if self._partial_batches:
            epoch, step_of_epoch = divmod(step, self.steps_per_epoch)
            start = step_of_epoch * self.batch_size
            return self._order(segment, epoch)[start : start + self.batch_size]
        epoch, start = divmod(step * self.batch_size, len(self.images))
        first = self._order(segment, epoch)[start : start + self.batch_size]
        missing = self.batch_size - len(first)
        return torch.cat([first, self._order(segment, epoch + 1)[:missing]]) if missing else first

    def _order(self, segment: int, epoch: int) -> Tensor:
        """Return the permutation of an epoch; two are cached, since a batch may contain images of two epochs."""
        key = (segment, epoch)
        if key not in self._orders:
            while len(self._orders) > 1:
                self._orders.pop(next(iter(self._orders)))
            generator = _generator("order", self._seed, segment, epoch)
            self._orders[key] = torch.randperm(len(self.images), generator=generator)
        return self._orders[key]


def evaluation_batches(
    images: ImageSet, batch_size: int, *, normalisation: Normalisation, drop_remainder: bool = True
) -> Iterator[tuple[Float[Tensor, "batch channels height width"], Int64[Tensor, " batch"]]]:
    """Yield normalised batches in file order, without augmentation.

    Args:
        images: the images; an empty set gives no batch.
        batch_size: images in a batch.
        normalisation: mean, standard deviation, dtype and memory layout of the batches' images.
        drop_remainder: leave out a last batch that is not full. The original does this: of 10,000 images it evaluates
            39 batches of 256, 9,984 in all.

    Raises:
        InputError: at the call, if `batch_size` is below 1, or so large that `drop_remainder` would drop every image.
    """
    count = len(images)
    if batch_size < 1 or (drop_remainder and 0 < count < batch_size):
        raise InputError(f"batch size must be 1 to {count:,}, the number of images to evaluate; got {batch_size:,}")
    normalise = normalisation.on(images.images.device)
    end = count - count % batch_size if drop_remainder else count
    return (
        (normalise(images.images[start : start + batch_size]), images.labels[start : start + batch_size])
        for start in range(0, end, batch_size)
    )
