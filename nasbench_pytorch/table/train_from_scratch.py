"""`NASBench.evaluate`: the only module of the table that trains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.space import ModelSpec


def train_from_scratch(model_spec: ModelSpec, model_dir: Path, data_root: Path | None) -> dict[str, Any]:
    """Train a cell; see `NASBench.evaluate`.

    Raises:
        InputError: the cell is invalid, CIFAR-10 is missing, the folder is in use, or every attempt failed.
    """
    from nasbench_pytorch.training import Recipe, load_data, run_training

    recipe = Recipe()
    data = load_data("cifar10", recipe, *(() if data_root is None else (data_root,)))
    result = run_training(model_spec, data, recipe, out=model_dir).result
    if result.status == "failed":
        raise InputError(f"the loss became NaN in each of {result.attempts} attempts; see {model_dir}")
    final = result.evaluations[-1]
    return {
        "module_adjacency": model_spec.matrix,
        "module_operations": model_spec.ops,
        "trainable_parameters": result.trainable_parameters,
        "training_time": final.training_time_s,
        "train_accuracy": final.train_accuracy,
        "validation_accuracy": final.validation_accuracy,
        "test_accuracy": final.test_accuracy,
    }
