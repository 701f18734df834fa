"""A training that takes a fraction of a second: digits, a narrow network, a few dozen steps."""

from __future__ import annotations

import json
import signal
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.datasets.digits import load_digits
from nasbench_pytorch.space import ModelSpec, Skeleton, named_cell
from nasbench_pytorch.training import PRESETS, Recipe, Run, Trainer, run_training

if TYPE_CHECKING:
    import pytest

    from nasbench_pytorch.datasets.images import ImageData
    from nasbench_pytorch.records import RunResult

SPEC: ModelSpec = named_cell("resnet20").spec
SKELETON = Skeleton(stem_out_channels=4, num_stacks=2, num_modules_per_stack=1)


@cache
def tiny_data() -> ImageData:
    """Return the first digits of each set."""
    data = load_digits()
    return replace(
        data,
        train=data.train.take(40),
        train_eval=data.train.take(20),
        validation=data.validation.take(20),
        test=data.test.take(20),
    )


def tiny_recipe(**changes: Any) -> Recipe:
    """Return a recipe of four epochs of five steps with eight images over two shards."""
    return replace(PRESETS["digits"], **{"epochs": 4, "batch_size": 8, "batch_norm_shards": 2, **changes})


def train_tiny(recipe: Recipe | None = None, **arguments: Any) -> Run:
    """Train the tiny network."""
    settings: dict[str, Any] = {"skeleton": SKELETON, "device": "cpu", "progress": "none", **arguments}
    return run_training(SPEC, tiny_data(), recipe or tiny_recipe(), **settings)


def accuracies(result: RunResult) -> list[tuple[Any, ...]]:
    """Return every number of the evaluations that does not depend on the clock."""
    return [
        (e.epochs, e.steps, e.train_accuracy, e.validation_accuracy, e.test_accuracy, e.train_loss, e.test_loss)
        for e in result.evaluations
    ]


def losses(folder: Path) -> list[float]:
    """Return the losses of a run folder's history."""
    return [json.loads(line)["loss"] for line in (folder / "history.jsonl").read_text().splitlines()]


def stop_after(monkeypatch: pytest.MonkeyPatch, steps: int, signal_number: int = signal.SIGTERM) -> None:
    """Let the training's process send itself a signal after `steps` steps."""
    take_step = Trainer.step

    def step(self: Trainer, *arguments: Any) -> Any:
        result = take_step(self, *arguments)
        if self.steps_done == steps:
            signal.raise_signal(signal_number)
        return result

    monkeypatch.setattr(Trainer, "step", step)
