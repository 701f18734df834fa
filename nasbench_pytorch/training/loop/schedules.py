"""Learning-rate schedules of the NAS-Bench-101 recipe, and of its predecessors."""

from __future__ import annotations

import math

from nasbench_pytorch.errors import InputError
from nasbench_pytorch.training.recipe import Recipe

_STEPWISE = ((0.5, 0.1), (0.667, 0.01), (0.833, 0.0001))


def learning_rate(recipe: Recipe, step: int, total_steps: int, epoch: int = 0, training_time_s: float = 0.0) -> float:
    """Rate of `step`, counted from 0, by the recipe's schedule.

    Step 0 runs at rate 0 where the recipe says so: the original evaluates the freshly initialised network by training
    one step without moving a weight, and counts that step.

    Args:
        recipe: names the schedule and the peak rate.
        step: the step about to be taken.
        total_steps: steps of the whole training.
        epoch: epochs completed, for cosine_by_epoch.
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
    """Half a cosine from `base_rate` to 0 while `done` goes from 0 to `total`.

    Raises:
        InputError: `total` is not positive.
    """
    if total <= 0:
        raise InputError(f"a schedule needs at least 1 step, got {total}; epochs × images / batch_size is too small")
    return 0.5 * base_rate * (1 + math.cos(math.pi * done / total))


def stepwise(step: int, total_steps: int, base_rate: float) -> float:
    """`base_rate`, then 0.1, 0.01 and 0.0001 of it after 0.5, 0.667 and 0.833 of the steps.

    A step on a boundary still has the old rate. The last factor is the original's, though its comment says 0.001.
    """
    factor = 1.0
    for boundary, next_factor in _STEPWISE:
        if step > int(boundary * total_steps):
            factor = next_factor
    return base_rate * factor
