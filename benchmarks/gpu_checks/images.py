"""Random images in the sizes of CIFAR-10, since a machine with a card may not have it."""

from __future__ import annotations

import torch

from nasbench_pytorch.datasets.images import ImageData, ImageSet


def random_images(train: int, evaluation: int, seed: int = 0) -> ImageData:
    """Return random pixels and labels, split as a training wants them; the same for the same arguments."""
    generator = torch.Generator().manual_seed(seed)

    def images(count: int) -> ImageSet:
        pixels = torch.randint(256, (count, 3, 32, 32), dtype=torch.uint8, generator=generator)
        return ImageSet(pixels, torch.randint(10, (count,), generator=generator))

    training = images(train)
    return ImageData(
        name="random",
        source="random pixels",
        train=training,
        train_eval=training.take(evaluation),
        validation=images(evaluation),
        test=images(evaluation),
        sample=images(100),
        num_labels=10,
    )
