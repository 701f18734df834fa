"""The images, labels and seed with which a network is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from nasbench_pytorch.datasets.augmentation import CIFAR10_MEAN, CIFAR10_STD, normalise
from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.datasets.images import ImageSet


@dataclass(frozen=True, eq=False)
class Batch:
    """Normalised images with labels, and the seed of a proxy's own random numbers.

    Attributes:
        images: input of the network.
        labels: class of each image.
        seed: seed of the weights and the noise that a proxy draws, such as zen's.

    Raises:
        InputError: there are no images, or not one label for each image.
    """

    images: Float[Tensor, "batch channels height width"]
    labels: Int64[Tensor, " batch"]
    seed: int = 0

    def __post_init__(self) -> None:
        if self.images.ndim != 4 or not len(self.images):
            raise InputError(f"a batch needs images [batch, channels, height, width], got {list(self.images.shape)}")
        if self.labels.shape != self.images.shape[:1]:
            raise InputError(
                f"a batch of {len(self.images)} images needs as many labels, got {list(self.labels.shape)}"
            )

    def __len__(self) -> int:
        return len(self.images)

    @property
    def generator(self) -> torch.Generator:
        """A new CPU generator with the batch's seed: every use gives the same draws, on every device."""
        return torch.Generator().manual_seed(self.seed)

    def part(self, start: int, stop: int) -> Batch:
        """Return the images from `start` to `stop`."""
        return Batch(self.images[start:stop], self.labels[start:stop], self.seed)

    def to(self, device: torch.device, dtype: torch.dtype) -> Batch:
        """Return the same batch on a device and in a dtype."""
        return Batch(self.images.to(device, dtype), self.labels.to(device), self.seed)


def draw_batch(
    images: ImageSet,
    size: int,
    seed: int = 0,
    *,
    mean: Sequence[float] = CIFAR10_MEAN,
    std: Sequence[float] = CIFAR10_STD,
) -> Batch:
    """Draw different images of a set, each subset with the same probability; they are normalised, not augmented.

    Args:
        images: the set, such as `load_cifar10(...).train`.
        size: number of images.
        seed: seed of the choice, and of what proxies draw.
        mean: mean of each channel on the 0–255 scale.
        std: standard deviation of each channel on the 0–255 scale.

    Raises:
        InputError: the set has fewer images, `size` is below 1 or `seed` is negative.
    """
    if seed < 0:
        raise InputError(f"the seed of a batch must be at least 0, got {seed}")
    if not 1 <= size <= len(images):
        raise InputError(f"a batch has 1 to {len(images):,} of the set's images, got {size:,}")
    chosen = images.select(torch.randperm(len(images), generator=torch.Generator().manual_seed(seed))[:size])
    return Batch(normalise(chosen.images, mean, std), chosen.labels, seed)
