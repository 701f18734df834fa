"""Ranges of a recipe's fields, and the relations between them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nasbench_pytorch.errors import InputError

if TYPE_CHECKING:
    from nasbench_pytorch.training.recipe import Recipe

MOST_THREADS = 4096
"""Threads that torch may be asked for: more than any machine has cores, it would only run out of memory."""

# Names of fields, whether a value is wrong, and the requirement.
_FIELD_CHECKS: tuple[tuple[tuple[str, ...], Callable[[Any], bool], str], ...] = (
    (
        ("epochs", "batch_size", "batch_norm_shards", "evaluation_batch_size", "max_attempts"),
        lambda value: value < 1,
        "must be at least 1",
    ),
    (
        ("learning_rate", "weight_decay", "validation_size", "crop_padding", "optimizer_eps"),
        lambda value: value < 0,
        "must not be negative",
    ),
    (
        ("momentum", "rmsprop_decay", "batch_norm_decay"),
        lambda value: not 0 <= value <= 1,
        "must be between 0 and 1",
    ),
    (("pixel_std",), lambda value: min(value) <= 0, "must be positive"),
    (
        ("train_seconds", "gradient_clip_norm"),
        lambda value: value is not None and value <= 0,
        "must be positive, or left out for no limit",
    ),
)

# Whether a recipe is wrong as a whole, and the message, in which fields stand in braces.
_RECIPE_CHECKS: tuple[tuple[Callable[[Recipe], bool], str], ...] = (
    (
        lambda recipe: recipe.batch_size % recipe.batch_norm_shards != 0,
        "batch_size {batch_size} is not divisible by batch_norm_shards {batch_norm_shards}; choose a multiple",
    ),
    (
        lambda recipe: (
            not recipe.evaluation_points or list(recipe.evaluation_points) != sorted(set(recipe.evaluation_points))
        ),
        "evaluation_points must ascend, got {evaluation_points}",
    ),
    (
        lambda recipe: not 0 <= recipe.evaluation_points[0] <= recipe.evaluation_points[-1] == 1,
        "evaluation_points must lie in [0, 1] and end with 1, got {evaluation_points}",
    ),
    (
        lambda recipe: recipe.schedule == "cosine_by_time" and recipe.train_seconds is None,
        "schedule cosine_by_time needs train_seconds, the time over which the rate falls",
    ),
)


def check_recipe(recipe: Recipe) -> None:
    """Refuse a recipe with a value out of range.

    Raises:
        InputError: names the first wrong field.
    """
    for name, value in vars(recipe).items():
        numbers = value if isinstance(value, tuple) else (value,)
        if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
            raise InputError(f"{name} must be finite, got {value}")
    for names, is_wrong, requirement in _FIELD_CHECKS:
        for name in names:
            if is_wrong(getattr(recipe, name)):
                raise InputError(f"{name} {requirement}, got {getattr(recipe, name)}")
    for recipe_is_wrong, message in _RECIPE_CHECKS:
        if recipe_is_wrong(recipe):
            raise InputError(message.format(**vars(recipe)))
