"""Learning-rate schedules of the recipes."""

from __future__ import annotations

import math

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.recipe import Recipe

_STEPWISE = ((0.5, 0.1), (0.667, 0.01), (0.833, 0.0001))


def learning_rate(recipe: Recipe, step: int, total_steps: int, epoch: int = 0, training_time_s: float = 0.0) -> float:
    """Return the rate of `step` by the recipe's schedule.

    Step 0 runs at rate 0 if the recipe says so: the original evaluates the freshly initialised network by training
    one step that moves no weight, and counts that step.

    Args:
        recipe: schedule and peak rate.
        step: number of the next step, from 0.
        total_steps: steps of the whole training.
        epoch: completed epochs, for cosine_by_epoch.
        training_time_s: seconds of training so far, for cosine_by_time.
    """
    if step == 0 and recipe.zero_rate_first_step:
        return 0.0
    if recipe.schedule == "cosine_by_step":
        return cosine(step, total_steps, recipe.learning_rate)
    if recipe.schedule == "cosine_by_epoch":
        return cosine(epoch, recipe.epochs, recipe.learning_rate)
    if recipe.schedule == "cosine_by_time":
        assert recipe.train_seconds is not None
        return cosine(min(training_time_s, recipe.train_seconds), recipe.train_seconds, recipe.learning_rate)
    if recipe.schedule == "stepwise":
        return stepwise(step, total_steps, recipe.learning_rate)
    return recipe.learning_rate


def cosine(done: float, total: float, base_rate: float) -> float:
    """Return half a cosine, from `base_rate` at `done` = 0 to 0 at `done` = `total`.

    Raises:
        InputError: `total` is not positive.
    """
    if total <= 0:
        raise InputError(f"a schedule needs at least 1 step, got {total}; epochs × images / batch_size is too small")
    return 0.5 * base_rate * (1 + math.cos(math.pi * done / total))


def stepwise(step: int, total_steps: int, base_rate: float) -> float:
    """Return `base_rate`, or 0.1, 0.01 and 0.0001 of it after 0.5, 0.667 and 0.833 of the steps.

    A step on a boundary still has the old rate. The last factor is the original's, although its comment says 0.001.
    """
    factor = 1.0
    for boundary, next_factor in _STEPWISE:
        if step > int(boundary * total_steps):
            factor = next_factor
    return base_rate * factor
