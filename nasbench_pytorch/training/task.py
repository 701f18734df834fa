"""What a training is of, and how it runs: the one decides its numbers, the other only its speed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from nasbench_pytorch.datasets.images import ImageData
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.runtime.process_group import SINGLE_PROCESS, World


@dataclass(frozen=True, eq=False)
class Task:
    """All that decides a training's numbers.

    Attributes:
        spec: the cell.
        skeleton: the network around it.
        recipe: how to train.
        seed: decides initial weights and batches, together with the attempt's number.
        data: on the device.
        initial_weights: a `state_dict` that every attempt begins with; None draws weights by the seed.
    """

    spec: ModelSpec
    skeleton: Skeleton
    recipe: Recipe
    seed: int
    data: ImageData
    initial_weights: Mapping[str, Tensor] | None = None


def check_data(recipe: Recipe, skeleton: Skeleton, data: ImageData) -> None:
    """Refuse data that no cell can be trained on this way.

    Raises:
        InputError: a batch is larger than the training set, a shard of it too small, or the skeleton has other channels
            or too few labels.
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
    """Refuse batch norms that would have a single value of each channel to take statistics of.

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


@dataclass(frozen=True)
class Execution:
    """Where and how a training runs.

    Attributes:
        device: of this process.
        compile: run the network through torch.compile.
        prefetch: prepare the next batch while one trains.
        world: the processes that train together.
        checkpoint_interval_s: seconds between checkpoints.
    """

    device: torch.device
    compile: bool = False
    prefetch: bool = False
    world: World = SINGLE_PROCESS
    checkpoint_interval_s: float = 120.0
