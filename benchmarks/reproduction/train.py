"""Trainings of the reproduction that are still missing; several processes may run, stop and restart at any time.

Each training uses one thread and writes one JSON file in docs/results/reproduction/ when it is complete. A checkpoint
next to it, which git ignores, limits the loss by a kill to five minutes; the last one stays, with the final network.

    python -m benchmarks.reproduction.train cells CIFAR10_FOLDER
    python -m benchmarks.reproduction.train cells-12-epochs CIFAR10_FOLDER
    python -m benchmarks.reproduction.train inception CIFAR10_FOLDER
"""

from __future__ import annotations

import dataclasses
import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from filelock import FileLock, Timeout
from typing_extensions import override

from benchmarks.reproduction.choose import CELLS, CELLS_12_EPOCHS, result_path
from benchmarks.reproduction.shard_statistics import BothStatisticsTrainer
from nasbench_pytorch.datasets.images import ImageData
from nasbench_pytorch.files import write_json
from nasbench_pytorch.model import Network
from nasbench_pytorch.space import ModelSpec
from nasbench_pytorch.space.presets import NAMED_CELLS
from nasbench_pytorch.training import Recipe, Reporter, Task, load_data
from nasbench_pytorch.training.loop.attempt import Attempt
from nasbench_pytorch.training.loop.evaluation import evaluate
from nasbench_pytorch.training.loop.seeds import WEIGHTS_STREAM, derived_seed
from nasbench_pytorch.training.output.checkpointer import Checkpointer
from nasbench_pytorch.training.output.checkpoints import TrainingState, check_identity, load_checkpoint, save_checkpoint
from nasbench_pytorch.training.runtime.allocator import memory_kept_for_reuse
from nasbench_pytorch.training.runtime.device import describe_environment
from nasbench_pytorch.training.runtime.interrupts import Interrupted, stop_on_signals

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation
    from nasbench_pytorch.training import Trainer

CPU = torch.device("cpu")
SECONDS_BETWEEN_CHECKPOINTS = 300.0


@dataclass
class SecondEvaluations(Reporter):
    """A reporter that also evaluates the second set of running statistics at every evaluation."""

    trainer: BothStatisticsTrainer
    data: ImageData
    accuracies: list[dict[str, float]] = field(default_factory=list)

    @override
    def step(self, step: int, loss: float, learning_rate: float, images_per_s: float) -> None:
        if step % 100 == 0:
            print(f"  step {step}  rate {learning_rate:.4f}  loss {loss:.4f}  {images_per_s:.0f} images/s", flush=True)

    @override
    def evaluated(self, evaluation: Evaluation) -> None:
        bfloat16 = self.trainer.recipe.precision == "bfloat16"
        with self.trainer.second_statistics():
            score = evaluate(self.trainer.network, self.data.validation, self.trainer.recipe, bfloat16=bfloat16)
        self.accuracies.append({"epochs": evaluation.epochs, "validation_accuracy": score.accuracy})
        print(
            f"  epochs {evaluation.epochs:g}: {evaluation.validation_accuracy:.4f}, both shards' {score.accuracy:.4f}",
            flush=True,
        )

    @override
    def note(self, text: str) -> None:
        print(text, flush=True)

    @override
    def close(self) -> None:
        pass


class BothStatisticsCheckpointer(Checkpointer):
    """A checkpointer whose files also hold the second set of running statistics and its evaluations."""

    def __init__(
        self, path: Path, identity: dict[str, Any], second: SecondEvaluations, earlier_time_s: float = 0.0
    ) -> None:
        super().__init__(None, identity, SECONDS_BETWEEN_CHECKPOINTS, earlier_time_s)
        self._path, self._identity, self._second = path, identity, second

    @override
    def write(self, state: TrainingState, trainer: Trainer) -> None:
        described = {**self._identity, "both_shards_statistics": self._second.accuracies}
        save_checkpoint(self._path, described, state, self._second.trainer.with_statistics(), trainer.optimizer)


def train(spec: ModelSpec, recipe: Recipe, data: ImageData, seed: int, checkpoint: Path) -> dict[str, Any]:
    """Train once, on one thread, in a single attempt, with the numbers of `run_training` for that seed."""
    network = Network(spec, batch_norm_decay=recipe.batch_norm_decay)
    network.reset_parameters(torch.Generator().manual_seed(derived_seed(seed, 1, WEIGHTS_STREAM)))
    network = network.fast_()
    trainer = BothStatisticsTrainer(network, recipe, recipe.total_steps(len(data.train)))
    second = SecondEvaluations(trainer, data)
    identity = {"hash": spec.hash_spec(), "seed": seed, "recipe": recipe.to_dict()}
    state = TrainingState()
    if checkpoint.exists():
        saved = load_checkpoint(checkpoint)
        second.accuracies = saved.identity.pop("both_shards_statistics")
        check_identity(checkpoint, saved.identity, identity)
        trainer.with_statistics().load_state_dict(saved.network)
        trainer.optimizer.load_state_dict(saved.optimizer)
        state = saved.state
        trainer.steps_done = state.step
    checkpointer = BothStatisticsCheckpointer(checkpoint, identity, second, state.earlier_time_s)
    with stop_on_signals() as stop, memory_kept_for_reuse(CPU):
        status = Attempt(trainer, Task(spec, data, recipe, seed=seed), state, checkpointer, second, stop).run()
    return {
        **identity,
        "status": status,
        "evaluations": [asdict(evaluation) for evaluation in state.evaluations],
        "both_shards_statistics": second.accuracies,
        "training_time_s": state.training_time_s,
        "total_time_s": checkpointer.total_time_s(),
        "environment": describe_environment(CPU, "bfloat16" if recipe.precision == "bfloat16" else "float32"),
    }


def planned(group: str) -> list[tuple[str, ModelSpec, Recipe, int]]:
    """Return file name, cell, recipe and seed of each training."""
    short = Recipe(epochs=4, precision="bfloat16")
    longer = dataclasses.replace(short, epochs=12)
    if group in ("cells", "cells-12-epochs"):
        specs = {cell["hash"]: ModelSpec(cell["matrix"], cell["ops"]) for cell in json.loads(CELLS.read_text())}
        if group == "cells":
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
    group, data_root = sys.argv[1:]
    data = load_data("cifar10", Recipe(), data_root, download=False)
    # Only validation accuracy is compared, so one batch of each other set is enough.
    data = dataclasses.replace(data, train_eval=data.train_eval.take(256), test=data.test.take(256))
    for name, spec, recipe, seed in planned(group):
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
            sys.exit(f"{name}: {stopped}; start again to continue")


if __name__ == "__main__":
    main()
