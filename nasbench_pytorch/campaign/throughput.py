"""How fast this machine trains a plan's cells, measured in seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from nasbench_pytorch.campaign.estimate import FORWARD_AND_BACKWARD
from nasbench_pytorch.campaign.plan import CellRow
from nasbench_pytorch.campaign.settings import Settings
from nasbench_pytorch.campaign.trials import spec_from_text
from nasbench_pytorch.datasets.images import ImageData, ImageSet
from nasbench_pytorch.training.run import run_training

_QUANTILES = (0.25, 0.5, 0.75)
_SECONDS_EACH = 2.0
_MOST_STEPS = 2000
_LARGEST_STEP_GFLOP = 40.0


@dataclass(frozen=True)
class Throughput:
    """A measurement.

    Attributes:
        gflop_per_s: in training steps, of one training alone.
        device: name of what it ran on.
        is_cpu: whether that is a CPU, of which it takes `threads` cores.
        threads: of the CPU.
        batch_size: images a step; smaller than the recipe's where one step would take too long to wait for.
    """

    gflop_per_s: float
    device: str
    is_cpu: bool
    threads: int
    batch_size: int


def measure_throughput(rows: list[CellRow], settings: Settings, device: str = "auto") -> Throughput:
    """Train three of the cells, of small, middle and large cost, on random images for two seconds each.

    Raises:
        InputError: there is no such device, or the recipe does not go with it.
    """
    ordered = sorted(rows, key=lambda row: row[4])
    chosen = [ordered[round(share * (len(ordered) - 1))] for share in _QUANTILES]
    recipe = settings.recipe
    step_gflop = FORWARD_AND_BACKWARD * chosen[-1][4] / 1e9
    shards = recipe.batch_norm_shards
    batch = max(2, min(recipe.batch_size, int(_LARGEST_STEP_GFLOP / step_gflop)) // shards) * shards
    data = _random_images(batch, settings)
    short = replace(
        recipe,
        batch_size=batch,
        epochs=_MOST_STEPS,
        train_seconds=_SECONDS_EACH,
        evaluation_points=(1.0,),
        evaluation_drop_remainder=False,
    )
    done = np.zeros(2)
    for row in chosen:
        run = run_training(
            spec_from_text(row[1], row[2]), data, short, skeleton=settings.skeleton, device=device,
            threads=settings.threads, progress="none",
        )  # fmt: skip
        steps = run.result.evaluations[-1].steps
        done += (FORWARD_AND_BACKWARD * row[4] * batch * steps / 1e9, run.result.training_time_s)
    environment = run.result.environment
    speed, is_cpu = float(done[0] / done[1]), environment["device"] == "cpu"
    return Throughput(speed, str(environment["device_name"]), is_cpu, settings.threads, batch)


def _random_images(count: int, settings: Settings) -> ImageData:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (count, settings.skeleton.in_channels, 32, 32), generator=generator)
    images = ImageSet(pixels.to(torch.uint8), torch.arange(count) % settings.skeleton.num_labels)
    few = images.take(2)
    return ImageData("random", "random pixels", images, few, few, few, few, settings.skeleton.num_labels)
