"""What re-encoding costs: small trainings on the images as they are and on the same images encoded once more.

The CIFAR-10 that the reproduction has was re-encoded by its source as JPEG of quality 75 with halved colour, so the
loss against the original images cannot be measured. Here every image goes through the same encoder again, on a grid of
blocks that is shifted by half a block so that it does damage again, and both kinds are trained and evaluated with the
same weights and batches. Appends a line for each pair to docs/results/reproduction/recoded-images.jsonl; pairs that are
there are skipped.

    python -m benchmarks.reproduction.recoded_images CIFAR10_FOLDER
"""

from __future__ import annotations

import dataclasses
import io
import json
import sys
from typing import Any

import numpy as np
import torch
from PIL import Image

from benchmarks.reproduction.choose import CELLS
from nasbench_pytorch.datasets.images import ImageData, ImageSet
from nasbench_pytorch.space import Skeleton
from nasbench_pytorch.space.presets import NAMED_CELLS
from nasbench_pytorch.training import Recipe, load_data, run_training

RESULTS = CELLS.parent / "recoded-images.jsonl"
SKELETON = Skeleton(stem_out_channels=16, num_modules_per_stack=1)
RECIPE = Recipe(epochs=12, batch_size=64)
TRAIN_IMAGES, EVALUATION_IMAGES, PAIRS = 10_000, 9_984, 6
QUALITY, HALVED_COLOUR, HALF_A_BLOCK = 75, 2, 4


def encode_again(images: ImageSet) -> tuple[ImageSet, float]:
    """The images after one more encoding, and how far it moved a pixel value (root mean square)."""
    pixels = images.images.permute(0, 2, 3, 1).numpy()
    edge = (HALF_A_BLOCK, HALF_A_BLOCK)
    padded = np.pad(pixels, ((0, 0), edge, edge, (0, 0)), mode="edge")
    recoded = np.empty_like(pixels)
    inside = slice(HALF_A_BLOCK, -HALF_A_BLOCK)
    for index, image in enumerate(padded):
        encoded = io.BytesIO()
        Image.fromarray(image).save(encoded, "JPEG", quality=QUALITY, subsampling=HALVED_COLOUR)
        recoded[index] = np.asarray(Image.open(encoded))[inside, inside]
    moved = float(np.sqrt(((recoded.astype(np.float64) - pixels) ** 2).mean()))
    return ImageSet(torch.from_numpy(recoded).permute(0, 3, 1, 2).contiguous(), images.labels), moved


def score(data: ImageData, seed: int) -> dict[str, float]:
    result = run_training(NAMED_CELLS["inception"].spec, data, RECIPE, skeleton=SKELETON, seed=seed, threads=1).result
    last = result.evaluations[-1]
    return {"train": last.train_accuracy, "validation": last.validation_accuracy or 0.0, "test": last.test_accuracy}


def main() -> None:
    torch.set_num_threads(1)
    done = [json.loads(line)["seed"] for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []
    as_given = load_data(
        "cifar10",
        RECIPE,
        sys.argv[1],
        train_images=TRAIN_IMAGES,
        evaluation_images=EVALUATION_IMAGES,
        download=False,
    )
    sets = {name: encode_again(getattr(as_given, name)) for name in ("train", "train_eval", "validation", "test")}
    again = dataclasses.replace(as_given, **{name: images for name, (images, _) in sets.items()})
    for seed in range(PAIRS):
        if seed in done:
            continue
        line: dict[str, Any] = {"seed": seed, "moved": sets["train"][1]}
        line |= {"as_given": score(as_given, seed), "again": score(again, seed)}
        with RESULTS.open("a") as results:
            results.write(json.dumps(line) + "\n")
        print(line, flush=True)


if __name__ == "__main__":
    main()
