"""The batches of a training, each decided by (seed, segment, step) alone, and those of an evaluation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from nasbench_pytorch.datasets.augmentation import crop_and_flip, draw_augmentation, normalise, to_device
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageSet


def _generator(*parts: int | str) -> torch.Generator:
    """A CPU generator of its own for `parts`: neighbouring seeds or steps share nothing."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest, "little"))


class TrainingBatches:
    """The shuffled, augmented stream of training batches, with random access.

    Segments lie between the evaluations of a training; in each the stream starts anew. Within a segment every epoch is
    a permutation of its own, and batches run across the borders of epochs, so all are full. As a batch depends on
    (seed, segment, step) only, whatever the device, a resumed training sees what an undisturbed one sees.

    Source: the original's input pipeline. It also replays its crops and flips from the start in every segment; here
    they are drawn anew.

    Attributes:
        images: what is drawn from.
        batch_size: images in a batch.
        steps_per_epoch: with `partial_batches`, the batches of one epoch, the last partial one included; else the full
            batches that begin and end in one epoch.

    Raises:
        InputError: `batch_size` is below 1 or larger than the number of images.
    """

    def __init__(
        self,
        images: ImageSet,
        batch_size: int,
        seed: int,
        *,
        mean: Sequence[float],
        std: Sequence[float],
        augment: bool = True,
        padding: int = 4,
        flip: bool = True,
        partial_batches: bool = False,
        dtype: torch.dtype = torch.float32,
        memory_format: torch.memory_format = torch.contiguous_format,
    ) -> None:
        """Describe the stream.

        Args:
            images: the training images, on the device that the batches should be on.
            batch_size: images in a batch.
            seed: decides order, crops and flips.
            mean: of each channel, on the 0–255 scale.
            std: of each channel, on the 0–255 scale.
            augment: crop and flip; else batches are only shuffled and normalised.
            padding: raw zeros on each side before a crop.
            flip: mirror each image with probability one half.
            partial_batches: end every epoch with a smaller batch instead of running on into the next, as the loader of
                nasbench-pytorch 1.3.1 did.
            dtype: of the batches' images.
            memory_format: of the batches' images.
        """
        if not 1 <= batch_size <= len(images):
            raise InputError(
                f"batch size must be 1 to {len(images):,}, the number of training images; got {batch_size:,}"
            )
        self.images = images
        self.batch_size = batch_size
        self._seed = seed
        exact = torch.float64 if dtype == torch.float64 else torch.float32
        self._mean = torch.tensor(mean, dtype=exact, device=images.images.device)
        self._std = torch.tensor(std, dtype=exact, device=images.images.device)
        self._augment, self._padding, self._flip = augment, padding, flip
        self._partial_batches = partial_batches
        self._dtype, self._memory_format = dtype, memory_format
        self._orders: dict[tuple[int, int], Tensor] = {}

    @property
    def steps_per_epoch(self) -> int:
        """Batches of one epoch."""
        count = len(self.images)
        return -(-count // self.batch_size) if self._partial_batches else count // self.batch_size

    def batch(
        self, segment: int, step: int
    ) -> tuple[Float[Tensor, "batch channels height width"], Int64[Tensor, " batch"]]:
        """Batch number `step`, from 0, of `segment`: normalised images and labels, on the images' device."""
        device = self.images.images.device
        indices = self.indices(segment, step)
        moved = to_device(indices, device)
        images = self.images.images.index_select(0, moved)
        if self._augment:
            generator = _generator("augmentation", self._seed, segment, step)
            drawn = draw_augmentation(len(indices), generator, self._padding, self._flip)
            images = crop_and_flip(images, drawn, self._padding, self._memory_format)
        normalised = normalise(images, self._mean, self._std, self._dtype, self._memory_format)
        return normalised, self.images.labels.index_select(0, moved)

    def indices(self, segment: int, step: int) -> Int64[Tensor, " batch"]:
        """Which images make up batch `step` of `segment`, as a CPU tensor.

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
        """The permutation of one epoch; the last two are kept, since a batch may lie across a border."""
        key = (segment, epoch)
        if key not in self._orders:
            while len(self._orders) > 1:
                self._orders.pop(next(iter(self._orders)))
            generator = _generator("order", self._seed, segment, epoch)
            self._orders[key] = torch.randperm(len(self.images), generator=generator)
        return self._orders[key]


def evaluation_batches(
    images: ImageSet,
    batch_size: int,
    *,
    mean: Sequence[float],
    std: Sequence[float],
    drop_remainder: bool = True,
    dtype: torch.dtype = torch.float32,
    memory_format: torch.memory_format = torch.contiguous_format,
) -> Iterator[tuple[Float[Tensor, "batch channels height width"], Int64[Tensor, " batch"]]]:
    """Normalised batches in file order, without augmentation.

    Args:
        images: the images; no image gives no batch.
        batch_size: images in a batch.
        mean: of each channel, on the 0–255 scale.
        std: of each channel, on the 0–255 scale.
        drop_remainder: leave out a last batch that is not full, as the original does: of 10,000 images it evaluates
            39 batches of 256, 9,984 in all.
        dtype: of the batches' images.
        memory_format: of the batches' images.

    Raises:
        InputError: at once, where `batch_size` is below 1, or so large that `drop_remainder` would drop every image.
    """
    count = len(images)
    if batch_size < 1 or (drop_remainder and 0 < count < batch_size):
        raise InputError(f"batch size must be 1 to {count:,}, the number of images to evaluate; got {batch_size:,}")
    exact = torch.float64 if dtype == torch.float64 else torch.float32
    shift, scale = (torch.tensor(values, dtype=exact, device=images.images.device) for values in (mean, std))
    end = count - count % batch_size if drop_remainder else count
    return (
        (
            normalise(images.images[start : start + batch_size], shift, scale, dtype, memory_format),
            images.labels[start : start + batch_size],
        )
        for start in range(0, end, batch_size)
    )
