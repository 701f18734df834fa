"""Before the images are loaded: checks of a training, and the settings of one that is resumed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.files import can_be_written
from nasbench_pytorch.memory import available_memory_bytes
from nasbench_pytorch.shapes import checked, checked_record
from nasbench_pytorch.space.costs.one_cell import count_parameters
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.space.spec import ModelSpec
from nasbench_pytorch.training.loop.step import check_shards
from nasbench_pytorch.training.network import build_network
from nasbench_pytorch.training.output.checkpoints import load_checkpoint
from nasbench_pytorch.training.output.run_folder import RunFolder
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.runtime.compilation import check_compilation
from nasbench_pytorch.training.runtime.device import device_name, resolve_precision, set_threads
from nasbench_pytorch.training.runtime.join import device_of
from nasbench_pytorch.training.runtime.process_group import SINGLE_PROCESS, ProcessGroup
from nasbench_pytorch.training.task import check_shard_size

_CIFAR10_IMAGES = 50_000
_CIFAR10_SIZE = 32

_BYTES_A_PARAMETER = 16
"""Weight, gradient and the optimiser's two slots, in float32."""


@dataclass(frozen=True)
class SavedSettings:
    """What an unfinished run trains, as its checkpoint says.

    Attributes:
        spec: the cell.
        skeleton: the network around it.
        recipe: the recipe.
        seed: the seed.
        dataset: name of the data set.
    """

    spec: ModelSpec
    skeleton: Skeleton
    recipe: Recipe
    seed: int
    dataset: str


@dataclass(frozen=True)
class _Identity:
    """What `Task.identity` has; the names are its keys."""

    spec: dict[str, Any]
    skeleton: dict[str, Any]
    recipe: dict[str, Any]
    seed: int
    data: dict[str, Any]


def saved_settings(folder: str | os.PathLike[str]) -> SavedSettings | None:
    """Return the settings of the unfinished run in a folder, or None where it holds no checkpoint.

    Raises:
        InputError: the checkpoint is damaged or of another version.
        OSError: it cannot be read.
    """
    checkpoint = RunFolder(folder).checkpoint
    if not checkpoint.exists():
        return None
    identity: dict[str, Any] = load_checkpoint(checkpoint).identity
    try:
        parts = checked_record(_Identity, identity)
        return SavedSettings(
            ModelSpec.from_dict(parts.spec),
            Skeleton.from_dict(parts.skeleton),
            Recipe.from_dict(parts.recipe),
            parts.seed,
            checked(str, parts.data.get("name"), "data.name"),
        )
    except InputError as error:
        raise InputError(f"{checkpoint}: its settings cannot be read ({error}); begin again with --overwrite") from None


def _check_memory(parameters: int) -> None:
    """Refuse a network whose weights, gradients and optimiser slots alone do not fit."""
    needed, available = parameters * _BYTES_A_PARAMETER, available_memory_bytes()
    if needed > available:
        raise InputError(
            f"the network has {parameters:,} parameters, which take {needed / 2**30:,.0f} GiB in a training, but "
            f"{available / 2**30:.1f} GiB are available; choose a smaller skeleton"
        )


def check_before_data(  # noqa: PLR0913 - the keywords of run_training that need no images
    spec: ModelSpec,
    recipe: Recipe,
    skeleton: Skeleton,
    *,
    dataset: str,
    device: str = "auto",
    threads: int | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool = False,
    overwrite: bool = False,
    compile: bool = False,
    process_group: ProcessGroup = SINGLE_PROCESS,
) -> str:
    """Refuse a training that cannot begin, before images are loaded or downloaded; set torch's threads.

    Args:
        spec: the cell.
        recipe: the recipe.
        skeleton: the network around the cell.
        dataset: name of the data set; what is known of `cifar10` is checked against the recipe.
        device: see `run_training`.
        threads: see `run_training`.
        out: see `run_training`.
        resume: see `run_training`.
        overwrite: see `run_training`.
        compile: see `run_training`.
        process_group: processes that train together; see `join_world`.

    Returns:
        Device, precision and threads, for people.

    Raises:
        InputError: a part does not fit the others, this machine lacks the device, or the folder is not free.
    """
    set_threads(threads)
    with torch.device("meta"):
        build_network(spec, skeleton, recipe)
    check_shards(recipe, process_group)
    target = device_of(process_group, device)
    precision = resolve_precision(recipe.precision, target)
    if compile:
        check_compilation(target)
    if target.type == "cpu":
        _check_memory(count_parameters(spec, skeleton))
    if dataset == "cifar10":
        check_shard_size(recipe, skeleton, _CIFAR10_SIZE)
        images = _CIFAR10_IMAGES - recipe.validation_size
        if recipe.batch_size > images:
            raise InputError(
                f"batch_size {recipe.batch_size} is larger than the {max(0, images)} training images; choose a smaller "
                "one"
            )
    if out is not None:
        RunFolder(out).check_free(resume=resume, overwrite=overwrite)
        if not can_be_written(Path(out)):
            raise InputError(f"{out}: the run folder cannot be made or written; choose another one with --out")
    count = torch.get_num_threads()
    return f"{target} ({device_name(target)}), {precision}, {count} thread{'' if count == 1 else 's'}"
