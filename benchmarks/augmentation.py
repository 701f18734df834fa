"""Claim: on one core, batched crop, flip and normalisation is about 20 times faster than torchvision's, image by image.

Measured with torch 2.13.0 and torchvision 0.28.0 on a shared machine with 2 x86 cores, median of 15 rounds; the numbers
are in results/augmentation.json. Two references, each run image by image and stacked as a DataLoader's worker does:
torchvision's RandomCrop, RandomHorizontalFlip, ToTensor and Normalize (where it is installed; nasbench-pytorch 1.3.1
trained on these), and the leanest loop that we could write with Pillow.

Processor time of one thread, which the neighbours on a shared machine disturb least.

    python benchmarks/augmentation.py
"""

from __future__ import annotations

import platform
import random
import statistics
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from nasbench_pytorch.datasets import ImageSet, TrainingBatches
from nasbench_pytorch.datasets.augmentation import CIFAR10_MEAN, CIFAR10_STD
from nasbench_pytorch.files import write_json

RESULTS = Path(__file__).parent / "results" / "augmentation.json"
IMAGES = 40_000
BATCH_SIZE = 256
ROUNDS = 15

MEAN, STD = (torch.tensor(values).view(3, 1, 1) for values in (CIFAR10_MEAN, CIFAR10_STD))


def lean_pillow(picture: Image.Image) -> torch.Tensor:
    """Pad, crop, flip, to float, normalise: one image, as few steps as we know how."""
    top, left = random.randint(0, 8), random.randint(0, 8)
    cropped = ImageOps.expand(picture, border=4).crop((left, top, left + 32, top + 32))
    if random.random() < 0.5:
        cropped = cropped.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pixels = torch.from_numpy(np.array(cropped)).permute(2, 0, 1).contiguous().float()
    return pixels.sub_(MEAN).div_(STD)


def torchvision_transforms() -> Callable[[Image.Image], torch.Tensor] | None:
    """The peer, where it is installed and fits the installed torch."""
    try:
        from torchvision import transforms  # type: ignore[import-not-found]
    except (ImportError, RuntimeError):
        return None
    mean, std = ([value / 255 for value in values] for values in (CIFAR10_MEAN, CIFAR10_STD))
    steps = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip(), transforms.ToTensor()]
    composed: Callable[[Image.Image], torch.Tensor] = transforms.Compose([*steps, transforms.Normalize(mean, std)])
    return composed


def images_per_s(make_batch: Callable[[int], object], batches: int) -> float:
    """Median over `ROUNDS` of how many images `make_batch` gives in a second of processor time."""
    # A training holds on to the batch it works on. Without that, the C library may give the memory of each batch back
    # to the system and fetch it anew, which was seen to cost more than the batch.
    held = deque([make_batch(0)], maxlen=3)
    rounds = []
    for number in range(ROUNDS):
        start = time.process_time()
        for step in range(batches):
            held.append(make_batch(number * batches + step))
        rounds.append(batches * BATCH_SIZE / (time.process_time() - start))
    return statistics.median(rounds)


def measure() -> dict[str, float]:
    raw = torch.randint(0, 256, (IMAGES, 3, 32, 32), dtype=torch.uint8)
    images = ImageSet(raw, torch.zeros(IMAGES, dtype=torch.int64))
    pictures = [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in raw[:BATCH_SIZE]]
    measured = {}
    torch.set_num_threads(1)
    for name, transform in (("torchvision", torchvision_transforms()), ("lean Pillow", lean_pillow)):
        if transform:
            one_by_one = lambda _, transform=transform: torch.stack([transform(each) for each in pictures])  # noqa: E731
            measured[f"{name}, image by image"] = images_per_s(one_by_one, 1)
    for name, memory_format in (("NCHW", torch.contiguous_format), ("channels_last", torch.channels_last)):
        stream = TrainingBatches(images, BATCH_SIZE, 0, mean=CIFAR10_MEAN, std=CIFAR10_STD, memory_format=memory_format)
        measured[f"batched, {name}"] = images_per_s(partial(stream.batch, 0), 20)
    return measured


def main() -> None:
    measured = measure()
    reference = next(iter(measured.values()))
    for label, rate in measured.items():
        print(f"{label:28} {rate:>10,.0f} images/s {rate / reference:>6.1f} ×")
    versions = {"python": platform.python_version(), "torch": torch.__version__, "machine": platform.machine()}
    rates = {label: round(rate) for label, rate in measured.items()}
    RESULTS.parent.mkdir(exist_ok=True)
    write_json(RESULTS, {"images_per_s": rates, "rounds": ROUNDS, **versions})


if __name__ == "__main__":
    main()
