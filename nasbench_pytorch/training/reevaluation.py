"""Evaluation of a finished run's network."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nasbench_pytorch.devices import resolve_device
from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.loop.data import load_data
from nasbench_pytorch.training.loop.evaluation import evaluate_all
from nasbench_pytorch.training.recipe import Recipe
from nasbench_pytorch.training.runtime.device import apply_precision, resolve_precision, set_threads

if TYPE_CHECKING:
    from nasbench_pytorch.records import Evaluation
    from nasbench_pytorch.training.output.run_folder import Run


def evaluate_run(
    run: Run, data_root: str | os.PathLike[str] | None = None, *, device: str = "auto", threads: int | None = None
) -> Evaluation:
    """Evaluate a finished run's network again, on its data and by its recipe.

    Args:
        run: from `load_run`, with a network.
        data_root: see `load_data`.
        device: see `run_training`.
        threads: see `run_training`.

    Raises:
        InputError: the run failed and has no network, or the data are missing.
    """
    if run.network is None:
        raise InputError("this run failed; there are no weights to evaluate")
    set_threads(threads)
    result, recipe = run.result, Recipe.from_dict(run.result.recipe)
    target = resolve_device(device)
    apply_precision(resolve_precision(recipe.precision, target), target)
    network = run.network.to(device=target).fast_()
    return evaluate_all(
        network,
        load_data(result.data["name"], recipe, data_root).to(target),
        recipe,
        epochs=result.evaluations[-1].epochs,
        steps=result.evaluations[-1].steps,
        training_time_s=result.training_time_s,
        bfloat16=recipe.precision == "bfloat16",
    )
