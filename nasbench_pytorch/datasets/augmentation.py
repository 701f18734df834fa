"""Crop, flip and normalise whole batches, on whatever device the images are."""

from __future__ import annotations

from collections.abc import Sequence
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
    """What was drawn for each image: where its crop begins in the padded image, and whether it is flipped."""

    top: Int64[Tensor, " batch"]
    left: Int64[Tensor, " batch"]
    flipped: Bool[Tensor, " batch"]

    def to(self, device: torch.device) -> Augmentation:
        """The same draws on `device`."""
        return Augmentation(*(to_device(drawn, device) for drawn in self))


def to_device(drawn: Tensor, device: torch.device) -> Tensor:
    """Move a small CPU tensor without making the host wait for the work that the device has queued."""
    if device.type != "cuda":
        return drawn.to(device)
    return drawn.pin_memory().to(device, non_blocking=True)


def draw_augmentation(count: int, generator: torch.Generator, padding: int = 4, flip: bool = True) -> Augmentation:
    """Draw crops and flips for `count` images, each independent of the others.

    Args:
        count: number of images.
        generator: of the CPU, so that every device sees the same draws.
        padding: offsets are 0 to 2 × `padding`, both included, all equally likely.
        flip: with probability one half each; the crops are the same either way.
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
    """Pad with raw 0, cut out a window of the old size, then mirror it left to right where `drawn.flipped`.

    Padding comes before normalisation, so a padded pixel is darker than the mean: −1.989, −1.980, −1.707 in CIFAR-10.

    Args:
        images: raw pixels.
        drawn: which crop and flip each image gets.
        padding: as for `draw_augmentation`.
        memory_format: of the result, `torch.contiguous_format` or `torch.channels_last`.

    Source: the original's input pipeline; golden pictures in the tests.
    """
    batch, _, height, width = images.shape
    drawn = drawn.to(images.device)
    # Mirroring first is the same as long as the crop then begins as far from the other side, and is cheaper: planes
    # of bytes are mirrored fast, pixels of three bytes are not.
    both = torch.cat([images, images.flip(-1)])
    images = both.index_select(0, torch.arange(batch, device=images.device) + batch * drawn.flipped)
    left = torch.where(drawn.flipped, 2 * padding - drawn.left, drawn.left)
    pixels = _pixels(images) if memory_format == torch.channels_last else images.unsqueeze(-1)
    planes, depth = pixels.shape[1:-3].numel(), pixels.shape[-1]
    padded = pad(pixels.flatten(-2), (padding * depth, padding * depth, padding, padding))
    # A row of a crop is one of the runs of neighbouring pixels, so a crop is 32 copies of 96 bytes (or 96 of 32)
    # instead of 1,024 look-ups of a pixel.
    runs = padded.flatten().unfold(0, width * depth, 1)
    lines = torch.arange(batch * planes, device=images.device).view(batch, planes, 1) * padded.shape[-2]
    lines = lines + drawn.top.view(batch, 1, 1) + torch.arange(height, device=images.device)
    starts = lines * padded.shape[-1] + depth * left.view(batch, 1, 1)
    crops = runs.index_select(0, starts.flatten()).view(pixels.shape)
    return crops.permute(0, 3, 1, 2) if memory_format == torch.channels_last else crops.squeeze(-1)


def _pixels(images: UInt8[Tensor, "batch channels height width"]) -> UInt8[Tensor, "batch height width channels"]:
    """The images pixel by pixel, contiguous; of contiguous planes twice as fast as torch's own change of layout."""
    pixels = images.permute(0, 2, 3, 1)
    return pixels if pixels.is_contiguous() else torch.stack(images.unbind(1), dim=-1)


def augment(
    images: UInt8[Tensor, "batch channels height width"],
    generator: torch.Generator,
    padding: int = 4,
    flip: bool = True,
) -> UInt8[Tensor, "batch channels height width"]:
    """Random crops of the padded images, half of them mirrored: the augmentation of NAS-Bench-101.

    Args:
        images: raw pixels, on any device.
        generator: of the CPU; it alone decides the result, whatever the device.
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
    """(images − mean) / std, channel by channel, on the 0–255 scale.

    Computed in float32, or in float64 where that is `dtype`, and rounded to `dtype` last.

    Args:
        images: raw pixels.
        mean: one number for each channel.
        std: one number for each channel.
        dtype: of the result.
        memory_format: of the result, `torch.contiguous_format` or `torch.channels_last`.
    """
    exact = torch.float64 if dtype == torch.float64 else torch.float32
    shift = torch.as_tensor(mean, dtype=exact, device=images.device)
    scale = torch.as_tensor(std, dtype=exact, device=images.device)
    if memory_format == torch.channels_last:
        # In this layout as bytes already, and normalised as flat rows: a float copy would be four times as large, and a
        # broadcast over an innermost dimension of 3 four times as slow.
        pixels = _pixels(images)
        repeats = images.shape[2] * images.shape[3]
        flat = pixels.flatten(1).to(exact).sub_(shift.repeat(repeats)).div_(scale.repeat(repeats))
        return flat.to(dtype).view(pixels.shape).permute(0, 3, 1, 2)
    values = images.to(exact, memory_format=torch.contiguous_format)
    return values.sub_(shift.view(-1, 1, 1)).div_(scale.view(-1, 1, 1)).to(dtype)
