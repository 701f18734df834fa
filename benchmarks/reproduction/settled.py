"""Accuracy of the Inception-like cell's network after 12 epochs with settled running statistics.

At the end of a training, the running statistics still contain contributions of weights from hundreds of steps before.
This script keeps the weights fixed and sets the statistics to means over training batches. It reads the checkpoint of
`train`, prints accuracies on training and validation images, and writes them next to the training's result.

    python -m benchmarks.reproduction.settled CIFAR10_FOLDER
"""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import Tensor

from benchmarks.reproduction.choose import CELLS
from benchmarks.reproduction.shard_statistics import BothStatisticsTrainer
from nasbench_pytorch.files import write_json
from nasbench_pytorch.model import Network
from nasbench_pytorch.space.presets import NAMED_CELLS
from nasbench_pytorch.training import Recipe, load_data
from nasbench_pytorch.training.loop.data import training_batches
from nasbench_pytorch.training.loop.evaluation import evaluate
from nasbench_pytorch.training.output.checkpoints import load_checkpoint

NAME = "inception-12-epochs-seed1"
BATCHES = 64


def settle(network: Network, shards: list[Tensor], decay: float) -> None:
    """Set each running statistic to its mean over these batches."""
    buffers = [buffer for buffer in network.buffers() if buffer.is_floating_point()]
    sums = [torch.zeros_like(buffer, dtype=torch.float64) for buffer in buffers]
    network.train()
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for images in shards:
            for buffer in buffers:
                buffer.zero_()
            network(images)
            # A step from 0 sets the statistics to (1 − decay) times those of the batch.
            for total, buffer in zip(sums, buffers, strict=True):
                total += buffer.double() / (1 - decay)
        for total, buffer in zip(sums, buffers, strict=True):
            buffer.copy_(total / len(shards))


def main() -> None:
    torch.set_num_threads(1)
    recipe = Recipe(epochs=12, precision="bfloat16")
    data = load_data("cifar10", Recipe(), sys.argv[1], download=False)
    saved = load_checkpoint(CELLS.parent / f"{NAME}.checkpoint.pt")
    network = Network(NAMED_CELLS["inception"].spec, batch_norm_decay=recipe.batch_norm_decay)
    network = network.fast_()
    trainer = BothStatisticsTrainer(network, recipe, recipe.total_steps(len(data.train)))
    trainer.with_statistics().load_state_dict(saved.network)

    def accuracies() -> dict[str, float]:
        sets = {"train": data.train_eval, "validation": data.validation}
        return {name: evaluate(network, images, recipe, bfloat16=True).accuracy for name, images in sets.items()}

    found: dict[str, Any] = {"steps": saved.state.step, "batches": BATCHES, "first_shard": accuracies()}
    with trainer.second_statistics():
        found["both_shards"] = accuracies()
    batches = training_batches(data.train, recipe, 0, torch.float32)
    shards = [batches.batch(0, step)[0].chunk(recipe.batch_norm_shards)[0] for step in range(BATCHES)]
    settle(network, shards, recipe.batch_norm_decay)
    found["settled"] = accuracies()
    write_json(CELLS.parent / f"{NAME}-settled.json", found)
    print(found)


if __name__ == "__main__":
    main()
