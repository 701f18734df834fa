from __future__ import annotations

from typing import Any

import pytest

from nasbench_pytorch.space import NASBENCH101_SKELETON
from nasbench_pytorch.training import Recipe
from nasbench_pytorch.training.recipe_id import recipe_id

SETTINGS = {
    "skeleton": dict(vars(NASBENCH101_SKELETON)),
    "dataset": "cifar10",
    "train_images": None,
    "evaluation_images": None,
    "threads": 1,
}
ENVIRONMENT = {"device": "cuda:1", "device_name": "H100", "precision": "tf32", "threads": 1, "torch": "2.6.0"}


@pytest.mark.parametrize(("learning_rate", "expected"), [(0.2, "6dbbd4ad3cf2"), (0.1, "b109ddd7d701")])
def test_ids_are_those_in_the_ledgers_of_earlier_campaigns(learning_rate: float, expected: str) -> None:
    recipe = Recipe(learning_rate=learning_rate).to_dict()
    assert recipe_id(recipe, SETTINGS, ENVIRONMENT) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"recipe": {**Recipe().to_dict(), "epochs": 4}},
        {"recipe": {}},
        {"environment": {**ENVIRONMENT, "device": "cuda:0", "cores": 64}},
    ],
)
def test_epochs_defaults_and_the_number_of_the_device_change_no_id(changes: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"recipe": Recipe().to_dict(), "settings": SETTINGS, "environment": ENVIRONMENT}
    assert recipe_id(**{**arguments, **changes}) == recipe_id(**arguments)
