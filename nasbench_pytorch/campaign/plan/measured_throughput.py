"""Throughput of this machine on a plan's cells, measured in a few seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from nasbench_pytorch.campaign.trials import spec_from_text
from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.space.costs.one_cell import TRAINING_FLOPS
from nasbench_pytorch.training.runtime.device import device_name
from nasbench_pytorch.training.throughput.measure import training_images_per_s

if TYPE_CHECKING:
    from nasbench_pytorch.campaign.ledger.insert_trials import CellRow
    from nasbench_pytorch.campaign.settings import Settings
    from nasbench_pytorch.training.recipe import Recipe

_QUANTILES = (0.25, 0.5, 0.75)
_SECONDS_EACH = 2.0
_LARGEST_STEP_GFLOP = 40.0


@dataclass(frozen=True)
class Throughput:
    """Measured throughput.

    Attributes:
        gflop_per_s: 10⁹ operations a second in training steps, of one training alone.
        device: name of the device.
        is_cpu: whether the device is a CPU; a training then takes `threads` cores.
        threads: CPU threads.
        batch_size: images a step; smaller than the recipe's if a step would take too long.
    """

    gflop_per_s: float
    device: str
    is_cpu: bool
    threads: int
    batch_size: int


def measure_throughput(rows: list[CellRow], settings: Settings, device: str = "auto") -> Throughput:
    """Train three of the cells, of small, middle and large cost, on random images for two seconds each.

    Raises:
        InputError: there is no such device, or it cannot run the recipe.
    """
    ordered = sorted(rows, key=lambda row: row.flops)
    chosen = [ordered[round(share * (len(ordered) - 1))] for share in _QUANTILES]
    recipe = settings.recipe
    resolved = resolve_device(device)
    if resolved.type == "cpu":  # a GPU is slow on few images, and takes whole batches in a moment
        recipe = replace(recipe, batch_size=_images_a_step(recipe, chosen[-1].flops))
    gflop, seconds = 0.0, 0.0
    for row in chosen:
        images_per_s = training_images_per_s(
            spec_from_text(row.adjacency, row.operations), recipe, skeleton=settings.skeleton, device=device,
            threads=settings.threads, at_least_s=_SECONDS_EACH,
        )  # fmt: skip
        # The same number of images of each: a campaign trains every cell on the same number.
        gflop += TRAINING_FLOPS * row.flops / 1e9
        seconds += 1 / images_per_s
    name, is_cpu = device_name(resolved), resolved.type == "cpu"
    return Throughput(gflop / seconds, name, is_cpu, settings.threads, recipe.batch_size)


def _images_a_step(recipe: Recipe, flops: int) -> int:
    """Return a batch size at which a step of the cell takes a CPU no longer than about a second."""
    shards = recipe.batch_norm_shards
    images = int(_LARGEST_STEP_GFLOP / (TRAINING_FLOPS * flops / 1e9))
    return max(2, min(recipe.batch_size, images) // shards) * shards
