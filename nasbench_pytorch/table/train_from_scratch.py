"""`NASBench.evaluate`: the only module of the table that trains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.space.skeleton import Skeleton
from nasbench_pytorch.table.nasbench_config import published_config

if TYPE_CHECKING:
    from nasbench_pytorch.space import ModelSpec


def train_from_scratch(
    model_spec: ModelSpec, model_dir: Path, data_root: Path | None, config: dict[str, Any]
) -> dict[str, Any]:
    """Train a cell; see `NASBench.evaluate`.

    Raises:
        InputError: `config` has a changed setting without a counterpart here, the cell is invalid, CIFAR-10 is
            missing, the folder is in use, or every attempt failed.
    """
    from nasbench_pytorch.training import Recipe, load_data, run_training

    recipe, skeleton = Recipe(**_recipe_fields(config)), Skeleton(**_skeleton_fields(config))
    data = load_data("cifar10", recipe, *(() if data_root is None else (data_root,)))
    result = run_training(model_spec, data, recipe, skeleton=skeleton, out=model_dir).result
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


_SCHEDULES = {"COSINE_BY_STEP": "cosine_by_step", "COSINE_BY_TIME": "cosine_by_time", "STEPWISE": "stepwise"}

_USED_BY_QUERIES = ("module_vertices", "max_edges", "available_ops", "num_repeats")


def _skeleton_fields(config: dict[str, Any]) -> dict[str, Any]:
    return {
        "num_labels": config["num_labels"],
        "stem_out_channels": config["stem_filter_size"],
        "num_stacks": config["num_stacks"],
        "num_modules_per_stack": config["num_modules_per_stack"],
    }


def _recipe_fields(config: dict[str, Any]) -> dict[str, Any]:
    """Translate the original's settings; fields with the published values keep the recipe's defaults.

    Raises:
        InputError: a setting without a counterpart was changed.
    """
    changed = {name: value for name, value in config.items() if value != published_config().get(name)}
    fields: dict[str, Any] = {}
    for name in ("batch_size", "train_seconds", "momentum", "weight_decay", "max_attempts"):
        if name in changed:
            fields[name] = changed.pop(name)
    if "train_epochs" in changed:
        fields["epochs"] = changed.pop("train_epochs")
    if "learning_rate" in changed:
        # The original multiplies the rate by its TPU's two shards.
        fields["learning_rate"] = changed.pop("learning_rate") * config["tpu_num_shards"]
    if changed.get("lr_decay_method") in _SCHEDULES:
        fields["schedule"] = _SCHEDULES[changed.pop("lr_decay_method")]
    if "intermediate_evaluations" in changed:
        fields["evaluation_points"] = (0.0, *map(float, changed.pop("intermediate_evaluations")), 1.0)
    translated = {"num_labels", "stem_filter_size", "num_stacks", "num_modules_per_stack", *_USED_BY_QUERIES}
    refused = sorted(set(changed) - translated)
    if refused:
        raise InputError(
            f"config['{refused[0]}'] was changed to {changed[refused[0]]!r}, which has no effect on trainings here; "
            "set it back, or train with nasbench_pytorch.training.run_training, whose recipe has every setting"
        )
    return fields
