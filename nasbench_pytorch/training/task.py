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
from nasbench_pytorch.training.world import ALONE, World


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
        InputError: a batch is larger than the training set, or the skeleton has other channels or too few labels.
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
    world: World = ALONE
    checkpoint_interval_s: float = 120.0
