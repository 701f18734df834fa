"""The recipe id: a short name for all that decides the numbers of a training, apart from cell, epochs and seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from nasbench_pytorch.training.recipe import Recipe

_ENVIRONMENT = ("device_name", "precision", "threads", "torch")
"""Parts of the environment that change the last bits of a training, beside the kind of device."""


def recipe_id(recipe: Mapping[str, Any], settings: Mapping[str, Any], environment: Mapping[str, Any]) -> str:
    """Return twelve hex digits that trainings share only if the same cell, epochs and seed give them the same numbers.

    Args:
        recipe: fields of the recipe, as `Recipe.to_dict` gives them. `epochs` is ignored. Fields with default values do
            not change the id, so it stays the same when a later version adds a field.
        settings: the other settings of the training, such as skeleton and data; plain values for JSON.
        environment: as `describe_environment` of a training gives it.
    """
    usual = Recipe().to_dict()
    changed = {
        name: value
        for name, value in recipe.items()
        if name != "epochs" and (name not in usual or value != usual[name])
    }
    kind = {name: environment.get(name) for name in _ENVIRONMENT}
    kind["device"] = str(environment.get("device")).partition(":")[0]
    text = json.dumps([{**settings, "recipe": changed}, kind], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
