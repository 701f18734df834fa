"""Train what is still missing of the reproduction; stop it and start it again as you like, in several processes too.

Each training is one thread and one JSON file in docs/results/reproduction/, written when it is complete. A checkpoint
lies beside (git ignores it), so that a kill costs five minutes at most; the last one stays, for whoever wants to look
into the network.

    python -m benchmarks.reproduction.train cells CIFAR10_FOLDER
    python -m benchmarks.reproduction.train cells-12-epochs CIFAR10_FOLDER
    python -m benchmarks.reproduction.train inception CIFAR10_FOLDER
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from filelock import FileLock, Timeout

from benchmarks.reproduction.choose import CELLS, CELLS_12_EPOCHS, result_path
from benchmarks.reproduction.shard_statistics import BothStatisticsTrainer
from nasbench_pytorch.datasets.images import ImageData
from nasbench_pytorch.files import write_json
from nasbench_pytorch.model import Network
from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.space.presets import NAMED_CELLS
from nasbench_pytorch.training import Recipe, load_data
from nasbench_pytorch.training.loop.attempt import Attempt
from nasbench_pytorch.training.loop.evaluation import evaluate
from nasbench_pytorch.training.loop.restarts import derived_seed
from nasbench_pytorch.training.output.checkpoints import TrainingState, check_identity, load_checkpoint, save_checkpoint
from nasbench_pytorch.training.runtime.allocator import memory_kept_for_reuse
from nasbench_pytorch.training.runtime.device import describe_environment
from nasbench_pytorch.training.runtime.interrupts import Interrupted, stop_on_signals

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation

CPU = torch.device("cpu")
SECONDS_BETWEEN_CHECKPOINTS = 300.0


@dataclass
class SecondEvaluations:
    """A reporter that evaluates the second set of running statistics whenever the training evaluates its own."""

    trainer: BothStatisticsTrainer
    data: ImageData
    accuracies: list[dict[str, float]] = field(default_factory=list)

    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        if step % 100 == 0:
            print(f"  step {step}  rate {learning_rate:.4f}  loss {loss:.4f}  {images_per_s:.0f} images/s", flush=True)

    def evaluated(self, evaluation: Evaluation) -> None:
        bfloat16 = self.trainer.recipe.precision == "bfloat16"
        with self.trainer.second_statistics():
            score = evaluate(self.trainer.network, self.data.validation, self.trainer.recipe, bfloat16=bfloat16)
        own = evaluation.validation_accuracy
        self.accuracies.append({"epochs": evaluation.epochs, "validation_accuracy": score.accuracy})
        print(f"  epochs {evaluation.epochs:g}: {own:.4f}, both shards' {score.accuracy:.4f}", flush=True)

    def note(self, text: str) -> None:
        print(text, flush=True)

    def close(self) -> None:
        pass


def train(spec: ModelSpec, recipe: Recipe, data: ImageData, seed: int, checkpoint: Path) -> dict[str, Any]:
    """One training, one thread, first attempt only; the same numbers as `run_training` with that seed."""
    began_s = time.monotonic()
    network = Network(spec, batch_norm_decay=recipe.batch_norm_decay)
    network.reset_parameters(torch.Generator().manual_seed(derived_seed(seed, 1, 0)))
    network = network.fast_()
    trainer = BothStatisticsTrainer(network, recipe, recipe.total_steps(len(data.train)))
    second = SecondEvaluations(trainer, data)
    own_identity = {"hash": spec.hash_spec(), "seed": seed, "recipe": recipe.to_dict()}
    progress = TrainingState()
    if checkpoint.exists():
        saved = load_checkpoint(checkpoint)
        second.accuracies = saved["identity"].pop("both_shards_statistics")
        check_identity(checkpoint, saved["identity"], own_identity)
        trainer.with_statistics().load_state_dict(saved["network"])
        trainer.optimizer.load_state_dict(saved["optimizer"])
        progress = saved["progress"]
        trainer.steps_done = progress.step
        began_s -= progress.earlier_time_s

    def save() -> None:
        progress.earlier_time_s = time.monotonic() - began_s
        described = {**own_identity, "both_shards_statistics": second.accuracies}
        save_checkpoint(checkpoint, described, progress, trainer.with_statistics(), trainer.optimizer)

    with stop_on_signals() as stop, memory_kept_for_reuse(CPU):
        attempt = Attempt(
            trainer, data, derived_seed(seed, 1, 1), progress, second, stop, save, SECONDS_BETWEEN_CHECKPOINTS
        )
        status = attempt.run()
    return {
        **own_identity,
        "status": status,
        "evaluations": [asdict(evaluation) for evaluation in progress.evaluations],
        "both_shards_statistics": second.accuracies,
        "training_time_s": progress.training_time_s,
        "total_time_s": time.monotonic() - began_s,
        "environment": describe_environment(CPU, "bfloat16" if recipe.precision == "bfloat16" else "float32"),
    }


def planned(what: str) -> list[tuple[str, ModelSpec, Recipe, int]]:
    """File name, cell, recipe and seed of each training."""
    short = Recipe(epochs=4, precision="bfloat16")
    longer = dataclasses.replace(short, epochs=12)
    if what in ("cells", "cells-12-epochs"):
        specs = {cell["hash"]: ModelSpec(cell["matrix"], cell["ops"]) for cell in json.loads(CELLS.read_text())}
        if what == "cells":
            return [(result_path(module_hash, 4).stem, spec, short, 0) for module_hash, spec in specs.items()]
        hashes = json.loads(CELLS_12_EPOCHS.read_text())
        return [(result_path(module_hash, 12).stem, specs[module_hash], longer, 0) for module_hash in hashes]
    inception = NAMED_CELLS["inception"].spec
    return [
        ("inception-float32-seed2", inception, dataclasses.replace(short, precision="float32"), 2),
        ("inception-bfloat16-seed2", inception, short, 2),
        ("inception-12-epochs", inception, longer, 0),
        ("inception-12-epochs-seed1", inception, longer, 1),
    ]


def main() -> None:
    torch.set_num_threads(1)
    what, data_root = sys.argv[1:]
    data = load_data("cifar10", Recipe(), data_root, download=False)
    # Only validation accuracy is compared: of the other sets one batch is evaluated.
    data = dataclasses.replace(data, train_eval=data.train_eval.take(256), test=data.test.take(256))
    for name, spec, recipe, seed in planned(what):
        result = CELLS.parent / f"{name}.json"
        try:
            with FileLock(f"{result}.lock", timeout=0):
                if result.exists():
                    continue
                print(name, flush=True)
                write_json(result, train(spec, recipe, data, seed, result.with_suffix(".checkpoint.pt")))
        except Timeout:
            continue
        except Interrupted as stopped:
            sys.exit(f"{name}: {stopped}; start again to go on")


if __name__ == "__main__":
    main()
