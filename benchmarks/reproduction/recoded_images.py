"""Cost of re-encoding: small trainings on the images as they are and on the same images encoded once more.

The source of the reproduction's CIFAR-10 re-encoded it as JPEG of quality 75 with halved colour, so the loss against
the original images cannot be measured. This script encodes every image again, on a grid of blocks that is shifted by
half a block so that the second encoding does damage too, and trains and evaluates both versions with the same weights
and batches. It uses two qualities: the source's, and the one that changes pixels as much as the first encoding did,
which is estimated on photographs that were reduced in size, as CIFAR-10's were, and encoded twice. It appends a line
for each pair to docs/results/reproduction/recoded-images.jsonl, and skips pairs that are already there.

    python -m benchmarks.reproduction.recoded_images CIFAR10_FOLDER
"""

from __future__ import annotations

import dataclasses
import io
import json
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from scipy import stats
from sklearn.datasets import load_sample_images

from benchmarks.reproduction.choose import CELLS
from nasbench_pytorch.datasets.images import ImageData, ImageSet
from nasbench_pytorch.space import Skeleton
from nasbench_pytorch.space.costs.one_cell import IMAGE_SIZE
from nasbench_pytorch.space.presets import NAMED_CELLS
from nasbench_pytorch.training import Recipe, load_data, run_training

RESULTS = CELLS.parent / "recoded-images.jsonl"
SKELETON = Skeleton(stem_out_channels=16, num_modules_per_stack=1)
RECIPE = Recipe(epochs=12, batch_size=64)
TRAIN_IMAGES, EVALUATION_IMAGES, PAIRS = 10_000, 9_984, 6
SOURCE_QUALITY, HALVED_COLOUR, HALF_A_BLOCK = 75, 2, 4
QUALITIES = (SOURCE_QUALITY, 45)
SETS = ("train", "train_eval", "validation", "test")

Pixels = npt.NDArray[np.uint8]


def encode(image: Pixels, quality: int) -> Pixels:
    encoded = io.BytesIO()
    Image.fromarray(image).save(encoded, "JPEG", quality=quality, subsampling=HALVED_COLOUR)
    return np.asarray(Image.open(encoded))


def encode_shifted(image: Pixels, quality: int) -> Pixels:
    edge, inside = (HALF_A_BLOCK, HALF_A_BLOCK), slice(HALF_A_BLOCK, -HALF_A_BLOCK)
    return encode(np.pad(image, (edge, edge, (0, 0)), mode="edge"), quality)[inside, inside]


def distance(images: Pixels, others: Pixels) -> float:
    """Return the root mean square difference of pixel values, on the 0-255 scale."""
    return float(np.sqrt(((images.astype(np.float64) - others) ** 2).mean()))


def encode_again(images: ImageSet, quality: int) -> tuple[ImageSet, float]:
    """Encode the images once more; return them and their distance from before."""
    pixels = images.images.permute(0, 2, 3, 1).numpy()
    recoded = np.stack([encode_shifted(image, quality) for image in pixels])
    moved = distance(recoded, pixels)
    return ImageSet(torch.from_numpy(recoded).permute(0, 3, 1, 2).contiguous(), images.labels), moved


def small_photographs(reduction: int) -> Iterator[Pixels]:
    """Yield squares of scikit-learn's two photographs, reduced to the size of CIFAR-10's images."""
    side = IMAGE_SIZE * reduction
    for photograph in load_sample_images().images:
        height, width, _ = photograph.shape
        for top in range(0, height - side + 1, side // 2):
            for left in range(0, width - side + 1, side // 2):
                square = Image.fromarray(photograph[top : top + side, left : left + side])
                yield np.asarray(square.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.LANCZOS))


def first_to_second_encoding_ratio(reduction: int) -> float:
    """Return the ratio of the changes by a first and a second encoding of original images at the source's quality."""
    untouched = np.stack(list(small_photographs(reduction)))
    once = np.stack([encode(image, SOURCE_QUALITY) for image in untouched])
    twice = np.stack([encode_shifted(image, SOURCE_QUALITY) for image in once])
    return distance(untouched, once) / distance(once, twice)


def score(data: ImageData, seed: int) -> dict[str, float]:
    result = run_training(NAMED_CELLS["inception"].spec, data, RECIPE, skeleton=SKELETON, seed=seed, threads=1).result
    last = result.evaluations[-1]
    return {"train": last.train_accuracy, "validation": last.validation_accuracy or 0.0, "test": last.test_accuracy}


def read_pairs() -> list[dict[str, Any]]:
    return [json.loads(line) for line in RESULTS.read_text().splitlines()] if RESULTS.exists() else []


def train_pairs(as_given: ImageData, quality: int) -> None:
    """Train the missing pairs."""
    pairs = read_pairs()
    done = {pair["seed"] for pair in pairs if pair["quality"] == quality}
    if len(done) >= PAIRS:
        return
    recoded = {name: encode_again(getattr(as_given, name), quality) for name in SETS}
    again = dataclasses.replace(as_given, **{name: images for name, (images, _) in recoded.items()})
    # The result without another encoding is the same for every quality.
    known = {pair["seed"]: pair["as_given"] for pair in pairs}
    for seed in sorted(set(range(PAIRS)) - done):
        pair = {
            "quality": quality,
            "seed": seed,
            "moved": recoded["train"][1],
            "as_given": known[seed] if seed in known else score(as_given, seed),
            "again": score(again, seed),
        }
        with RESULTS.open("a") as results:
            results.write(json.dumps(pair) + "\n")
        print(pair, flush=True)


def print_costs() -> None:
    for quality in QUALITIES:
        pairs = [pair for pair in read_pairs() if pair["quality"] == quality]
        costs = []
        for name in ("train", "validation", "test"):
            differences = np.array([pair["as_given"][name] - pair["again"][name] for pair in pairs])
            costs.append(f"{name} {differences.mean():.3f} ± {stats.sem(differences):.3f}")
        print(f"quality {quality}, {len(pairs)} pairs, changed by {pairs[0]['moved']:.1f}: costs {', '.join(costs)}")


def main() -> None:
    torch.set_num_threads(1)
    ratios = ", ".join(f"{first_to_second_encoding_ratio(reduction):.2f} ({reduction})" for reduction in (3, 4, 6, 8))
    print(f"Change by a first encoding of original photographs / by a second one (reduction): {ratios}")
    as_given = load_data(
        "cifar10",
        RECIPE,
        sys.argv[1],
        train_images=TRAIN_IMAGES,
        evaluation_images=EVALUATION_IMAGES,
        download=False,
    )
    for quality in QUALITIES:
        train_pairs(as_given, quality)
    print_costs()


if __name__ == "__main__":
    main()
