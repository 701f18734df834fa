"""The three records that describe a training: `Task`, `Execution` and `Output`."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from nasbench_pytorch.datasets.images import ImageData
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.skeleton import NASBENCH101_SKELETON, Skeleton
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.training.network import build_network
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.runtime.process_group import SINGLE_PROCESS, ProcessGroup


@dataclass(frozen=True, eq=False)
class Task:
    """What to train: everything that decides the result, up to rounding.

    Attributes:
        spec: cell to train.
        data: images, split as the recipe says, on any device; see `load_data`.
        recipe: how to train; NAS-Bench-101's by default.
        skeleton: network around the cell.
        seed: decides initial weights, shuffling, crops and flips.
        initial_weights: `state_dict` that every attempt begins with; None draws weights by the seed.
    """

    spec: ModelSpec
    data: ImageData
    recipe: Recipe = field(default_factory=Recipe)
    skeleton: Skeleton = NASBENCH101_SKELETON
    seed: int = 0
    initial_weights: Mapping[str, Tensor] | None = None

    def check(self) -> None:
        """Refuse a cell, recipe, skeleton and data that do not fit together.

        Raises:
            InputError: the network cannot be built, or `check_data` refuses the data.
        """
        with torch.device("meta"):
            build_network(self.spec, self.skeleton, self.recipe)
        check_data(self.recipe, self.skeleton, self.data)

    def describe_data(self) -> dict[str, Any]:
        """Return name, source and sizes of the data set."""
        return {
            "name": self.data.name,
            "source": self.data.source,
            "train_images": len(self.data.train),
            "train_evaluation_images": len(self.data.train_eval),
            "validation_images": len(self.data.validation),
            "test_images": len(self.data.test),
        }

    def identity(self) -> dict[str, Any]:
        """Return what a resumed training must have in common with its checkpoint."""
        return {
            "spec": self.spec.to_dict(),
            "skeleton": dict(vars(self.skeleton)),
            "recipe": self.recipe.to_dict(),
            "seed": self.seed,
            "data": self.describe_data(),
            "initial_weights": "drawn" if self.initial_weights is None else _digest(self.initial_weights),
        }


@dataclass(frozen=True)
class Execution:
    """Where and how fast to train; results change at most by rounding.

    Attributes:
        device: `auto`, `cpu`, `cuda`, `cuda:1`, …
        threads: CPU threads for torch; None leaves torch's setting.
        compile: run the network through torch.compile. Compilation takes minutes before the first step, outside
            `training_time_s`, and changes results by rounding.
        prefetch: prepare the next batch during the current step, in a thread on a CPU or a stream on CUDA; results
            are the same.
        process_group: processes that train this one network together; see `join_world`.
    """

    device: str = "auto"
    threads: int | None = None
    compile: bool = False
    prefetch: bool = False
    process_group: ProcessGroup = SINGLE_PROCESS


@dataclass(frozen=True)
class Output:
    """Files that a training reads and writes.

    Attributes:
        folder: folder for results.json, history.jsonl, weights.safetensors, curve.png and, while the training is
            unfinished, checkpoint.pt; None writes nothing. history.jsonl has a line for every ten steps: step, epochs,
            mean loss, learning_rate, images_per_s, training_time_s.
        resume: continue from the checkpoint in `folder`.
        overwrite: replace the run in `folder`.
        checkpoints_only: write only checkpoint.pt and history.jsonl, and keep both at the end, until the caller has
            stored the result.
        with_sample_metrics: also measure the trained network on the 100 sample images (sample_metrics.json).
        checkpoint_interval_s: seconds between checkpoints; every evaluation is followed by one as well.
    """

    folder: str | os.PathLike[str] | None = None
    resume: bool = False
    overwrite: bool = False
    checkpoints_only: bool = False
    with_sample_metrics: bool = False
    checkpoint_interval_s: float = 120.0


def check_data(recipe: Recipe, skeleton: Skeleton, data: ImageData) -> None:
    """Refuse data on which no cell can be trained with this recipe and skeleton.

    Raises:
        InputError: the batch is larger than the training set, a shard of it is too small, or the skeleton has other
            channels than the images or fewer labels than the data.
    """
    if recipe.batch_size > len(data.train):
        raise InputError(
            f"batch_size {recipe.batch_size} is larger than the {len(data.train)} training images; choose a smaller one"
        )
    channels = data.train.images.shape[1]
    if skeleton.in_channels != channels:
        raise InputError(f"the skeleton takes {skeleton.in_channels} channels, the images have {channels}")
    if skeleton.num_labels < data.num_labels:
        raise InputError(f"the skeleton has {skeleton.num_labels} labels, {data.name} has {data.num_labels}")
    check_shard_size(recipe, skeleton, data.train.images.shape[-1])


def check_shard_size(recipe: Recipe, skeleton: Skeleton, image_size: int) -> None:
    """Refuse shards that leave a batch norm a single value of each channel.

    Raises:
        InputError: a shard of the batch has one image, and the last stack one pixel.
    """
    images = recipe.batch_size // recipe.batch_norm_shards
    if images == 1 and image_size <= 2 ** (skeleton.num_stacks - 1):
        raise InputError(
            f"batch norm needs more than one value of a channel: a shard has {images} image (batch_size "
            f"{recipe.batch_size}, batch_norm_shards {recipe.batch_norm_shards}), which is one pixel after "
            f"{skeleton.num_stacks} stacks; choose a larger batch or fewer stacks"
        )


def _digest(weights: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in weights.items():
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()
