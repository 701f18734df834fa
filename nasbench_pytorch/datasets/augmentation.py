"""Crop, flip and normalise whole batches, on the images' device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64, UInt8
from torch import Tensor
from torch.nn.functional import pad

CIFAR10_MEAN = (125.31, 122.95, 113.87)
"""Mean of red, green and blue on the 0–255 scale, as in the original."""

CIFAR10_STD = (62.99, 62.09, 66.70)
"""Standard deviation of red, green and blue on the 0–255 scale, as in the original."""


class Augmentation(NamedTuple):
    """Random draws for a batch: the top left corner of each crop in the padded image, and whether to flip it."""

    top: Int64[Tensor, " batch"]
    left: Int64[Tensor, " batch"]
    flipped: Bool[Tensor, " batch"]

    def to(self, device: torch.device) -> Augmentation:
        """Return the same draws on `device`."""
        return Augmentation(*(to_device(drawn, device) for drawn in self))


@dataclass(frozen=True, eq=False)
class Normalisation:
    """How raw pixels become the input of a network: (pixels − mean) / std, in a dtype and a memory layout.

    Attributes:
        mean: one number for each channel, on the 0–255 scale.
        std: one number for each channel, on the 0–255 scale.
        dtype: dtype of the result.
        memory_format: layout of the result, `torch.contiguous_format` or `torch.channels_last`.
    """

    mean: Sequence[float] | Tensor
    std: Sequence[float] | Tensor
    dtype: torch.dtype = torch.float32
    memory_format: torch.memory_format = torch.contiguous_format

    def on(self, device: torch.device) -> Normalisation:
        """Return the same settings with `mean` and `std` as tensors on `device`."""
        exact = _exact(self.dtype)
        mean, std = (torch.as_tensor(values, dtype=exact, device=device) for values in (self.mean, self.std))
        return Normalisation(mean, std, self.dtype, self.memory_format)

    def __call__(
        self, images: UInt8[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch channels height width"]:
        """Normalise a batch of raw pixels."""
        return normalise(images, self.mean, self.std, self.dtype, self.memory_format)


def to_device(drawn: Tensor, device: torch.device) -> Tensor:
    """Move a small CPU tensor to `device` without waiting for the work queued there."""
    if device.type != "cuda":
        return drawn.to(device)
    return drawn.pin_memory().to(device, non_blocking=True)


def draw_augmentation(count: int, generator: torch.Generator, padding: int = 4, flip: bool = True) -> Augmentation:
    """Draw independent crops and flips for `count` images.

    Args:
        count: number of images.
        generator: a CPU generator, so that all devices get the same draws.
        padding: offsets are uniform over 0 to 2 × `padding`, both included.
        flip: flip each image with probability one half; the crops do not depend on it.
    """
    top, left = torch.randint(0, 2 * padding + 1, (2, count), generator=generator)
    flipped = torch.randint(0, 2, (count,), generator=generator, dtype=torch.bool)
    return Augmentation(top, left, flipped if flip else torch.zeros_like(flipped))


def crop_and_flip(
    images: UInt8[Tensor, "batch channels height width"],
    drawn: Augmentation,
    padding: int = 4,
    memory_format: torch.memory_format = torch.contiguous_format,
) -> UInt8[Tensor, "batch channels height width"]:
    """Pad with raw 0, crop a window of the original size, then mirror it left to right if `drawn.flipped`.

    Padding comes before normalisation, so a padded pixel is darker than the mean: −1.989, −1.980, −1.707 in CIFAR-10.

    Args:
        images: raw pixels.
        drawn: crop and flip of each image.
        padding: the padding that `drawn` was drawn for.
        memory_format: layout of the result, `torch.contiguous_format` or `torch.channels_last`.

    Source: the original's input pipeline; golden pictures in the tests.
    """
    batch, _, height, width = images.shape
    drawn = drawn.to(images.device)
    # Mirroring the image first gives the same result if the crop is then measured from the other side. It is cheaper:
    # planes of bytes are mirrored fast, pixels of three bytes are not.
    both = torch.cat([images, images.flip(-1)])
    images = both.index_select(0, torch.arange(batch, device=images.device) + batch * drawn.flipped)
    left = torch.where(drawn.flipped, 2 * padding - drawn.left, drawn.left)
    pixels = _pixels(images) if memory_format == torch.channels_last else images.unsqueeze(-1)
    planes, depth = pixels.shape[1:-3].numel(), pixels.shape[-1]
    padded = pad(pixels.flatten(-2), (padding * depth, padding * depth, padding, padding))
    # Each row of a crop is a run of neighbouring pixels, so a crop is 32 copies of 96 bytes (or 96 of 32) instead of
    # 1,024 look-ups of a pixel.
    runs = padded.flatten().unfold(0, width * depth, 1)
    lines = torch.arange(batch * planes, device=images.device).view(batch, planes, 1) * padded.shape[-2]
    lines = lines + drawn.top.view(batch, 1, 1) + torch.arange(height, device=images.device)
    starts = lines * padded.shape[-1] + depth * left.view(batch, 1, 1)
    crops = runs.index_select(0, starts.flatten()).view(pixels.shape)
    return crops.permute(0, 3, 1, 2) if memory_format == torch.channels_last else crops.squeeze(-1)


def _pixels(images: UInt8[Tensor, "batch channels height width"]) -> UInt8[Tensor, "batch height width channels"]:
    """Return contiguous NHWC images; from contiguous planes this is twice as fast as torch's own layout change."""
    pixels = images.permute(0, 2, 3, 1)
    return pixels if pixels.is_contiguous() else torch.stack(images.unbind(1), dim=-1)


def augment(
    images: UInt8[Tensor, "batch channels height width"],
    generator: torch.Generator,
    padding: int = 4,
    flip: bool = True,
) -> UInt8[Tensor, "batch channels height width"]:
    """Crop the padded images at random and mirror half of them: the augmentation of NAS-Bench-101.

    Args:
        images: raw pixels, on any device.
        generator: a CPU generator; the result depends on nothing else, whatever the device.
        padding: raw zeros on each side.
        flip: mirror each image with probability one half.
    """
    return crop_and_flip(images, draw_augmentation(len(images), generator, padding, flip), padding)


def normalise(
    images: UInt8[Tensor, "batch channels height width"],
    mean: Sequence[float] | Tensor,
    std: Sequence[float] | Tensor,
    dtype: torch.dtype = torch.float32,
    memory_format: torch.memory_format = torch.contiguous_format,
) -> Float[Tensor, "batch channels height width"]:
    """Compute (images − mean) / std for each channel, on the 0–255 scale.

    The computation is in float32, or in float64 if `dtype` is float64; rounding to `dtype` comes last.

    Args:
        images: raw pixels.
        mean: one number for each channel.
        std: one number for each channel.
        dtype: dtype of the result.
        memory_format: layout of the result, `torch.contiguous_format` or `torch.channels_last`.
    """
    exact = _exact(dtype)
    shift = torch.as_tensor(mean, dtype=exact, device=images.device)
    scale = torch.as_tensor(std, dtype=exact, device=images.device)
    if memory_format == torch.channels_last:
        # The layout changes while pixels are bytes, since a float copy would be four times as large. The arithmetic is
        # on flat rows, since a broadcast over an innermost dimension of 3 would be four times as slow.
        pixels = _pixels(images)
        repeats = images.shape[2] * images.shape[3]
        flat = pixels.flatten(1).to(exact).sub_(shift.repeat(repeats)).div_(scale.repeat(repeats))
        return flat.to(dtype).view(pixels.shape).permute(0, 3, 1, 2)
    values = images.to(exact, memory_format=torch.contiguous_format)
    return values.sub_(shift.view(-1, 1, 1)).div_(scale.view(-1, 1, 1)).to(dtype)


def _exact(dtype: torch.dtype) -> torch.dtype:
    """Return the dtype in which images of `dtype` are normalised."""
    return torch.float64 if dtype == torch.float64 else torch.float32
