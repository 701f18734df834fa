"""A training on random images, for measurements of speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.profiler import record_function

from nasbench_pytorch.datasets.images import ImageSet
from nasbench_pytorch.space.costs.one_cell import IMAGE_SIZE
from nasbench_pytorch.training.loop.data import training_batches
from nasbench_pytorch.training.loop.evaluation import evaluate
from nasbench_pytorch.training.loop.step import Trainer
from nasbench_pytorch.training.network import build_network
from nasbench_pytorch.training.throughput.profiling import INPUT_REGION

if TYPE_CHECKING:
    from nasbench_pytorch.space.skeleton import Skeleton
    from nasbench_pytorch.space.spec import ModelSpec
    from nasbench_pytorch.training.recipe import Recipe


class Workload:
    """Training steps and evaluations as `run_training` does them, without its other work.

    Args:
        spec: cell to train.
        skeleton: network around the cell.
        recipe: batch sizes, shards, optimiser, precision.
        device: device to train on.
    """

    def __init__(self, spec: ModelSpec, skeleton: Skeleton, recipe: Recipe, device: torch.device) -> None:
        self.recipe, self.device = recipe, device
        shape = (max(2 * recipe.batch_size, recipe.evaluation_batch_size), skeleton.in_channels, IMAGE_SIZE, IMAGE_SIZE)
        labels = torch.randint(skeleton.num_labels, shape[:1])
        self.images = ImageSet(torch.randint(256, shape, dtype=torch.uint8), labels).to(device)
        network = build_network(spec, skeleton, recipe)
        self.network = network.to(device=device).fast_()
        # A schedule that never ends keeps the rate from falling during a long measurement.
        self.trainer = Trainer(self.network, recipe, total_steps=10**9)
        self.batches = training_batches(self.images, recipe, seed=0, dtype=torch.float32)

    def train(self) -> int:
        """Make a batch within the profiler's `INPUT_REGION` and take one step; return the number of images."""
        with record_function(INPUT_REGION):
            batch, labels = self.batches.batch(0, self.trainer.steps_done)
        self.trainer.step(batch, labels)
        return len(labels)

    def evaluate(self) -> int:
        """Evaluate on one batch; return the number of images."""
        images = self.images.take(self.recipe.evaluation_batch_size)
        evaluate(self.network, images, self.recipe, bfloat16=self.recipe.precision == "bfloat16")
        return len(images)
