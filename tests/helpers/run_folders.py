"""Run folders for tests, without a training."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from nasbench_pytorch.records import Evaluation, RunResult
from nasbench_pytorch.space import NAMED_CELLS
from nasbench_pytorch.training.recipe import Recipe

RESULT = RunResult(
    spec=NAMED_CELLS["inception"].spec.to_dict(),
    hash=NAMED_CELLS["inception"].spec.hash_spec(),
    skeleton=vars(NAMED_CELLS["inception"].skeleton),
    recipe=Recipe(epochs=4, learning_rate=0.05).to_dict(),
    data={"name": "cifar10", "source": "invented", "train_images": 40_000},
    seed=3,
    status="complete",
    trainable_parameters=2_694_282,
    evaluations=[
        Evaluation(0.0, 1, 0.5, 0.1, 0.11, 0.12, 2.3, 2.4, 2.5),
        Evaluation(4.0, 625, 99.5, 0.71, None, 0.7345, 0.5, None, 0.7),
    ],
    attempts=1,
    training_time_s=99.5,
    total_time_s=120.25,
    environment={"device": "cpu", "versions": {"torch": "2.0"}},
)


def write_run(folder: Path, **changes: Any) -> RunResult:
    """Write the files of a finished run, but for its weights."""
    folder.mkdir(parents=True, exist_ok=True)
    result = replace(RESULT, **changes)
    (folder / "results.json").write_text(json.dumps(result.to_dict()))
    lines = [{"epochs": step / 10, "loss": 3.0 - step / 20, "learning_rate": 0.05} for step in range(40)]
    (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return result
